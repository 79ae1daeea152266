"""What a report shows, gathered once so that every rendering shows the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["RunReport"]


@dataclass(frozen=True, slots=True)
class RunReport:
    """Facts of one finished run, JSON-ready.

    summary: counts and sums of the run (`retinue.pipeline.run`), amounts in `currency`.
    campaign: the campaign as written.
    evaluation: the churn model's measurements on the part of the data it never saw.
    rfm: RFM segment → customers, over everybody known.
    tiers: value tier → customers, at risk, revenue at risk.
    models: short descriptions of the value and segment models.
    load: what was read, loaded and quarantined; None when nothing was loaded in this run.
    learned: what is believed of the offers (the facts of the stage `learn`); None in runs from before.
    earned: what outcomes say was our doing (`outcomes.as_dict`); None when no decision is on record.
    """

    project: str
    currency: str
    as_of: str
    summary: Mapping[str, Any]
    campaign: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    tiers: Sequence[Mapping[str, Any]]
    segments: Sequence[Mapping[str, Any]]
    rfm: Sequence[Mapping[str, Any]]
    models: Mapping[str, Any]
    load: Mapping[str, Any] | None
    learned: Mapping[str, Any] | None = None
    earned: Mapping[str, Any] | None = None

    def top_actions(self, limit: int) -> list[Mapping[str, Any]]:
        """The offers to make, best first; customers left alone are not among them."""
        offered = [a for a in self.campaign["actions"] if a["recommended_incentive"] is not None]
        return offered[:limit]
