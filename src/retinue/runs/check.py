"""Check a decision without trusting it: its receipt, its story, its recomputation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from retinue.errors import ArtefactError, UsageError
from retinue.pipeline.stages import MODELS, RECEIPTS
from retinue.store.runs import RunRecord, latest_run, list_runs
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    from retinue.decisions.replay import ReplayResult
    from retinue.domain import Receipt
    from retinue.runs.base import Opened

__all__ = ["explain", "find", "receipt_json", "replay"]


def explain(retinue: Opened, subject: str, *, as_of: datetime | None) -> str:
    """The story of the newest decision on a customer, or of a decision id, in words.

    A customer who is known but about whom nothing was decided gets the reason for that.
    """
    from retinue.decisions import ModelStore
    from retinue.decisions.explain import explain as story
    from retinue.decisions.labels import label_of
    from retinue.runs.undecided import undecided_story

    try:
        receipt = find(retinue, subject, as_of=as_of)
        return story(receipt, label_of(receipt, ModelStore(retinue.settings.state / MODELS)))
    except UsageError:
        newest = latest_run(retinue.store, as_of=None if as_of is None else utc_naive(as_of))
        told = newest and undecided_story(retinue, subject, newest.as_of)
        if not told:
            raise
        return told


def receipt_json(retinue: Opened, subject: str, *, as_of: datetime | None) -> str:
    """The whole receipt as JSON."""
    import json

    return json.dumps(dict(find(retinue, subject, as_of=as_of).body), indent=1, ensure_ascii=False)


def replay(retinue: Opened, subject: str) -> ReplayResult:
    """Recompute from a receipt's file, or from a decision, receipt or customer id."""
    from retinue.decisions import ModelStore
    from retinue.decisions.receipt import read_receipt
    from retinue.decisions.replay import replay as recompute

    path = Path(subject)
    receipt = read_receipt(path.read_bytes()) if path.is_file() else find(retinue, subject, as_of=None)
    return recompute(receipt, ModelStore(retinue.settings.state / MODELS))


def find(retinue: Opened, subject: str, *, as_of: datetime | None) -> Receipt:
    """The receipt of a customer, decision or receipt id, from the newest run that has it; of a decision at
    the cancel button from the store.

    Raises UsageError when no finished run has it.
    """
    from retinue.decisions import find_receipt, read_receipt
    from retinue.store.cancel_moments import find_receipt as at_cancel

    made = at_cancel(retinue.store, subject) if as_of is None else None
    if made is not None:
        return read_receipt(made)
    records = [run for run in list_runs(retinue.store) if _wanted(run, as_of)]
    for by in _kinds(subject):
        for record in records:
            try:
                folder = retinue.settings.state / "runs" / record.campaign_id
                return find_receipt(folder / RECEIPTS, subject, by=by)
            except ArtefactError as error:
                if not error.what.startswith("There is no receipt"):
                    raise
    if not records:
        raise UsageError("There is no finished run to look in.", fix="Start one: retinue run --as-of DATE")
    raise UsageError(
        f"No run has decided about '{subject}'.",
        where=", ".join(record.campaign_id for record in records[:5]),
        fix="Only customers above the threshold of action have a decision; `retinue score` shows all risks.",
    )


def _wanted(record: RunRecord, as_of: datetime | None) -> bool:
    return record.finished_at is not None and (as_of is None or record.as_of == utc_naive(as_of))


def _kinds(subject: str) -> tuple[Literal["decision_id", "customer_id", "receipt_id"], ...]:
    if subject.startswith("dec_"):
        return ("decision_id", "customer_id", "receipt_id")
    return ("customer_id", "receipt_id", "decision_id")
