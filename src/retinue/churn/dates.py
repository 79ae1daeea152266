"""At which dates customers are looked at for training.

Every date's label window must be over at the time of the run, and the dates should fall into three parts,
earlier ones to train and later ones to test, with a window's length between the parts. With W = horizon +
grace, s the spacing and n dates (about 70/15/15), the whole takes (n − 3)·s + 2·max(s, W) days.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from retinue.churn.contractual import contracts
from retinue.churn.inactivity import purchases
from retinue.churn.labels import Definition
from retinue.churn.moments import DAY, NEVER, NEVER_YET, column_of, epoch, moment
from retinue.settings import ChurnSettings
from retinue.warehouse import Warehouse

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["plan_dates", "training_dates", "window_days"]

EARLY = 0.02
"""A record counts as begun when this share of its rows has: a few stray early rows open no era."""


def window_days(settings: ChurnSettings) -> int:
    """Days after a date until its label is certain: horizon and grace."""
    return settings.horizon_days + settings.grace_days


def training_dates(
    warehouse: Warehouse, *, settings: ChurnSettings, definition: Definition, as_of: datetime
) -> list[datetime]:
    """Midnights (naive UTC, ascending) whose label windows are complete at `as_of`; none when none is.

    No date lies before the records begin: the first customers, for contracts also the first ends (a table
    that remembers only those who stayed tells nothing about leaving) and the first behaviour (purchases or
    events, whichever is older). A short history gives fewer dates. One too short for a gap between the parts
    still gives dates; `train` then splits by customer and says so.
    """
    if definition == "inactivity":
        bought = purchases(warehouse, as_of)
        begun = _begun(_first(bought, "date"))
        recorded = begun
    else:
        rows = contracts(warehouse, as_of)
        begun = _begun(_first(rows, "started_at"))
        ended = rows.filter(rows.ended_at.notnull()).select(first="ended_at")
        recorded = max(_begun(ended), _behaviour(warehouse, as_of))
    if begun == NEVER_YET:
        return []
    earliest = -(-max(begun + settings.minimum_history_days * DAY, recorded) // DAY)
    latest = (epoch(as_of) - window_days(settings) * DAY) // DAY
    return [moment(day * DAY) for day in plan_dates(earliest, latest, settings)]


def _first(rows: ir.Table, column: str) -> ir.Table:
    return rows.group_by("customer_id").agg(first=rows[column].min())


def _begun(firsts: ir.Table) -> int:
    """When a record begins, in microseconds; earlier than everything when it is empty."""
    moments = np.sort(column_of(firsts.to_pyarrow(), "first", NEVER))
    return int(moments[int(EARLY * (len(moments) - 1))]) if len(moments) else NEVER_YET


def _behaviour(warehouse: Warehouse, as_of: datetime) -> int:
    """When the older of purchases and events begins."""
    begun = [
        _begun(_first(purchases(warehouse, as_of), "date")),
        _begun(_first(warehouse.history("events", as_of), "timestamp")),
    ]
    return min((b for b in begun if b != NEVER_YET), default=NEVER_YET)


def plan_dates(earliest: int, latest: int, settings: ChurnSettings) -> list[int]:
    """Day numbers between two bounds, laid out for a split by time where the room allows it.

    >>> plan_dates(0, 600, ChurnSettings())  # two gaps of 90 days, 46 days between neighbours
    [6, 52, 98, 144, 190, 236, 282, 328, 418, 464, 554, 600]
    >>> plan_dates(0, 100, ChurnSettings())  # no room for gaps
    [10, 25, 40, 55, 70, 85, 100]
    """
    room = latest - earliest
    if room < 0:
        return []
    window = window_days(settings)
    least = max(7, window // 6)
    spacing = settings.training_spacing_days
    for count in range(settings.training_dates, 2, -1):
        tail = max(1, round(0.15 * count))
        steps = count - 3
        if spacing is not None:
            step = spacing
        elif room >= (count - 1) * window:
            step = window  # a long history: windows side by side, the most recent ones
        else:
            step = (room - 2 * window) // steps if steps else window
        if (step < least and spacing is None) or steps * step + 2 * max(step, window) > room:
            continue
        gap = max(step, window)
        jumps = [step] * (tail - 1) + [gap] + [step] * (tail - 1) + [gap]
        jumps += [step] * (count - 1 - len(jumps))
        return _backwards(latest, jumps)
    step = spacing or least
    count = min(settings.training_dates, 1 + room // step)
    return _backwards(latest, [step] * (count - 1))


def _backwards(latest: int, jumps: list[int]) -> list[int]:
    days = [latest]
    for jump in jumps:
        days.append(days[-1] - jump)
    return days[::-1]
