"""What the churn model of a run looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retinue.churn.explain import BASE, words_of

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages

__all__ = ["importance"]

SAMPLE = 2_000
MOST = 40


def importance(stages: Stages) -> dict[str, Any]:
    """Each feature's share of what moves the scores of active customers, the strongest first.

    A feature's weight is the mean size of its contribution to the log-odds (exact TreeSHAP values and terms
    of the linear model) over a sample of 2,000 customers, taken evenly by id; the share is that of all
    weights. It says what the model uses, not what makes customers leave.
    """
    import pandas as pd

    profiles = stages.profiles()
    active = sorted(stages.active(profiles))
    chosen = active[:: max(1, len(active) // SAMPLE)][:SAMPLE]
    frame = pd.concat(list(stages.frames(profiles, chosen)), ignore_index=True)
    if frame.empty:
        return {"customers": 0, "features": []}
    weights = stages.churn_model().contributions(frame).drop(columns=[BASE]).abs().mean()
    total = float(weights.sum())
    strongest = weights[weights > 0].sort_values(ascending=False, kind="stable").head(MOST)
    return {
        "customers": len(frame),
        "features": [
            {"feature": str(name), "label": words_of(str(name)).label, "share": float(weight) / total}
            for name, weight in strongest.items()
        ],
    }
