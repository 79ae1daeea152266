"""The nightly update of the response model, gated mildly: it is refused only where the log shows it worse.

Both models decide the decisions on record again under the terms and the price of money of then; the upper
bound of what the new one brings more must not lie below 0. What was never tried counts the same for both.
The new model has learned from the very outcomes it is judged by, which flatters it: what is refused even so
is worse beyond doubt. About MOST_ROWS decisions of the newest runs with known outcomes are looked at, chosen
by customer; that takes about a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retinue.decisions.again import PastRun, decide_at_price, read_past, when
from retinue.decisions.artefacts import ModelStore
from retinue.decisions.receipt_file import read_run
from retinue.decisions.replay import response_of
from retinue.errors import NotEnoughData
from retinue.incentives.draws import uniforms
from retinue.incentives.response import Learned
from retinue.learning.off_policy.diagnostics import diagnose, unsupported
from retinue.learning.off_policy.gate import SAME, bound
from retinue.learning.off_policy.logged import Logged, Matrix
from retinue.learning.off_policy.past_log import past_log

if TYPE_CHECKING:
    from retinue.warehouse import Warehouse

__all__ = ["keep_better", "newest_due"]

MOST_ROWS = 1_000
READ_ROWS = 5_000
LEAST_ROWS = 100
_SIDES = 0.90


def newest_due(receipts: Sequence[Path], as_of: datetime, *, window_days: float, most: int) -> list[PastRun]:
    """The newest runs whose window had passed at `as_of`, oldest first, until they have `most` decisions."""
    latest = as_of - timedelta(days=window_days)
    found: list[PastRun] = []
    for path in reversed(receipts):
        if when(path) > latest:
            continue
        found.insert(0, read_past(path, most=most))
        if sum(len(run.done) for run in found) >= most:
            break
    return found


def keep_better(
    model: Path,
    receipts: Sequence[Path],
    store: ModelStore,
    warehouse: Warehouse,
    as_of: datetime,
    *,
    window_days: float,
) -> str | None:
    """Put the former model back into the file where the log shows the new one worse; why, in words, or None.

    receipts: of the finished runs before `as_of`, oldest first; the former model is that of the last one. A
    former model of another catalogue cannot serve and is not looked at.
    """
    if not receipts:
        return None
    former = response_of(read_run(receipts[-1])["versions"]["models"], store)
    fresh = Learned.from_bytes(model.read_bytes())
    if former is None or former.response.offers != fresh.response.offers:
        return None
    due = newest_due(receipts, as_of, window_days=window_days, most=READ_ROWS)
    same = [run for run in due if {o.id for o in run.terms.catalogue.offers} == set(fresh.response.offers)]
    runs = _sample(same)
    try:
        log = past_log(warehouse, as_of, runs, window_days=window_days)
    except NotEnoughData:
        return None
    if len(log.logged) < LEAST_ROWS:
        return None
    policies = []
    for learned in (former, fresh):
        matrix = log.blank()
        for number, run in enumerate(runs):
            mine = np.zeros(len(run.done), dtype=bool)
            mine[log.row[log.run == number]] = True
            rows, batch = decide_at_price(run, np.flatnonzero(mine), learned=learned)
            log.fill(matrix, number, rows, batch)
        policies.append(log.counted(matrix))
    old, new = policies
    new = _comparable(log.logged, old, new)
    if np.abs(new - old).max() <= SAME:
        return None
    checks = tuple(diagnose(log.logged, new, old))
    if any(check.level == "bad" and check.name != "support" for check in checks):
        return None
    found = bound(log.logged, old, new, log.outcome, checks, _SIDES)
    if found is None or not found.high < 0:
        return None
    model.write_bytes(former.to_bytes())
    return (
        f"The response model learned now is worse than that of the last run on {len(log.logged):,} decisions:"
        f" {found.value:+,.2f} per decision, at most {found.high:+,.2f} (one-sided 95 %)."
        " The former one stays in use."
    )


def _comparable(logged: Logged, old: Matrix, new: Matrix) -> Matrix:
    """The new policy where the log can compare it: what was never tried counts as in the old one.

    The question is only whether the new model is worse in what is known; in the rest it may be as good.
    """
    never = unsupported(logged)
    known = np.where(never, 0.0, new)
    total = known.sum(axis=1, keepdims=True)
    left = 1.0 - np.where(never, old, 0.0).sum(axis=1, keepdims=True)
    scaled = known * np.divide(left, total, out=np.zeros_like(total), where=total > 0)
    return np.where(total > 0, np.where(never, old, scaled), old)


def _sample(runs: list[PastRun]) -> list[PastRun]:
    """Every decision of so many customers, chosen by a hash, as leave about MOST_ROWS that were drawn."""
    drawn = sum(int((run.propensities[:, 0] < 1.0).sum()) for run in runs)
    share = MOST_ROWS / max(MOST_ROWS, drawn)
    return [
        run.only(uniforms("retinue-nightly", run.assessment["customer_id"].tolist()) < share) for run in runs
    ]
