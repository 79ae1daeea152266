"""A programme that grows: who is in it so far, and whether a person looks at everything.

A customer stands at a fixed place in [0, 1), drawn from the id and a salt; those below the threshold of the
phase are in. So a larger phase contains every smaller one, and nobody moves because others come or go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.domain import ActionType, Decision
from retinue.incentives.draws import uniforms

__all__ = ["NOT_IN_ROLLOUT", "PILOT_REVIEW", "ROLLOUT_WORDS", "Rollout", "threshold_for", "under_review"]

NOT_IN_ROLLOUT = "not_in_rollout"
"""The reason why whoever is not in gets nothing; such a customer is in no arm."""

PILOT_REVIEW = "pilot_review"
"""The rule by which an offer that would go out by itself waits for a person."""

ROLLOUT_WORDS: Mapping[str, str] = {
    PILOT_REVIEW: "In the pilot a person decides on every offer.",
}


@dataclass(frozen=True, slots=True)
class Rollout:
    """The phase in force: pilot, expand or full; who is below the threshold by the salt is in.

    >>> everybody = Rollout("full", 1.0, "any")
    >>> everybody.outside(["C1", "C2"]).tolist(), everybody.reviews_all
    ([False, False], False)
    """

    phase: str
    threshold: float
    salt: str

    @property
    def reviews_all(self) -> bool:
        """Whether a person looks at every offer."""
        return self.phase == "pilot"

    def outside(self, customer_ids: Sequence[str]) -> NDArray[np.bool_]:
        """Which customers are not in."""
        return np.asarray(uniforms(self.salt, customer_ids) >= self.threshold)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a receipt; the fields are the arguments."""
        return asdict(self)


def threshold_for(customer_ids: Sequence[str], salt: str, most: int) -> float:
    """The threshold below which exactly `most` of these customers stand; 1 when there are no more of them.

    >>> ids = [f"C{number}" for number in range(1000)]
    >>> line = threshold_for(ids, "any", 100)
    >>> int((~Rollout("pilot", line, "any").outside(ids)).sum())
    100
    """
    if len(customer_ids) <= most:
        return 1.0
    return float(np.partition(uniforms(salt, customer_ids), most)[most])


def under_review(decisions: tuple[Decision, ...], rollout: Rollout | None) -> tuple[Decision, ...]:
    """The decisions after the rules: in the pilot none goes out by itself."""
    if rollout is None or not rollout.reviews_all:
        return decisions
    return tuple(
        replace(decision, action_type=ActionType.MANUAL_REVIEW, rule=PILOT_REVIEW)
        if decision.action_type is ActionType.AUTO_EXECUTE
        else decision
        for decision in decisions
    )
