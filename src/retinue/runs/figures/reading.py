"""The file of all runs so far, read: counts by period, tier and segment, and the customers behind them."""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from retinue.errors import ArtefactError
from retinue.incentives.catalogue import NONE
from retinue.runs.figures.columns import STAGES, Columns, Stages
from retinue.runs.figures.file import FORMAT, Told, create, day_at
from retinue.runs.figures.window import NOBODY, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Counted", "Cut", "Journey"]

_REMEMBERED = 4
_UNKNOWN = "unknown"
"""What customers are told under whose tier or segment is not known."""

_DETAILS = """
WITH here AS (
    SELECT customer_id, max((since << 24) + (tier << 16) + segment) AS last,
           min(CASE WHEN at_risk THEN max(since, :start) END) AS first_risk
    FROM spells WHERE since < :stop AND until >= :start AND customer_id IN (
        SELECT customer_id FROM people WHERE number IN (SELECT value FROM json_each(:page))
    ) GROUP BY customer_id
), led AS (
    SELECT here.*, (
        SELECT rowid FROM decisions WHERE customer_id = here.customer_id AND offer = 1
        AND at >= here.first_risk AND at < :stop ORDER BY at, rowid LIMIT 1
    ) AS offered FROM here
)
SELECT led.customer_id, (last >> 16) & 255 AS tier, last & 65535 AS segment, first_risk,
       made.at, made.incentive, made.judged_at, made.retained
FROM led LEFT JOIN decisions AS made ON made.rowid = led.offered ORDER BY led.customer_id
"""
# What the columns count, told with times and incentives of a page of customers.

_DECIDED = " FROM decisions WHERE at >= :start AND at < :stop"
_OUTCOMES = {
    "made": "",
    "judged": " AND retained IS NOT NULL",
    "retained": " AND retained = 1",
    "left": " AND retained = 0",
    "not_known_yet": " AND retained IS NULL",
}


@dataclass(frozen=True, slots=True)
class Cut:
    """Of which customers: a tier, a segment, or several of one; None for all."""

    tier: str | Collection[str] | None = None
    segment: str | Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Distinct customers of a tier by stage."""

    tier: str
    total: int
    at_risk: int
    intervention: int
    retained: int
    left: int
    not_known_yet: int


class Journey:
    """All runs up to one. Any number of threads may ask; nothing is ever written."""

    def __init__(self, path: Path | None, told: Told | None) -> None:
        self.path = path
        self.told = told
        self._own = threading.local()
        self._lock = threading.Lock()
        self._columns: Columns | None = None
        self._counted: dict[Window, Stages] = {}

    @classmethod
    def read(cls, path: Path) -> Journey:
        """Of a file; one without any run where there is none. Raises ArtefactError when it cannot be read."""
        if not path.is_file():
            return cls(None, None)
        try:
            with closing(_open(path)) as connection:
                row = connection.execute("SELECT body FROM told").fetchone()
            told = msgspec.json.decode(row["body"], type=Told)
        except (sqlite3.Error, TypeError, msgspec.DecodeError) as error:
            raise _damaged(path) from error
        return cls(path, told) if told.format == FORMAT else cls(None, None)

    def first_run(self) -> datetime | None:
        """The time of the first run in it."""
        (row,) = self._rows("SELECT min(as_of) AS first FROM runs", {})
        return None if row["first"] is None else moment(row["first"])

    def runs(self, window: Window) -> list[tuple[datetime, str]]:
        """The runs of a period, the last of each time, oldest first."""
        text = "SELECT as_of, campaign_id FROM runs WHERE as_of >= :start AND as_of < :stop ORDER BY as_of"
        return [(moment(row["as_of"]), row["campaign_id"]) for row in self._rows(text, window.seconds)]

    def counted(self, window: Window, cut: Cut = Cut()) -> list[Counted]:
        """Distinct customers by stage and tier; nothing where no run is as of a time in the period."""
        import numpy as np

        found = self._stages(window, cut)
        tiers = self._names("tier")
        counts = {name: np.bincount(found.tier[found.of(name)], minlength=256).tolist() for name in STAGES}
        return [
            Counted(tiers.get(code, _UNKNOWN), **{name: counts[name][code] for name in STAGES})
            for code in np.unique(found.tier).tolist()
        ]

    def sizes(self, window: Window, kind: Literal["tier", "segment"], cut: Cut = Cut()) -> dict[str, int]:
        """Distinct customers by tier or by segment: the last of the period in which they were active."""
        import numpy as np

        many = np.bincount(getattr(self._stages(window, cut), kind)).tolist()
        names = self._names(kind)
        return {names.get(code, _UNKNOWN): count for code, count in enumerate(many) if count}

    def sizes_of_runs(
        self, window: Window, kind: Literal["tier", "segment"], cut: Cut = Cut()
    ) -> dict[datetime, dict[str, int]]:
        """Active customers of each run of the period by tier or by segment."""
        where, values = self._cut(cut)
        text = (
            f"SELECT as_of, {kind} AS code, sum(customers) AS many FROM cells"
            f"{where or ' WHERE 1'} AND as_of >= :start AND as_of < :stop GROUP BY as_of, {kind}"
        )
        names = self._names(kind)
        found: dict[datetime, dict[str, int]] = {}
        for row in self._rows(text, {**window.seconds, **values}):
            found.setdefault(moment(row["as_of"]), {})[names.get(row["code"], _UNKNOWN)] = row["many"]
        return found

    def customers(
        self,
        window: Window,
        stage: str,
        cut: Cut,
        *,
        limit: int,
        after: str = "",
        only: Collection[str] | None = None,
    ) -> list[dict[str, Any]]:
        """The next customers of a stage, by id; `only`: none but these."""
        numbers = self._numbers(window, stage, cut, only)
        page = numbers[numbers >= self._behind(after)][:limit].tolist()
        asked = {**window.seconds, "page": json.dumps(page)}
        tiers, segments, incentives = (self._names(k) for k in ("tier", "segment", "incentive"))
        return [
            {
                "customer_id": row["customer_id"],
                "tier": tiers.get(row["tier"], _UNKNOWN),
                "segment": segments.get(row["segment"]),
                "first_at_risk": moment(row["first_risk"]),
                "intervention_at": moment(row["at"]),
                "incentive": incentives.get(row["incentive"]),
                "judged_at": moment(row["judged_at"]),
                "retained": None if row["retained"] is None else bool(row["retained"]),
            }
            for row in self._rows(_DETAILS, asked)
        ]

    def many(self, window: Window, stage: str, cut: Cut, *, only: Collection[str] | None = None) -> int:
        """How many customers a stage has, among these only."""
        return len(self._numbers(window, stage, cut, only))

    def series(self, window: Window, cut: Cut = Cut()) -> list[dict[str, Any]]:
        """A row per run of the period, oldest first: active, at_risk, revenue_at_risk, and of the offers from
        this run until the next how many there are, are judged and came to a retained customer."""
        where, values = self._cut(cut)
        runs = self.runs(window)
        text = (
            "SELECT as_of, sum(customers) AS active, sum(at_risk) AS at_risk,"
            " sum(revenue_at_risk) AS revenue_at_risk FROM cells"
            f"{where or ' WHERE 1'} AND as_of >= :start AND as_of < :stop GROUP BY as_of"
        )
        found = {row["as_of"]: row for row in self._rows(text, {**window.seconds, **values})}
        text = (
            "SELECT run, sum(made) AS interventions, sum(judged) AS judged, sum(retained) AS retained"
            f" FROM made{where or ' WHERE 1'} AND run >= :start AND run < :stop AND offer = 1 GROUP BY run"
        )
        offers = {row["run"]: row for row in self._rows(text, {**window.seconds, **values})}
        none = {"interventions": 0, "judged": 0, "retained": 0}
        nobody = {"active": 0, "at_risk": 0, "revenue_at_risk": 0.0}
        rows = []
        for at, run in runs:
            cell = found.get(int(at.timestamp()), nobody)
            made = offers.get(int(at.timestamp()), none)
            told = {**{name: cell[name] for name in nobody}, **{name: made[name] for name in none}}
            rows.append({"run": run, "as_of": at, **told})
        return rows

    def cells(self) -> list[dict[str, Any]]:
        """Tier and segment of each run: customers, at risk, revenue at risk, value, mean churn."""
        tiers, segments = self._names("tier"), self._names("segment")
        return [
            {
                **row,
                "as_of": moment(row["as_of"]),
                "tier": tiers.get(row["tier"], _UNKNOWN),
                "segment": segments.get(row["segment"], _UNKNOWN),
            }
            for row in self._rows("SELECT * FROM cells ORDER BY as_of", {})
        ]

    def rfm(self) -> list[dict[str, Any]]:
        """RFM segment of each run: the same."""
        rows = self._rows("SELECT * FROM rfm ORDER BY as_of, name", {})
        return [{**row, "as_of": moment(row["as_of"])} for row in rows]

    def campaigns(self) -> dict[datetime, str]:
        """The run of each time."""
        return {moment(r["as_of"]): r["campaign_id"] for r in self._rows("SELECT * FROM runs", {})}

    def earned(self, window: Window | None = None) -> list[dict[str, Any]]:
        """Sums of the experiment's customers by the day their window ended, tier and segment."""
        where, values = (
            ("", {}) if window is None else (" WHERE day >= :first AND day <= :last", window.day_numbers)
        )
        tiers, segments = self._names("tier"), self._names("segment")
        return [
            {
                **row,
                "day": day_at(row["day"]),
                "tier": tiers.get(row["tier"], _UNKNOWN),
                "segment": segments.get(row["segment"], _UNKNOWN),
            }
            for row in self._rows(f"SELECT * FROM earned{where} ORDER BY day", values)
        ]

    def incentives(self, window: Window) -> list[dict[str, Any]]:
        """Incentive: decisions made in the period, judged, retained, spend, spend on the judged, trials."""
        names = ("made", "judged", "retained", "spend", "spend_judged", "explored", "known")
        sums = ", ".join(f"sum({name}) AS {name}" for name in names)
        text = f"SELECT incentive, {sums} FROM made WHERE day >= :first AND day <= :last GROUP BY incentive"
        known = self._names("incentive")
        rows = self._rows(text, window.day_numbers)
        return [{**row, "incentive": known.get(row["incentive"], _UNKNOWN)} for row in rows]

    def decisions(
        self,
        window: Window,
        outcome: str,
        incentive: str | None,
        *,
        limit: int,
        after: tuple[str, int] = ("", 0),
        only: Collection[str] | None = None,
    ) -> tuple[int, list[dict[str, Any]]]:
        """The decisions that `incentives` counts: how many, and the next of them by customer, with `place`.

        outcome: made, judged, retained, left or not_known_yet. incentive: None for every offer, `none` for
        no offer. after: customer and place of the last one before. only: of none but these customers.
        """
        incentives = self._names("incentive")
        codes = {name: code for code, name in incentives.items()} | {_UNKNOWN: 0}
        of = "incentive <> :incentive" if incentive is None else "incentive = :incentive"
        where = f"{_DECIDED}{_OUTCOMES[outcome]} AND {of}"
        asked: dict[str, Any] = {**window.seconds, "incentive": codes.get(incentive or NONE, -1)}
        if only is not None:
            where += " AND customer_id IN (SELECT value FROM json_each(:only))"
            asked["only"] = json.dumps(sorted(only))
        (total,) = self._rows(f"SELECT count(*) AS many{where}", asked)
        page = self._rows(
            f"SELECT rowid AS place, *{where} AND (customer_id, rowid) > (:customer, :place)"
            " ORDER BY customer_id, rowid LIMIT :limit",
            {**asked, "customer": after[0], "place": after[1], "limit": limit},
        )
        return total["many"], [
            {
                "place": row["place"],
                "decision_id": row["decision_id"],
                "customer_id": row["customer_id"],
                "decided_at": moment(row["at"]),
                "incentive": incentives.get(row["incentive"], _UNKNOWN),
                "cost": row["cost"],
                "judged_at": moment(row["judged_at"]),
                "retained": None if row["retained"] is None else bool(row["retained"]),
            }
            for row in page
        ]

    def responses(self, window: Window) -> list[dict[str, Any]]:
        """Messages sent in the period by incentive, channel and what came back of them (`sent` for all)."""
        text = (
            "SELECT incentive, channel, kind, sum(messages) AS messages FROM responses"
            " WHERE day >= :first AND day <= :last GROUP BY incentive, channel, kind"
        )
        return self._rows(text, window.day_numbers)

    def kinds_told(self) -> dict[str, frozenset[str]]:
        """Channel to the kinds of news that ever came through it."""
        found: dict[str, set[str]] = {}
        for row in self._rows("SELECT DISTINCT channel, kind FROM responses", {}):
            found.setdefault(row["channel"], set()).add(row["kind"])
        return {channel: frozenset(kinds) for channel, kinds in found.items()}

    def _stages(self, window: Window, cut: Cut) -> Stages:
        """Who is in which stage; nobody where no run is as of a time in the period."""
        with self._lock:
            if self._columns is None:
                with closing(_open(self.path)) as connection:
                    connection.row_factory = None
                    self._columns = Columns(connection)
            columns = self._columns
        key = window if self.runs(window) else NOBODY
        found = self._counted.get(key)
        if found is None:
            found = columns.stages(key)
            with self._lock:
                self._counted[key] = found
                while len(self._counted) > _REMEMBERED:
                    self._counted.pop(next(iter(self._counted)))
        codes = self._codes(cut)
        return found.among(codes.get("tier"), codes.get("segment"))

    def _numbers(
        self, window: Window, stage: str, cut: Cut, only: Collection[str] | None
    ) -> NDArray[np.int32]:
        """The customers of a stage by number, in order; `only`: none but these."""
        import numpy as np

        found = self._stages(window, cut)
        numbers = found.customer[found.of(stage)]
        if only is None:
            return numbers
        text = "SELECT number FROM people WHERE customer_id IN (SELECT value FROM json_each(:only))"
        known = [row["number"] for row in self._rows(text, {"only": json.dumps(sorted(only))})]
        return numbers[np.isin(numbers, known)]

    def _behind(self, customer_id: str) -> float:
        """The number of the next customer by id; infinity where that was the last."""
        text = "SELECT number FROM people WHERE customer_id > :id ORDER BY customer_id LIMIT 1"
        found = self._rows(text, {"id": customer_id})
        return found[0]["number"] if found else math.inf

    def _cut(self, cut: Cut) -> tuple[str, dict[str, str]]:
        codes = self._codes(cut)
        where = " AND ".join(f"{kind} IN (SELECT value FROM json_each(:{kind}))" for kind in codes)
        return (f" WHERE {where}" if where else ""), {kind: json.dumps(own) for kind, own in codes.items()}

    def _codes(self, cut: Cut) -> dict[str, list[int]]:
        """The numbers of the tiers and segments of a cut, as far as they are known."""
        found: dict[str, list[int]] = {}
        for kind in ("tier", "segment"):
            given = getattr(cut, kind)
            if given is not None:
                known = {_UNKNOWN: 0} | {name: code for code, name in self._names(kind).items()}
                names = (given,) if isinstance(given, str) else sorted(given)
                found[kind] = [known[name] for name in names if name in known]
        return found

    def _names(self, kind: str) -> dict[int, str]:
        rows = self._rows("SELECT code, name FROM names WHERE kind = :kind", {"kind": kind})
        return {row["code"]: row["name"] for row in rows}

    def _rows(self, text: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        connection = getattr(self._own, "connection", None)
        try:
            if connection is None:
                connection = self._own.connection = _open(self.path)
            found: list[dict[str, Any]] = connection.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise _damaged(self.path) from error
        return found


def moment(at: int | None) -> Any:
    """The time of so many seconds since 1970; None for None."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _open(path: Path | None) -> sqlite3.Connection:
    if path is None:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        create(connection)
    else:
        place = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(place, uri=True, check_same_thread=False)
    connection.row_factory = _named
    return connection


def _named(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _damaged(path: Path | None) -> ArtefactError:
    return ArtefactError(
        "What the runs left for the figures cannot be read.", where=str(path), fix="Run again: retinue run"
    )
