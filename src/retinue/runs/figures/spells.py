"""When each customer was active, in which tier and segment, and at risk: stretches of runs.

A stretch goes on while nothing changes, so a run writes only who came, went or changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.runs.figures.file import FAR, OF_PROFILES, Names, seconds

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEPT_SECONDS", "add_run", "keep_names", "names_of", "without_profiles"]

KEPT_SECONDS = 1_100 * 86_400
"""Stretches that ended longer ago are forgotten: two years, and what they are compared with."""

_STATE = ["tier", "segment", "at_risk"]


def names_of(connection: sqlite3.Connection, kind: str) -> Names:
    """The names of a kind that are known."""
    rows = connection.execute("SELECT name, code FROM names WHERE kind = ?", (kind,))
    return Names({str(name): int(code) for name, code in rows})


def keep_names(connection: sqlite3.Connection, kind: str, names: Names) -> None:
    """Keep the names of a kind."""
    rows = [(kind, code, name) for name, code in names.codes.items()]
    connection.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", rows)


def add_run(
    connection: sqlite3.Connection,
    campaign_id: str,
    as_of: datetime,
    customers: pd.DataFrame,
    act_above: float,
) -> None:
    """Add a run to those before it.

    customers: active ones, as `customer_id`, `churn_probability`, `value_tier`, `segment`, `rfm_segment`,
    `clv`. act_above: above which risk a customer is at risk.
    """
    import pandas as pd

    moment = seconds(as_of)
    (last,) = connection.execute("SELECT max(as_of) FROM runs").fetchone()
    tiers, segments = names_of(connection, "tier"), names_of(connection, "segment")
    now = pd.DataFrame(
        {
            "customer_id": customers["customer_id"].astype(object),
            "tier": customers["value_tier"].map(tiers.code).astype("int64"),
            "segment": customers["segment"].map(segments.code).astype("int64"),
            "at_risk": (customers["churn_probability"] > act_above).astype("int64"),
        }
    )
    keep_names(connection, "tier", tiers)
    keep_names(connection, "segment", segments)
    before = pd.DataFrame(
        connection.execute(
            "SELECT customer_id, tier, segment, at_risk FROM spells WHERE until = ?", (FAR,)
        ).fetchall(),
        columns=["customer_id", *_STATE],
    )
    both = before.merge(now, on="customer_id", how="outer", suffixes=("_then", ""), indicator=True)
    same = both["_merge"].eq("both")
    for name in _STATE:
        same &= both[f"{name}_then"].eq(both[name])
    ended = both.loc[both["_merge"].ne("right_only") & ~same, "customer_id"]
    begun = both.loc[both["_merge"].ne("left_only") & ~same, ["customer_id", *_STATE]]
    connection.executemany(
        "UPDATE spells SET until = ? WHERE customer_id = ? AND until = ?",
        ((last, name, FAR) for name in ended.tolist()),
    )
    rows = zip(
        begun["customer_id"].tolist(), *(begun[name].astype("int64").tolist() for name in _STATE), strict=True
    )
    connection.executemany(f"INSERT INTO spells VALUES (?, {moment}, {FAR}, ?, ?, ?)", rows)
    connection.execute("DELETE FROM spells WHERE until < ?", (moment - KEPT_SECONDS,))
    connection.execute("INSERT INTO runs VALUES (?, ?)", (moment, campaign_id))
    _add_cells(connection, moment, now.assign(clv=customers["clv"], churn=customers["churn_probability"]))
    _add_rfm(connection, moment, customers, act_above)


def without_profiles(connection: sqlite3.Connection, customers: Iterable[str]) -> None:
    """Forget when customers were there and what was said of them; what was decided then stays."""
    names = [(name,) for name in sorted(customers)]
    for table in OF_PROFILES:
        connection.executemany(f"DELETE FROM {table} WHERE customer_id = ?", names)


def _add_cells(connection: sqlite3.Connection, moment: int, rows: pd.DataFrame) -> None:
    for (tier, segment), part in rows.groupby(["tier", "segment"], sort=True):
        connection.execute(
            "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (moment, tier, segment, *_figures(part))
        )


def _add_rfm(connection: sqlite3.Connection, moment: int, customers: pd.DataFrame, act_above: float) -> None:
    rows = customers[["rfm_segment", "clv"]].assign(
        churn=customers["churn_probability"],
        at_risk=(customers["churn_probability"] > act_above).astype("int64"),
    )
    for name, part in rows.groupby("rfm_segment", sort=True):
        connection.execute(
            "INSERT INTO rfm VALUES (?, ?, ?, ?, ?, ?, ?)", (moment, str(name), *_figures(part))
        )


def _figures(part: pd.DataFrame) -> tuple[int, int, float, float, float]:
    """Customers, at risk, revenue at risk (value × probability of those), value, mean probability."""
    risky = part["at_risk"] == 1
    return (
        len(part),
        int(risky.sum()),
        float((part["clv"] * part["churn"])[risky].sum()),
        float(part["clv"].sum()),
        float(part["churn"].mean()),
    )
