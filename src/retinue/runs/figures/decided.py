"""Decisions on record and what became of each; and what the experiment's customers brought, in sums."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.decisions.arms import HOLDOUT, TREATMENT, USUAL
from retinue.incentives.catalogue import NONE
from retinue.runs.figures.spells import keep_names, names_of

if TYPE_CHECKING:
    import pandas as pd

    from retinue.outcomes.gathering import Gathered
    from retinue.runs.figures.file import Names

__all__ = ["keep_decisions", "keep_earned"]

_DAY = 86_400


def keep_decisions(
    connection: sqlite3.Connection, known: Gathered | None, own: pd.DataFrame, facts: pd.DataFrame
) -> None:
    """Write every decision of the arms treatment and holdout anew.

    own: those of the run itself, of which nothing can be known yet. facts: `value_tier` and `segment` by
    decision id.
    """
    import pandas as pd

    from retinue.outcomes.per_incentive import explored_each

    fresh = own.assign(retained=np.nan, matured=False)
    parts = [one for one in (None if known is None else known.judged_decisions, fresh) if one is not None]
    frame = pd.concat([one for one in parts if len(one)] or [fresh], ignore_index=True)
    frame = frame[frame["arm"] != USUAL].drop_duplicates("decision_id", keep="last")
    connection.execute("DELETE FROM decisions")
    if frame.empty:
        return
    window = 0.0 if known is None else known.window_days
    incentives = names_of(connection, "incentive")
    tiers, segments = names_of(connection, "tier"), names_of(connection, "segment")
    at = frame["executed_at"].to_numpy("datetime64[s]").astype("int64")
    retained = frame["retained"].where(frame["matured"])
    explored = explored_each(frame)
    offered = (frame["action"] != NONE) & (frame["arm"] == TREATMENT)
    rows = zip(
        frame["decision_id"].tolist(),
        frame["customer_id"].tolist(),
        at.tolist(),
        offered.astype(int).tolist(),
        [incentives.code(name) for name in frame["action"].tolist()],
        frame["cost"].tolist(),
        _whole(explored),
        _codes(frame["decision_id"], facts, "value_tier", tiers),
        _codes(frame["decision_id"], facts, "segment", segments),
        [
            moment + round(window * _DAY) if there else None
            for moment, there in zip(at.tolist(), retained.notna().tolist(), strict=True)
        ],
        _whole(retained.to_numpy(dtype=np.float64)),
        strict=True,
    )
    connection.executemany(f"INSERT INTO decisions VALUES ({', '.join('?' * 11)})", rows)
    for kind, names in (("incentive", incentives), ("tier", tiers), ("segment", segments)):
        keep_names(connection, kind, names)


def keep_earned(connection: sqlite3.Connection, known: Gathered | None) -> str:
    """Write the sums of the experiment's customers by day, tier and segment anew; why no difference may be
    told, empty where it may.

    Terms of each customer are those of the whole measurement (`outcomes.aipw`), so that parts agree with it.
    """
    from retinue.outcomes.aipw import terms_of

    connection.execute("DELETE FROM earned")
    if known is None:
        return "Not enough data yet: no decision is on record."
    units = known.cohort.units[known.judged].reset_index(drop=True)
    if units.empty:
        return "Not enough data yet: no customer's window has ended with a known result."
    treated = (units["arm"] == TREATMENT).to_numpy()
    alone = (units["arm"] == HOLDOUT).to_numpy()
    p, q = (units[f"p_{arm}"].to_numpy(dtype=np.float64) for arm in (TREATMENT, HOLDOUT))
    net, kept = (units[name].to_numpy(dtype=np.float64) for name in ("net", "retained"))
    why = ""
    if not ((p > 0) & (q > 0)).all():
        why = "Not enough data yet: some customers had no chance of being treated, or of being left alone."
    elif np.isnan(net).any():
        why = f"Not enough data yet: {int(np.isnan(net).sum()):,} results do not state the revenue."
    money = stayed = np.zeros(len(units))
    if not why and not known.hidden:
        x = None if known.x is None else known.x[known.judged]
        money = terms_of(net, treated, alone, p, q, covariates=x)[0]
        stayed = terms_of(kept, treated, alone, p, q, covariates=x)[0]
    _write(connection, known, units, treated, alone, money, stayed)
    return why


def _write(
    connection: sqlite3.Connection,
    known: Gathered,
    units: pd.DataFrame,
    treated: Any,
    alone: Any,
    money: Any,
    stayed: Any,
) -> None:
    import pandas as pd

    facts = _no_facts() if known.facts is None else known.facts
    tiers, segments = names_of(connection, "tier"), names_of(connection, "segment")
    ended = units["start"] + timedelta(days=known.window_days)
    offered = treated & (units["offers"] > 0).to_numpy()
    stays = offered & units["retained"].eq(1.0).to_numpy()
    worth = units["decision_id"].map(facts["clv"]).to_numpy(dtype=np.float64)
    valued = stays & np.isfinite(worth)
    cost = units["cost"].to_numpy(dtype=np.float64)
    rows = pd.DataFrame(
        {
            "day": ended.to_numpy("datetime64[D]").astype("int64"),
            "tier": _codes(units["decision_id"], facts, "value_tier", tiers),
            "segment": _codes(units["decision_id"], facts, "segment", segments),
            "customers": 1,
            "treated": treated.astype(int),
            "alone": alone.astype(int),
            "offered": offered.astype(int),
            "retained": stays.astype(int),
            "valued": valued.astype(int),
            "saved": np.where(valued, np.nan_to_num(worth), 0.0),
            "cost": np.where(treated, cost, 0.0),
            "cost_alone": np.where(alone, cost, 0.0),
            "net": money,
            "net_squares": money**2,
            "kept": stayed,
            "kept_squares": stayed**2,
        }
    )
    sums = rows.groupby(["day", "tier", "segment"], sort=True, as_index=False).sum()
    columns = [sums[name].tolist() for name in rows.columns]
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO earned ({', '.join(rows.columns)}) VALUES ({marks})", zip(*columns, strict=True)
    )
    keep_names(connection, "tier", tiers)
    keep_names(connection, "segment", segments)


def _codes(decisions: pd.Series[str], facts: pd.DataFrame, column: str, names: Names) -> list[int]:
    found = decisions.map(facts[column])
    return [names.code(name) for name in found.tolist()]


def _whole(values: Any) -> list[int | None]:
    return [None if np.isnan(value) else int(value) for value in values]


def _no_facts() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: pd.Series(dtype=object) for name in ("clv", "value_tier", "segment")})
