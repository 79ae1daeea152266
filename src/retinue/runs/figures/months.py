"""What was predicted beside what became of it: one run a month, kept as a sample until its time is over.

The first run of a month leaves what it said of at most 50,000 customers, taken evenly by id. When horizon and
grace have passed, that becomes figures (measures with intervals, deciles) and the sample is forgotten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.runs.figures.file import seconds

if TYPE_CHECKING:
    import pandas as pd

    from retinue.pipeline.stages import Stages

__all__ = ["MOST", "judge_months", "months_of", "note_month"]

MOST = 50_000
KEPT_MONTHS = 24


def note_month(
    connection: sqlite3.Connection, run: str, as_of: datetime, said: Sequence[tuple[str, float, int]]
) -> None:
    """Keep what the first run of its month said.

    said: of every active customer the id, the probability, and 1 for whoever was left alone.
    """
    month = f"{as_of:%Y-%m}"
    if (
        connection.execute("SELECT 1 FROM months WHERE month = ?", (month,)).fetchone() is not None
        or not said
    ):
        return
    rows = sorted(said)
    step = -(-len(rows) // MOST)
    connection.executemany("INSERT INTO said VALUES (?, ?, ?, ?)", ((month, *row) for row in rows[::step]))
    connection.execute("INSERT INTO months VALUES (?, ?, ?, NULL)", (month, run, seconds(as_of)))


def judge_months(connection: sqlite3.Connection, stages: Stages) -> None:
    """Turn what was said into figures, where the time of it is over; a business without dates has none."""
    if stages.static is not None:
        return
    from retinue.churn import churn_labels, resolve_definition

    churn = stages.settings.churn
    latest = seconds(stages.as_of - timedelta(days=churn.horizon_days + churn.grace_days))
    open_ = connection.execute(
        "SELECT month, as_of FROM months WHERE body IS NULL AND as_of <= ? ORDER BY month", (latest,)
    ).fetchall()
    for month, at in open_:
        moment = datetime.fromtimestamp(at, UTC)
        labels = churn_labels(
            stages.warehouse,
            [moment],
            settings=churn,
            definition=resolve_definition(stages.warehouse, churn),
            as_of=stages.as_of,
        )
        body = judged(_said(connection, month), labels, seed=stages.settings.project.seed)
        connection.execute("UPDATE months SET body = ? WHERE month = ?", (msgspec.json.encode(body), month))
        connection.execute("DELETE FROM said WHERE month = ?", (month,))


def months_of(connection: sqlite3.Connection) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The judged months, oldest first, without their deciles; and the deciles of the newest of them.

    A row has `all` customers and those left `alone`: an offer is made so that somebody stays, so only of the
    others the share that left says how well calibrated the model was.
    """
    rows = connection.execute(
        "SELECT month, run, as_of, body FROM months WHERE body IS NOT NULL ORDER BY month DESC LIMIT ?",
        (KEPT_MONTHS,),
    ).fetchall()
    found: list[dict[str, Any]] = []
    deciles: dict[str, Any] | None = None
    for month, run, at, body in rows[::-1]:
        judged_then = msgspec.json.decode(body)
        if not judged_then["all"]["customers"]:
            continue
        as_of = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
        about = {"month": month, "run": run, "as_of": as_of}
        deciles = {**about, **{name: judged_then[name].pop("deciles") for name in ("all", "alone")}}
        found.append({**about, **judged_then})
    return found, deciles


def judged(said: pd.DataFrame, labels: pd.DataFrame, *, seed: int) -> dict[str, Any]:
    """Figures of what was said (`customer_id`, `probability`, `alone`) by what became of them (`churned`)."""
    known = labels.loc[labels["churned"].notna(), ["customer_id", "churned"]]
    both = said.merge(known, on="customer_id")
    alone = both[both["alone"] == 1]
    return {"all": _sums(both), "alone": _sums(alone), "measures": _measures(alone, seed)}


def _sums(rows: pd.DataFrame) -> dict[str, Any]:
    """Customers, the share of them predicted to leave, how many left; and the same by decile."""
    return {
        "customers": len(rows),
        "predicted": float(rows["probability"].mean()) if len(rows) else None,
        "left": int(rows["churned"].sum()),
        "deciles": _deciles(rows),
    }


def _measures(rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    import numpy as np

    from retinue.churn.evaluate import LEAST_OUTCOMES, compare

    p = rows["probability"].to_numpy(dtype=np.float64)
    y = rows["churned"].to_numpy(dtype=np.float64)
    models, _ = compare({"model": p}, y, np.arange(len(y)), {}, seed=seed)
    names = ("auc", "log_loss", "brier", "calibration_error", "lift_at_10")
    few = f"Not enough data yet: it takes {LEAST_OUTCOMES} customers who left and as many who stayed."
    nothing = {"value": None, "low": None, "high": None, "reason": few}
    found = models.get("model", {})
    return {name: asdict(found[name]) if name in found else nothing for name in names}


def _deciles(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Ten groups of as equal size as can be, the riskiest first; fewer where there are under a hundred."""
    import numpy as np

    ordered = rows.sort_values(["probability", "customer_id"], ascending=[False, True])
    parts = min(10, len(ordered) // 10)
    if not parts:
        return []
    edges = np.linspace(0, len(ordered), parts + 1).round().astype(int)
    return [
        {
            "decile": number + 1,
            "customers": int(stop - start),
            "predicted": float(ordered["probability"].iloc[start:stop].mean()),
            "left": int(ordered["churned"].iloc[start:stop].sum()),
        }
        for number, (start, stop) in enumerate(pairwise(edges))
    ]


def _said(connection: sqlite3.Connection, month: str) -> pd.DataFrame:
    import pandas as pd

    rows = connection.execute(
        "SELECT customer_id, probability, alone FROM said WHERE month = ?", (month,)
    ).fetchall()
    return pd.DataFrame(rows, columns=["customer_id", "probability", "alone"])
