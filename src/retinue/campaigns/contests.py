"""A customer asks that a person looks at a decision (Art. 22(3) GDPR): a case in the review queue.

Such a case has the id of the customer's request. Approved, the decision stands; rejected, it is set aside:
what had not begun of it is cancelled and its money free, and the person does what is right instead. The
answer in words is for the customer, and closes the request in the same transaction. Where the decision cost
so much that two people must approve it, two must say that it stands.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.campaigns.people import Person
from retinue.campaigns.settling import Settled, settle
from retinue.errors import LimitError, StateError, UsageError
from retinue.incentives.budget import to_cents
from retinue.store.accounts import naive
from retinue.store.deliveries import siblings_in
from retinue.store.ledger import give_back_in
from retinue.store.privacy_requests import PrivacyRequest, close_in
from retinue.store.reviews import Ask, ReviewRecord, ask_in, held_in, note_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.settings import ReviewSettings
    from retinue.store import Store

__all__ = [
    "SET_ASIDE",
    "answer_contest",
    "ask_for_person_in",
    "contest_in_words",
    "is_contest",
    "withdraw_contest_in",
]

SET_ASIDE = "set_aside"


def is_contest(case: ReviewRecord) -> bool:
    """Whether a case is a customer's request that a person looks."""
    return bool(case.case.get("contest"))


def ask_for_person_in(
    session: Session,
    request: PrivacyRequest,
    *,
    campaign_id: str,
    decision_id: str,
    story: str,
    cents: int,
    clock: datetime,
) -> int:
    """Put the case in the queue, within the caller's transaction; whether it is new.

    story: the decision told to whoever answers. cents: what it costs. It is due as the request is.
    """
    due = request.due_at.replace(tzinfo=UTC)
    ask = Ask(
        decision_id=request.request_id,
        campaign_id=campaign_id,
        customer_id=request.customer_id,
        urgent=False,
        expected_cents=0,
        cents=cents,
        case={"contest": True, "decision_id": decision_id, "story": story, "says": request.reason},
        offer={"id": "none", "type": "none", "value": 0.0, "duration_months": None},
        due_at=due,
        expires_at=due + timedelta(days=3_650),
    )
    return ask_in(session, [ask], clock=clock)


def answer_contest(
    store: Store,
    case_id: str,
    by: Person,
    settings: ReviewSettings | None,
    *,
    clock: datetime,
    reason: str,
    stands: bool,
) -> ReviewRecord:
    """Say that the decision stands, or set it aside; in words to the customer.

    settings: of four eyes, for a decision that is to stand. Raises UsageError without words, StateError when
    it was answered, LimitError when the person may not approve so much or said so already.
    """
    if not reason.strip():
        raise UsageError(
            "The customer gets this answer: it needs words.", where=case_id, fix="Add --reason in words."
        )
    with store.transaction() as session:
        case = held_in(session, case_id)
        if case.state != "waiting":
            raise StateError(f"The case is closed: {case.state}.", where=case_id)
        if by.most_cents is not None and case.cents > by.most_cents:
            raise LimitError(f"{by.name} ({by.role}) may not answer for so much.", where="[review] limits")
        limit = None if settings is None else settings.four_eyes_above
        if stands and limit is not None and case.cents > to_cents(limit):
            if case.first_by is None:
                return note_in(
                    session,
                    case_id,
                    "first approval",
                    who=by.name,
                    reason=reason,
                    clock=clock,
                    first_by=by.name,
                )
            if case.first_by == by.name:
                raise LimitError(f"{by.name} said so already; it needs two people.", where=case_id)
        if not stands:
            _set_aside(session, case.case["decision_id"], clock)
        done = note_in(
            session,
            case_id,
            "approved" if stands else "rejected",
            who=by.name,
            reason=reason,
            clock=clock,
            detail={"contest": case.case["decision_id"]},
            state="approved" if stands else "rejected",
            code="" if stands else SET_ASIDE,
            answered_by=by.name,
            answered_at=naive(clock),
            words=reason,
        )
        outcome: dict[str, Any] = {"outcome": "stands" if stands else SET_ASIDE}
        close_in(session, case_id, who=by.name, clock=clock, **outcome)
        return done


def withdraw_contest_in(session: Session, case_id: str, *, who: str, reason: str, clock: datetime) -> None:
    """Close the case of a request that is refused; one that was answered stays as it is."""
    if held_in(session, case_id).state == "waiting":
        note_in(session, case_id, "withdrawn", who=who, reason=reason, clock=clock, state="withdrawn")


def contest_in_words(case: ReviewRecord) -> list[str]:
    """The case in sentences, for whoever answers."""
    facts = case.case
    says = f"The customer says: “{facts['says']}”" if facts["says"] else "The customer gave no reason."
    return [
        f"Customer {case.customer_id} asks that a person looks at decision {facts['decision_id']}.",
        says,
        *facts["story"].splitlines(),
        "Approve: the decision stands. Reject: it is set aside. Either needs words, which the customer gets.",
    ]


def _set_aside(session: Session, decision_id: str, clock: datetime) -> None:
    for delivery in siblings_in(session, decision_id):
        if delivery.state == "queued":
            settle(session, delivery, Settled("cancelled", "A person set the decision aside."), clock=clock)
    if not siblings_in(session, decision_id):
        give_back_in(session, decision_id)
