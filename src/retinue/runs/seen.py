"""What a run shows beside its decisions: what was learned, what was earned, and what one should know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.warehouse import TABLES, utc_naive

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages
    from retinue.warehouse import Warehouse

__all__ = ["DATED", "STALE_DAYS", "STARVING", "earned", "learned", "measured", "newest_row", "notes"]

STARVING = 30
"""An offer tried less often has taught next to nothing by itself."""

STALE_DAYS = 14
"""Data whose newest row is older than this do not show the customers as they are."""

DATED = ("transactions", "events", "tickets", "subscriptions", "customers")
"""Tables whose newest row says how new the business's data are."""


def learned(stages: Stages) -> dict[str, Any]:
    """What is believed of each offer and what taught it, JSON-ready."""
    return {**stages.learn().facts, "starving_below": STARVING}


def earned(stages: Stages) -> dict[str, Any] | None:
    """What outcomes known by now say was our doing, JSON-ready; None when no decision is on record."""
    from retinue.outcomes import as_dict
    from retinue.outcomes.measuring import conclude

    known = stages.gathered
    if known is None:
        return None
    return _finite(as_dict(conclude(known, stages.settings)))  # type: ignore[no-any-return]


def notes(stages: Stages, newest: datetime | None) -> list[str]:
    """What somebody should know before acting on a run; empty when all is usual.

    newest: as `newest_row` finds it.
    """
    if newest is None:
        return []
    days = (utc_naive(stages.as_of) - newest) / timedelta(days=1)
    if days <= STALE_DAYS:
        return []
    return [
        f"The newest row of the data is of {newest:%Y-%m-%d}, {days:,.0f} days before"
        f" {stages.as_of:%Y-%m-%d}: customers look inactive who may not be. Load newer data, or look from the"
        " day of the data:"
        f" --as-of {newest + timedelta(days=1):%Y-%m-%d}"
    ]


def measured(
    newest: datetime | None, load: Mapping[str, Any] | None, evaluation: Mapping[str, Any]
) -> dict[str, Any]:
    """What whoever watches the service wants of a run, small and JSON-ready.

    newest: as `newest_row` finds it.
    data_newest: when the newest row happened (ISO 8601), or None. read, quarantined: rows of this run's load;
    None when it loaded nothing. measures: the churn model's, with intervals.
    """
    tables = [] if load is None else load["tables"]
    found = {
        "data_newest": None if newest is None else f"{newest.isoformat()}Z",
        "read": sum(table["read"] for table in tables) if tables else None,
        "quarantined": sum(table["quarantined"] for table in tables) if tables else None,
        "measures": evaluation["measures"],
    }
    return _finite(found)  # type: ignore[no-any-return]


def newest_row(warehouse: Warehouse, as_of: datetime) -> datetime | None:
    """When the newest row happened that is known at a time; None where no row says when."""
    import pandas as pd

    found = []
    for table in TABLES:
        if table.name in DATED and table.happened is not None:
            rows = warehouse.history(table.name, as_of)
            found.append(rows[table.happened].max().execute())
    known = [pd.Timestamp(moment).to_pydatetime() for moment in found if not pd.isna(moment)]
    return max(known, default=None)


def _finite(value: Any) -> Any:
    """JSON knows no infinity: a number that is none becomes null."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
