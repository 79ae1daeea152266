"""A file of several runs with a history drawn at random, and the same as plain rows to count by hand."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from retinue.runs.figures.columns import prepare
from retinue.runs.figures.decided import keep_decisions
from retinue.runs.figures.file import Told, write_journey
from retinue.runs.figures.spells import add_run

__all__ = ["ACT_ABOVE", "CURRENCY", "FIRST", "History", "campaign_of", "leave_history"]

FIRST = datetime(2025, 1, 10, tzinfo=UTC)
ACT_ABOVE = 0.4
CURRENCY = "EUR"
WINDOW = timedelta(days=90)
TIERS, SEGMENTS = ("Premium", "Basic"), ("Frequent", "Quiet", "New")


@dataclass(frozen=True)
class History:
    """runs: times; seen: a row a run and active customer; offers: a row an offer, with what became of it."""

    runs: list[datetime]
    seen: pd.DataFrame
    offers: pd.DataFrame


def campaign_of(as_of: datetime) -> str:
    """The campaign of a run as of a time."""
    return f"CAMP_{as_of:%Y_%m_%d}_001"


def leave_history(
    folder: Path, *, runs: int = 12, every: int = 30, customers: int = 60, seed: int = 5
) -> History:
    """Write `journey.sqlite` of each run from that of the run before, and return what is in it.

    Customers come, go and come back, change tier and segment, and are at risk now and then; two of five of
    those at risk get an offer, and a few others, which is judged 90 days later in two of three cases.
    """
    rng = np.random.default_rng(seed)
    times = [FIRST + timedelta(days=every * number) for number in range(runs)]
    names = [f"C{number:03d}" for number in range(customers)]
    tier, segment = rng.integers(0, 2, customers), rng.integers(0, 3, customers)
    parts, made = [], []
    for as_of in times:
        moved = rng.random(customers) < 0.2
        tier = np.where(moved, rng.integers(0, 2, customers), tier)
        segment = np.where(moved, rng.integers(0, 3, customers), segment)
        here = rng.random(customers) < 0.8
        rows = pd.DataFrame(
            {
                "as_of": as_of,
                "customer_id": names,
                "churn_probability": rng.uniform(0.0, 0.7, customers),
                "value_tier": np.array(TIERS, dtype=object)[tier],
                "segment": np.array(SEGMENTS, dtype=object)[segment],
                "rfm_segment": "Loyal",
                "clv": rng.uniform(10, 1000, customers).round(2),
            }
        )[here].reset_index(drop=True)
        offered = rng.random(len(rows)) < np.where(rows["churn_probability"] > ACT_ABOVE, 0.4, 0.1)
        for row in rows[offered].itertuples():
            made.append(
                {
                    "decision_id": f"dec_{as_of:%Y%m%d}_{row.customer_id}",
                    "customer_id": row.customer_id,
                    "executed_at": pd.Timestamp(as_of).tz_localize(None) + timedelta(seconds=1),
                    "outcome": rng.choice([1.0, 0.0, np.nan]),
                    "value_tier": row.value_tier,
                    "segment": row.segment,
                }
            )
        parts.append(rows)
    offers = pd.DataFrame(made)
    before = None
    for as_of, rows in zip(times, parts, strict=True):
        path = folder / campaign_of(as_of) / "journey.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_journey(path, before, lambda c, a=as_of, r=rows: _fill(c, a, r, offers))  # type: ignore[misc]
        before = path
    return History(times, pd.concat(parts, ignore_index=True), _judged(offers, times[-1]))


def _fill(connection: sqlite3.Connection, as_of: datetime, rows: pd.DataFrame, offers: pd.DataFrame) -> None:
    add_run(connection, campaign_of(as_of), as_of, rows.drop(columns="as_of"), ACT_ABOVE)
    known = _judged(offers, as_of)
    keep_decisions(connection, _Known(known), known.iloc[:0], known.set_index("decision_id"))  # type: ignore[arg-type]
    told = Told(campaign_of(as_of), as_of, CURRENCY, 90.0, money="Not enough data yet.", measured=True)
    prepare(connection)
    connection.execute("DELETE FROM told")
    connection.execute("INSERT INTO told VALUES (?)", (msgspec.json.encode(told),))


def _judged(offers: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """The offers made by then, with what is known of them by then."""
    moment = pd.Timestamp(as_of).tz_localize(None)
    own = offers[offers["executed_at"] <= moment + timedelta(seconds=1)].reset_index(drop=True)
    matured = own["executed_at"] + WINDOW <= moment
    return own.assign(
        retained=own["outcome"].where(matured),
        matured=matured,
        action="fixed_credit",
        arm="treatment",
        cost=25.0,
        propensities='{"none": 0.1, "fixed_credit": 0.6, "loyalty_points": 0.3}',
        propensity=0.6,
    )


@dataclass(frozen=True)
class _Known:
    judged_decisions: Any
    window_days: float = 90.0
