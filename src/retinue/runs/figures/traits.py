"""What sets each cluster of behaviour apart from all customers, in numbers and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages

__all__ = ["traits"]

MOST = 5


def traits(stages: Stages) -> dict[str, list[dict[str, Any]]]:
    """Cluster to the features in which it differs most: its mean beside that of all active customers.

    `apart`: where its centre lies, in standard deviations from that of all, as the model scales features.
    Means are of customers whose value is known.
    """
    import pandas as pd

    from retinue.churn.explain import words_of
    from retinue.pipeline.stages import SEGMENT_MODEL
    from retinue.segments import load_model

    model = load_model(stages.train().path(SEGMENT_MODEL).read_bytes())
    centres: dict[str, dict[str, float]] = model.summary()["centres"]
    if len(centres) < 2:
        return {}
    features = list(next(iter(centres.values())))
    scores = stages.scores()[["customer_id", "segment"]]
    sums, counts = pd.DataFrame(), pd.DataFrame()
    for part in stages.frames(stages.profiles(), set(scores["customer_id"])):
        own = part[["customer_id", *(name for name in features if name in part)]].merge(
            scores, on="customer_id"
        )
        by = (
            own.drop(columns="customer_id")
            .astype(dict.fromkeys(own.columns[1:-1], "float64"))
            .groupby("segment")
        )
        sums, counts = sums.add(by.sum(), fill_value=0.0), counts.add(by.count(), fill_value=0.0)
    found = {}
    for name, centre in centres.items():
        if name not in sums.index:
            continue
        order = sorted((feature for feature in centre if feature in sums), key=lambda one: -abs(centre[one]))
        found[name] = [
            _trait(feature, name, centre[feature], sums, counts, words_of) for feature in order[:MOST]
        ]
    return found


def _trait(feature: str, cluster: str, apart: float, sums: Any, counts: Any, words_of: Any) -> dict[str, Any]:
    many = counts.at[cluster, feature]
    mean = float(sums.at[cluster, feature] / many) if many else None
    whole = float(sums[feature].sum() / counts[feature].sum())
    label = words_of(feature).label
    side = "more" if apart > 0 else "less"
    told = "not known" if mean is None else f"{mean:,.4g}"
    return {
        "feature": feature,
        "label": label,
        "mean": mean,
        "mean_of_all": whole,
        "apart": apart,
        "words": f"{label}: {told} on average, {side} than the {whole:,.4g} of all",
    }
