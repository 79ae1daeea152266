"""Letters that explain decisions to a customer, from receipts, models, reviews and deliveries as they stand.

A letter is dated by the newest thing it tells of, not by the day it is printed: as long as nothing more
happens, it is the same letter with the same bytes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from retinue.decisions.letter import Around, letter_of, undecided_letter
from retinue.errors import ArtefactError, NotFoundError
from retinue.privacy.letters import Letter, as_html, day_in_words
from retinue.runs.customers.file import CUSTOMERS
from retinue.runs.customers.reading import CustomerFile
from retinue.runs.explaining import explain_customer
from retinue.runs.undecided import WHY_NOT
from retinue.store.deliveries import DeliveryRecord, list_deliveries
from retinue.store.privacy_requests import list_requests
from retinue.store.reviews import ReviewStep, steps_of
from retinue.store.runs import list_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retinue.churn.counterfactual import Changed
    from retinue.domain import Receipt
    from retinue.runs.base import Kept

__all__ = ["decided_at", "letter", "letters_of", "receipts_of"]

_LOOKED_AT = 12


def letter(opened: Kept, subject: str) -> tuple[str, Letter]:
    """The customer and the letter about a decision, or about the newest decision on a customer.

    Of a customer about whom nothing was decided, it is about the estimate of the newest run.

    Raises NotFoundError for whom or what nobody knows.
    """
    found = decided_at(opened, subject)
    if found is not None:
        return found.body["customer"]["customer_id"], _of_receipt(opened, found)
    made = _undecided(opened, subject)
    if made is None:
        raise NotFoundError(
            f"Nothing is known of '{subject}'.",
            where="runs, cancel moments",
            fix="Give the id of a decision, or of a customer of a finished run.",
        )
    return subject, made


def letters_of(opened: Kept, customer_id: str) -> dict[str, str]:
    """A page for each decision on a customer that is on record, by decision id."""
    return {
        receipt.decision_id: as_html(_of_receipt(opened, receipt))
        for receipt in receipts_of(opened, customer_id)
    }


def receipts_of(opened: Kept, customer_id: str) -> list[Receipt]:
    """The receipts of every decision on a customer, newest run first, then those at the cancel button."""
    from retinue.decisions import find_receipt, read_receipt
    from retinue.store.cancel_moments import of_customer

    found = []
    for record in list_runs(opened.store, limit=None):
        path = opened.settings.state / "runs" / record.campaign_id / "receipts.parquet"
        if record.finished_at is not None and path.is_file():
            try:
                found.append(find_receipt(path, customer_id, by="customer_id"))
            except ArtefactError as error:
                if not error.what.startswith("There is no receipt"):
                    raise
    moments = of_customer(opened.store, customer_id, since=datetime(1970, 1, 1, tzinfo=UTC))
    return [*found, *(read_receipt(m.receipt) for m in moments if m.receipt is not None)]


def decided_at(opened: Kept, subject: str) -> Receipt | None:
    """The receipt of a decision, or of the newest decision on a customer; None where there is none."""
    from retinue.decisions import find_receipt, read_receipt
    from retinue.store.cancel_moments import find_receipt as at_cancel

    made = at_cancel(opened.store, subject)
    if made is not None:
        return read_receipt(made)
    for record in list_runs(opened.store, limit=None):
        path = opened.settings.state / "runs" / record.campaign_id / "receipts.parquet"
        if record.finished_at is None or not path.is_file():
            continue
        try:
            return find_receipt(path, subject, by="decision_id")
        except ArtefactError as error:
            if not error.what.startswith("There is no receipt"):
                raise
    of_them = receipts_of(opened, subject)
    return max(of_them, key=lambda receipt: receipt.as_of, default=None)


def _of_receipt(opened: Kept, receipt: Receipt) -> Letter:
    steps = steps_of(opened.store, receipt.decision_id)
    people, asked = _people(steps), _asked(opened, receipt)
    deliveries = list_deliveries(opened.store, decision_id=receipt.decision_id)
    days = [receipt.as_of.date(), *(step.at.date() for step in steps), *(day for day, _ in asked)]
    days += [delivery.changed_at.date() for delivery in deliveries]
    around = _around(
        opened,
        max(days),
        people=[*people, *(said for _, said in asked)],
        sent=_sent(deliveries),
        changes=_changes(opened, receipt),
    )
    return letter_of(receipt, around)


def _around(
    opened: Kept,
    day: date,
    *,
    people: Sequence[str] = (),
    sent: Sequence[str] = (),
    changes: Sequence[Changed] = (),
) -> Around:
    settings = opened.settings
    sender = settings.privacy.controller or settings.project.name
    return Around(sender, settings.privacy.contact, day, people, sent, changes)


def _changes(opened: Kept, receipt: Receipt) -> Sequence[Changed]:
    """What would have changed the estimate; nothing where the model is not there any more."""
    from retinue.churn.counterfactual import what_would_change
    from retinue.decisions.receipt import frame_of
    from retinue.runs.explaining import model_named

    models = receipt.body["run"]["versions"]["models"]
    try:
        model = model_named(opened.settings.state, models["churn"])
    except (ArtefactError, KeyError):
        return ()
    return what_would_change(model, frame_of(receipt), top=_LOOKED_AT)


def _people(steps: Sequence[ReviewStep]) -> list[str]:
    words = {
        "approved": "approved it",
        "rejected": "decided against the offer",
        "first approval": "was the first of two people to approve it",
        "changed": "proposed another offer instead",
        "withdrawn": "closed the case without an offer",
        "expired": "closed the case: nobody had answered in time",
    }
    return [
        f"On {day_in_words(step.at.date())} {'a person' if step.who != 'retinue' else 'the program'} "
        f"({step.who}) {words[step.what]}."
        for step in steps
        if step.what in words
    ]


def _asked(opened: Kept, receipt: Receipt) -> list[tuple[date, str]]:
    """What came of the customer's requests that a person looks at this decision."""
    customer = receipt.body["customer"]["customer_id"]
    found = []
    for request in list_requests(opened.store, kinds=("review",), customer_id=customer):
        if request.subject != receipt.decision_id:
            continue
        asked = f"On {day_in_words(request.received_at.date())} you asked for a person to look at it."
        if request.closed_at is None:
            due = day_in_words(request.due_at.date())
            found.append((request.received_at.date(), f"{asked} You get an answer by {due}."))
            continue
        closed = day_in_words(request.closed_at.date())
        if request.state == "refused":
            said = f"{asked} On {closed} that was refused: “{request.reason}”"
            found.append((request.closed_at.date(), said))
            continue
        stands = request.detail.get("outcome") == "stands"
        said = next(
            (s.reason for s in reversed(steps_of(opened.store, request.request_id)) if s.reason),
            request.reason,
        )
        what = "the decision stands" if stands else "the decision was set aside"
        found.append(
            (
                request.closed_at.date(),
                f"{asked} On {closed} a person ({request.handled_by}) answered: {what}. “{said}”",
            )
        )
    return found


def _sent(deliveries: Sequence[DeliveryRecord]) -> list[str]:
    said = []
    for delivery in deliveries:
        if delivery.kind not in ("message", "grant"):
            continue
        what = "The offer" if delivery.kind == "grant" else "A message to you about it"
        day = day_in_words(delivery.changed_at.date())
        if delivery.state == "sent":
            said.append(f"{what} went out on {day}.")
        elif delivery.state in ("queued", "sending"):
            said.append(f"{what} had not gone out yet on {day}.")
        elif delivery.state == "unknown":
            said.append(f"Whether {what[0].lower()}{what[1:]} went out is not known.")
        else:
            said.append(f"{what} did not go out: {delivery.reason or delivery.state}")
    return said


def _undecided(opened: Kept, customer_id: str) -> Letter | None:
    for record in list_runs(opened.store, limit=None):
        folder = opened.settings.state / "runs" / record.campaign_id
        known = CustomerFile.read(folder / CUSTOMERS) if record.finished_at is not None else None
        if known is None:
            continue
        row, state = known.get(customer_id), known.state(customer_id)
        if row is None and state is None:
            continue
        day, limit = known.shared.as_of.date(), known.shared.act_above
        if row is None:
            why = f"You {_TO_YOU.get(state or '', WHY_NOT.get(state or '', str(state)))}."
            return undecided_letter(
                customer_id, _around(opened, day), as_of=day, risk=None, act_above=limit, why=why
            )
        explained = explain_customer(opened.settings.state, record.campaign_id, customer_id)
        changes = () if explained is None else explained.changes(_LOOKED_AT)
        facts = (
            () if explained is None else tuple(r.text for r in explained.reasons(5) if r.feature[:1] != "(")
        )
        return undecided_letter(
            customer_id,
            _around(opened, day, changes=changes),
            as_of=day,
            risk=float(row["churn_probability"]),
            act_above=limit,
            why="The estimate was below the threshold above which we consider an offer.",
            facts=facts,
        )
    return None


_TO_YOU = {
    "gone": "had left us by then, so that nothing was estimated",
    "too_new": "had been with us for too short a time to be judged",
    "objected": "had objected to such estimates, so that none was made",
}
