"""Whether offers were given alike, over the runs that were finished by a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.runs.earlier import finished_before

if TYPE_CHECKING:
    from retinue.campaigns.fairness import Fairness
    from retinue.runs.base import Opened

__all__ = ["fairness"]


def fairness(retinue: Opened, as_of: datetime, *, since: datetime | None = None) -> Fairness:
    """Compare the groups of `[guards.fairness]` over the finished runs up to `as_of` (from `since` on).

    Groups are those known at `as_of`. Runs that made no offers on purpose are left out.
    """
    from retinue.campaigns.fairness import compare, decided_in, groups_of

    settings = retinue.settings.guards.fairness
    moment = timedelta(microseconds=1)
    done = finished_before(retinue.store, retinue.settings.state, as_of + moment, since=since)
    decided = decided_in(done.values())
    groups = groups_of(
        retinue.warehouse, settings.attributes, decided["customer_id"].unique().tolist(), as_of
    )
    return compare(decided, groups, settings)
