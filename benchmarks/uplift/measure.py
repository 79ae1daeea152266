"""Every learner on every outcome: order, verdict, and the value of the policy that follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.uplift.hillstrom import ARMS, OUTCOMES, Hillstrom
from retinue.incentives.uplift import dr_learner, judge_targeting, t_learner, x_learner
from retinue.learning import Logged, crossfit, difference, dr, interval

__all__ = ["CHOSEN", "JOINT", "measure", "policies", "verdicts"]

LEARNERS: dict[str, Callable[..., Any]] = {"T": t_learner, "X": x_learner, "DR": dr_learner}
CHOSEN = "DR"
"""The default choice: the verdicts are those of this learner, whatever the others say."""
JOINT = 1 - 0.05 / (2 * len(OUTCOMES))
"""Six questions are asked at once (two e-mails, three outcomes): with this confidence each, all six intervals
hold together with 95 % (Bonferroni)."""


def measure(data: Hillstrom, say: Callable[[str], None], *, pairs: int = 10, seed: int = 0) -> dict[str, Any]:
    """What the page shows."""
    found: list[dict[str, Any]] = []
    values = {}
    for outcome in OUTCOMES:
        for name, learner in LEARNERS.items():
            if name != CHOSEN and outcome != "visit":
                continue  # the others only where there are published numbers to compare with
            say(f"{outcome}: {name}-learner")
            fitted = _fitted(learner, data, outcome, pairs, seed)
            found += verdicts(data, outcome, fitted.order, learner=name, seed=seed)
            if name == CHOSEN:
                values[outcome] = policies(data, outcome, fitted.out_of_fold.effect, seed=seed)
    return {"rows": found, "values": values, "customers": len(data.treatment), "pairs": pairs}


def _fitted(learner: Any, data: Hillstrom, outcome: str, pairs: int, seed: int) -> Any:
    return learner(
        data.X, data.treatment, data.outcomes[outcome], propensity=data.propensity, pairs=pairs, seed=seed
    )


def verdicts(
    data: Hillstrom, outcome: str, order: np.ndarray, *, learner: str, seed: int = 0, replicates: int = 500
) -> list[dict[str, Any]]:
    """For each e-mail the verdict with a 95 % interval by itself, and with one that holds for all six.

    Risk is what a team without uplift goes by: who is least likely to come by themselves, that is the
    out-of-fold chance of the outcome among those without e-mail.
    """
    y = data.outcomes[outcome]
    risk = -crossfit(Logged.of(data.treatment, y, propensities=data.propensity, context=data.X), seed=seed)[
        :, 0
    ]
    rows = []
    for arm in (1, 2):
        mine = (data.treatment == 0) | (data.treatment == arm)
        given = order[mine, arm - 1], data.treatment[mine] == arm, y[mine]
        say = {"risk": risk[mine], "seed": seed, "replicates": replicates}
        alone = judge_targeting(*given, **say)
        joint = judge_targeting(*given, **say, confidence=JOINT)
        rows.append(
            {
                "outcome": outcome,
                "arm": ARMS[arm],
                "learner": learner,
                "alone": alone.as_dict(),
                "joint": joint.as_dict(),
            }
        )
    return rows


def policies(data: Hillstrom, outcome: str, effect: np.ndarray, *, seed: int = 0) -> dict[str, Any]:
    """The value per customer, by DR, of one e-mail for all and of the better by effect (out of fold)."""
    y = data.outcomes[outcome]
    log = Logged.of(data.treatment, y, propensities=data.propensity, actions=list(ARMS), context=data.X)
    model = crossfit(log, seed=seed)
    best = np.column_stack([np.zeros(len(y)), effect]).argmax(axis=1)
    plans = {name: np.tile(np.eye(3)[arm], (len(y), 1)) for arm, name in enumerate(ARMS)}
    plans["best by uplift"] = np.eye(3)[best]
    scores = {name: dr(log, plan, model) for name, plan in plans.items()}
    table = {name: interval(score) for name, score in scores.items()}
    lead = difference(scores["best by uplift"], scores["Mens E-Mail"])
    return {
        "values": {name: (one.value, one.low, one.high) for name, one in table.items()},
        "lead": (lead.value, lead.low, lead.high),
        "shares": {name: float((best == arm).mean()) for arm, name in enumerate(ARMS)},
    }
