"""Spells and offers as columns of numbers, so that a million customers are counted in a fraction of a second.

The run makes them of the tables, once (`prepare`); whoever counts holds them in memory: 24 bytes for each
stretch and 13 for each offer. Customers are numbers here, in the order of their ids (`people`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from retinue.runs.figures.window import Window

__all__ = ["STAGES", "Columns", "Stages", "prepare"]

STAGES = ("total", "at_risk", "intervention", "retained", "left", "not_known_yet")
"""Every customer is in the first; the last three are those who got an offer, by what became of them."""

_SPELLS = {"customer": "i4", "since": "i8", "until": "i8", "tier": "u1", "segment": "u2", "at_risk": "?"}
_OFFERS = {"customer": "i4", "at": "i8", "retained": "i1"}
_NOT_KNOWN = -1


def prepare(connection: sqlite3.Connection) -> None:
    """Number the customers, and make the columns and the sums of decisions anew from the tables."""
    import numpy as np

    connection.execute("DELETE FROM people")
    connection.execute(
        "INSERT INTO people SELECT row_number() OVER (ORDER BY customer_id) - 1, customer_id"
        " FROM (SELECT DISTINCT customer_id FROM spells)"
    )
    connection.execute("DELETE FROM columns")
    spells = connection.execute(
        "SELECT customer_id, since, until, tier, segment, at_risk FROM spells ORDER BY customer_id, since"
    )
    _keep(connection, "spells", _rows(_numbered(spells), _SPELLS))

    number = {name: place for place, name in connection.execute("SELECT number, customer_id FROM people")}
    asked = connection.execute(
        f"SELECT customer_id, at, ifnull(retained, {_NOT_KNOWN}) FROM decisions WHERE offer = 1"
    )
    known = ((number[name], at, kept) for name, at, kept in asked if name in number)
    offers = _rows(known, _OFFERS)
    _keep(connection, "offers", offers[np.lexsort((offers["at"], offers["customer"]))])
    _sum_decisions(connection)


def _numbered(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Rows that begin with a customer's id, in its order, with the customer's number instead."""
    number, last = -1, None
    for customer, *rest in rows:
        if customer != last:
            number, last = number + 1, customer
        yield (number, *rest)


def _sum_decisions(connection: sqlite3.Connection) -> None:
    """Decisions by the run since which they were made, day, tier, segment and incentive."""
    import numpy as np
    import pandas as pd

    by = ["run", "day", "tier", "segment", "incentive", "offer"]
    asked = connection.execute(
        "SELECT at, at / 86400, tier, segment, incentive, offer, 1, retained IS NOT NULL,"
        " ifnull(retained, 0), cost, CASE WHEN retained IS NULL THEN 0 ELSE cost END, ifnull(explored, 0),"
        " explored IS NOT NULL"
        " FROM decisions"
    )
    sums = ("made", "judged", "retained", "spend", "spend_judged", "explored", "known")
    frame = pd.DataFrame(_rows(asked, dict.fromkeys(by, "i8") | dict.fromkeys(sums, "f8")))
    runs = np.array([at for (at,) in connection.execute("SELECT as_of FROM runs ORDER BY as_of")], dtype="i8")
    place = np.searchsorted(runs, frame["run"], side="right") - 1
    frame["run"] = np.where(place >= 0, runs[np.maximum(place, 0)], -1) if len(runs) else -1
    grouped = frame.groupby(by, sort=True, as_index=False).sum()
    connection.execute("DELETE FROM made")
    connection.executemany(
        f"INSERT INTO made VALUES ({', '.join('?' * len(grouped.columns))})",
        zip(*(grouped[name].tolist() for name in grouped.columns), strict=True),
    )


def _rows(rows: Iterable[tuple[Any, ...]], kinds: Mapping[str, str]) -> NDArray[Any]:
    import numpy as np

    return np.fromiter(rows, dtype=np.dtype([(column, np.dtype(of)) for column, of in kinds.items()]))


def _keep(connection: sqlite3.Connection, table: str, rows: NDArray[Any]) -> None:
    import numpy as np

    connection.executemany(
        "INSERT INTO columns VALUES (?, ?)",
        (
            (f"{table}.{column}", np.ascontiguousarray(rows[column]).tobytes())
            for column in rows.dtype.names or ()
        ),
    )


@dataclass(frozen=True, slots=True)
class Stages:
    """Who is in which stage, row for row: number of the customer, tier, segment, at risk, got an offer, and
    whether retained (1, 0; -1 not known or no offer)."""

    customer: NDArray[np.int32]
    tier: NDArray[np.uint8]
    segment: NDArray[np.uint16]
    at_risk: NDArray[np.bool_]
    made: NDArray[np.bool_]
    retained: NDArray[np.int8]

    def of(self, stage: str) -> NDArray[np.bool_]:
        """Which rows are in a stage."""
        import numpy as np

        found: Callable[[], NDArray[np.bool_]] = {
            "total": lambda: np.ones(len(self.customer), dtype=np.bool_),
            "at_risk": lambda: self.at_risk,
            "intervention": lambda: self.made,
            "retained": lambda: self.made & (self.retained == 1),
            "left": lambda: self.made & (self.retained == 0),
            "not_known_yet": lambda: self.made & (self.retained == _NOT_KNOWN),
        }[stage]
        return found()

    def among(self, tiers: Sequence[int] | None, segments: Sequence[int] | None) -> Stages:
        """The rows of some tiers and some segments; None for all."""
        import numpy as np

        if tiers is None and segments is None:
            return self
        rows = np.ones(len(self.customer), dtype=np.bool_)
        for own, wanted in ((self.tier, tiers), (self.segment, segments)):
            if wanted is not None:
                rows &= np.isin(own, wanted)
        return Stages(*(getattr(self, name)[rows] for name in Stages.__slots__))


class Columns:
    """The columns of a file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        import numpy as np

        self._held: dict[str, Any] = {}
        rows = {str(name): body for name, body in connection.execute("SELECT name, body FROM columns")}
        for table, kinds in (("spells", _SPELLS), ("offers", _OFFERS)):
            for column, of in kinds.items():
                name = f"{table}.{column}"
                self._held[name] = np.frombuffer(rows.get(name, b""), dtype=of)

    def stages(self, window: Window) -> Stages:
        """Everybody who was active at a run of the period, by number.

        Tier and segment are those of the last stretch in it. An offer counts from when the customer was first
        at risk in the period; of several the first.
        """
        import numpy as np

        held = self._held
        inside = np.flatnonzero((held["spells.since"] < window.stop) & (held["spells.until"] >= window.start))
        customer = held["spells.customer"][inside]
        if not len(customer):
            none = np.zeros(0, dtype=np.bool_)
            tier, segment = held["spells.tier"][inside], held["spells.segment"][inside]
            return Stages(customer, tier, segment, none, none, none.astype(np.int8))
        first = np.flatnonzero(np.concatenate([[True], customer[1:] != customer[:-1]]))
        last = inside[np.append(first[1:], len(customer)) - 1]
        risky = held["spells.at_risk"][inside]
        at_risk = np.logical_or.reduceat(risky, first)
        names = customer[first]

        size = int(held["spells.customer"][-1]) + 1
        since = np.full(size, window.stop, dtype=np.int64)
        begun = inside[risky][::-1]  # the earliest is written last
        since[held["spells.customer"][begun]] = np.maximum(held["spells.since"][begun], window.start)
        who, at = held["offers.customer"], held["offers.at"]
        fits = np.flatnonzero((at >= window.start) & (at < window.stop) & (at >= since[who]))
        leads = fits[np.concatenate([[True], who[fits][1:] != who[fits][:-1]])] if len(fits) else fits
        made = np.zeros(size, dtype=np.bool_)
        retained = np.full(size, _NOT_KNOWN, dtype=np.int8)
        made[who[leads]] = True
        retained[who[leads]] = held["offers.retained"][leads]
        return Stages(
            names,
            held["spells.tier"][last],
            held["spells.segment"][last],
            at_risk,
            made[names],
            retained[names],
        )
