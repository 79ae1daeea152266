"""One customer over time: what runs said of them, beside what the store knows, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from retinue.runs.customers.file import CUSTOMERS
from retinue.runs.customers.reading import CustomerFile
from retinue.store import Store
from retinue.store.runs import RunRecord, list_runs
from retinue.store.timeline import Entry, Place, entries, in_order

__all__ = ["timelines"]

_ASSESSED = ("churn_probability", "risk_level", "time_to_churn_days", "clv", "value_tier", "segment")
_DECIDED = ("incentive_id", "expected_roi", "cost", "urgency")
_AT_ONCE = 500
_OF_RUNS = {"assessed", "decided"}


def timelines(
    store: Store,
    folder: Path,
    customers: Collection[str],
    *,
    limit: int,
    before: Place | None = None,
    kinds: Collection[str] = (),
) -> dict[str, list[Entry]]:
    """What happened to each of these customers, newest first, at most `limit` entries of each.

    Parameters
    ----------
    folder: where runs left their files. before: only what stands behind this place. kinds: of these alone;
    without any, of all.

    Runs count as far as their customers are kept (`[api] read_models`): what they assessed (`assessed`) and
    decided (`decided`) at the time the run is as of. Everybody asked for is in the answer, in the order asked
    for, also who has no entry. The same number of queries serves one customer and many.
    """
    names = list(dict.fromkeys(customers))
    known = entries(store, names, limit=limit, before=before, kinds=kinds)
    found = {name: list(one) for name, one in known.items()}
    if kinds and not _OF_RUNS & set(kinds):
        return {name: found.get(name, []) for name in names}
    said: Counter[str] = Counter()
    full: dict[str, datetime] = {}  # runs as of the same time still count: their entries stand among these
    for run in list_runs(store, limit=None):
        open_ = [name for name in names if full.get(name, run.as_of) == run.as_of]
        if not open_:
            break
        if run.finished_at is None or (before is not None and run.as_of > before.at):
            continue
        for entry in _of_run(folder, run, open_):
            if (not kinds or entry.kind in kinds) and (before is None or entry.after(before)):
                found.setdefault(entry.customer_id, []).append(entry)
                said[entry.customer_id] += 1
                if said[entry.customer_id] >= limit:
                    full.setdefault(entry.customer_id, run.as_of)
    return {name: in_order(found.get(name, ()))[:limit] for name in names}


def _of_run(folder: Path, run: RunRecord, names: list[str]) -> Iterator[Entry]:
    file = CustomerFile.read(folder / run.campaign_id / CUSTOMERS)
    if file is None:
        return
    for start in range(0, len(names), _AT_ONCE):
        for name, row in file.among(names[start : start + _AT_ONCE]).items():
            yield _entry(run, name, "assessed", row["risk_level"], {key: row[key] for key in _ASSESSED})
            if row["decision_id"] is not None:
                yield _entry(run, name, "decided", row["action_type"], _decided(row), row["decision_id"])


def _decided(row: Mapping[str, Any]) -> dict[str, Any]:
    rest = row["decision"] or {}
    held_out = row["held_out"]
    return {
        **{key: row[key] for key in _DECIDED},
        "held_out": None if held_out is None else bool(held_out),
        "rule": rest.get("rule"),
        "rule_words": rest.get("rule_words"),
    }


def _entry(
    run: RunRecord,
    customer_id: str,
    kind: str,
    what: str,
    detail: Mapping[str, Any],
    decision_id: str | None = None,
) -> Entry:
    return Entry(
        customer_id=customer_id,
        at=run.as_of,
        kind=kind,
        key=run.campaign_id,
        what=what,
        campaign_id=run.campaign_id,
        decision_id=decision_id,
        detail=detail,
    )
