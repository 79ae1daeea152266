"""The review queue: each case in words, and the answers a person may give.

An approval holds the money, puts the deliveries into the outbox and closes the case in one transaction, so
that however many people approve at once, no budget is overspent and nothing goes out twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue import faults
from retinue.campaigns.contests import answer_contest, is_contest
from retinue.campaigns.drafts import drafts_of
from retinue.campaigns.people import Person
from retinue.campaigns.planning import action_of
from retinue.errors import BudgetError, LimitError, RetinueError, StateError, UsageError
from retinue.incentives.budget import to_cents
from retinue.store.accounts import in_words as amount
from retinue.store.accounts import naive
from retinue.store.campaigns import campaign_of, state_of_campaign_in
from retinue.store.ledger import approve_in, give_back_in
from retinue.store.outbox import draft_in
from retinue.store.reviews import Ask, ReviewRecord, held_in, list_reviews, note_in, review_of

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.settings.review import ReviewSettings
    from retinue.store import Store

__all__ = [
    "REJECTIONS",
    "approve",
    "asked",
    "assign",
    "change",
    "in_bulk",
    "look_after",
    "reject",
    "snooze",
]

REJECTIONS = {
    "not_now": "It is the wrong moment.",
    "wrong_offer": "Another offer would be right, and none of those possible is.",
    "too_dear": "It costs more than it is worth.",
    "in_talks": "Somebody is in talks with the customer already.",
    "wrong_facts": "What the case says of the customer is not true.",
    "no_contact": "The customer asked not to be contacted.",
    "other": "Another reason, given in words.",
}
"""Why an offer was rejected, by code; the learner and the next runs read the code."""


def asked(
    plan: Mapping[str, Any], action: Mapping[str, Any], settings: ReviewSettings, *, clock: datetime
) -> Ask:
    """The case that a planned action makes for a person. `clock`: aware UTC."""
    urgent = action["case"]["urgency"] == "HIGH"
    hours = settings.urgent_due_hours if urgent else settings.due_hours
    return Ask(
        decision_id=action["decision_id"],
        campaign_id=plan["campaign_id"],
        customer_id=action["customer_id"],
        urgent=urgent,
        expected_cents=action["expected_cents"],
        cents=action["cents"],
        case={**action["case"], "tier": action["tier"], "rule": action["rule"]},
        offer=action["incentive"],
        due_at=clock + timedelta(hours=hours),
        expires_at=clock + timedelta(days=settings.expire_days),
    )


def approve(
    store: Store, decision_id: str, by: Person, settings: Settings, *, clock: datetime, reason: str = ""
) -> ReviewRecord:
    """Approve the offer as it stands; the first of two approvals where the amount asks for two.

    Raises StateError when the case is closed or the campaign does not run, LimitError when the person may not
    approve so much or approved already, BudgetError when the money is not there.
    """
    if is_contest(review_of(store, decision_id)):
        return answer_contest(
            store, decision_id, by, settings.review, clock=clock, reason=reason, stands=True
        )
    # Read before the store is held: a plan may be large, and once its campaign runs it does not change.
    campaign = campaign_of(store, review_of(store, decision_id).campaign_id)
    plan, planned = action_of(campaign, decision_id)
    with store.transaction() as session:
        case = _open(held_in(session, decision_id), clock)
        _within(by, case.cents)
        state = state_of_campaign_in(session, case.campaign_id)
        if state not in ("running", "paused"):
            raise StateError(f"Campaign {case.campaign_id} is {state}.", where=decision_id)
        limit = settings.review.four_eyes_above
        if limit is not None and case.cents > to_cents(limit):
            if case.first_by is None:
                return note_in(
                    session,
                    decision_id,
                    "first approval",
                    who=by.name,
                    reason=reason,
                    clock=clock,
                    first_by=by.name,
                )
            if case.first_by == by.name:
                raise LimitError(
                    f"{by.name} approved this offer already; at {amount(case.cents)} it needs two people.",
                    where=decision_id,
                    fix="Ask somebody else.",
                )
        money = approve_in(session, decision_id, cents=case.cents, state="reserved")
        if not money.granted:
            raise BudgetError(money.why, where=decision_id, fix="Choose a cheaper offer, or wait.")
        action = _as_answered(planned, case)
        draft_in(session, drafts_of(plan, action, settings, now=clock), clock=clock)
        faults.point("review.outbox_filled")
        done = note_in(
            session,
            decision_id,
            "approved",
            who=by.name,
            reason=reason,
            clock=clock,
            detail={"offer": case.offer, "cents": case.cents},
            state="approved",
            answered_by=by.name,
            answered_at=naive(clock),
            words=reason,
        )
    faults.point("review.answered")
    return done


def change(
    store: Store, decision_id: str, offer_id: str, by: Person, *, clock: datetime, reason: str = ""
) -> ReviewRecord:
    """Propose another offer instead, one of those that were weighed for this customer; it still needs an
    approval. Raises UsageError when there is no such offer or the person may not approve so much."""
    with store.transaction() as session:
        case = _open(held_in(session, decision_id), clock)
        options = {option["id"]: option for option in case.case["alternatives"]}
        if offer_id not in options:
            raise UsageError(
                f"'{offer_id}' was not weighed for this customer.",
                where=decision_id,
                fix=f"One of {', '.join(options)}.",
            )
        option = options[offer_id]
        if option["excluded"]:
            raise UsageError(option["excluded"], where=decision_id, fix="Choose another offer.")
        _within(by, option["cents"])
        return note_in(
            session,
            decision_id,
            "changed",
            who=by.name,
            reason=reason,
            clock=clock,
            detail={"before": case.offer["id"], "after": offer_id},
            offer={k: option[k] for k in ("id", "type", "value", "duration_months")},
            cents=option["cents"],
            expected_cents=option["expected_cents"],
            first_by=None,
        )


def reject(
    store: Store, decision_id: str, code: str, by: Person, *, clock: datetime, reason: str = ""
) -> ReviewRecord:
    """Make no offer; its money is free again. `code`: one of REJECTIONS; `other` needs a reason in words."""
    if is_contest(review_of(store, decision_id)):
        return answer_contest(store, decision_id, by, None, clock=clock, reason=reason, stands=False)
    if code not in REJECTIONS or (code == "other" and not reason.strip()):
        raise UsageError(
            "A rejection needs its reason."
            if code in REJECTIONS
            else f"'{code}' is no reason for a rejection.",
            where=decision_id,
            fix=f"One of {', '.join(REJECTIONS)}; `other` with a reason in words.",
        )
    with store.transaction() as session:
        _open(held_in(session, decision_id))
        give_back_in(session, decision_id)
        return note_in(
            session,
            decision_id,
            "rejected",
            who=by.name,
            reason=reason,
            clock=clock,
            detail={"code": code},
            state="rejected",
            code=code,
            answered_by=by.name,
            answered_at=naive(clock),
            words=reason,
        )


def snooze(store: Store, decision_id: str, until: datetime, by: Person, *, clock: datetime) -> ReviewRecord:
    """Look at it again from a time on (aware UTC), at most until it expires."""
    with store.transaction() as session:
        case = _open(held_in(session, decision_id))
        if not naive(clock) < naive(until) < case.expires_at:
            raise UsageError(
                f"It cannot be put off until {until:%Y-%m-%d %H:%M}.",
                where=decision_id,
                fix=f"Name a time before it expires on {case.expires_at:%Y-%m-%d %H:%M} UTC.",
            )
        return note_in(
            session,
            decision_id,
            "snoozed",
            who=by.name,
            clock=clock,
            detail={"until": f"{naive(until).isoformat()}Z"},
            snoozed_until=naive(until),
        )


def assign(store: Store, decision_id: str, to: Person, by: Person, *, clock: datetime) -> ReviewRecord:
    """Give the case to somebody, who must be allowed to approve it."""
    with store.transaction() as session:
        case = _open(held_in(session, decision_id))
        _within(to, case.cents)
        return note_in(
            session,
            decision_id,
            "assigned",
            who=by.name,
            clock=clock,
            detail={"to": to.name},
            assigned_to=to.name,
        )


def in_bulk(decisions: Iterable[str], answer: Callable[[str], ReviewRecord]) -> dict[str, dict[str, str]]:
    """Give many cases the same answer; of each its new `state`, or why it was `refused`."""
    done: dict[str, dict[str, str]] = {}
    for decision_id in decisions:
        try:
            done[decision_id] = {"state": answer(decision_id).state}
        except RetinueError as error:
            done[decision_id] = {"refused": error.what}
    return done


def look_after(store: Store, settings: ReviewSettings, *, clock: datetime) -> dict[str, list[str]]:
    """Escalate what is overdue, close what nobody answered and free its money; the decisions of each.

    Doing it again changes nothing. Only a supervisor's attention moves, never the offer.
    """
    moment = naive(clock)
    found: dict[str, list[str]] = {"escalated": [], "expired": []}
    for case in list_reviews(store):
        if case.expires_at <= moment:
            with store.transaction() as session:
                if held_in(session, case.decision_id).state == "waiting":
                    give_back_in(session, case.decision_id)
                    note_in(session, case.decision_id, "expired", who="retinue", clock=clock, state="expired")
                    found["expired"].append(case.decision_id)
        elif case.due_at <= moment and not case.escalated:
            with store.transaction() as session:
                if held_in(session, case.decision_id).state == "waiting":
                    to = settings.escalate_to or case.assigned_to
                    note_in(
                        session,
                        case.decision_id,
                        "escalated",
                        who="retinue",
                        clock=clock,
                        detail={"to": to},
                        escalated=True,
                        assigned_to=to,
                    )
                    found["escalated"].append(case.decision_id)
    return found


def _as_answered(planned: Mapping[str, Any], case: ReviewRecord) -> dict[str, Any]:
    """The planned action with the offer that was chosen, and the deliveries that this offer takes."""
    if case.offer["id"] == planned["incentive"]["id"]:
        return dict(planned)
    option = next(o for o in planned["case"]["alternatives"] if o["id"] == case.offer["id"])
    return {
        **planned,
        "incentive": case.offer,
        "cents": case.cents,
        "deliveries": option["deliveries"],
    }


def _open(case: ReviewRecord, clock: datetime | None = None) -> ReviewRecord:
    """The case, if it waits; with a clock also if its time is not over, whether or not that was noted yet."""
    if clock is not None and case.state == "waiting" and case.expires_at <= naive(clock):
        raise StateError(
            f"The case expired on {case.expires_at:%Y-%m-%d %H:%M} UTC: the offer is stale.",
            where=case.decision_id,
            fix="The next run proposes an offer anew.",
        )
    if case.state != "waiting":
        by = f" by {case.answered_by}" if case.answered_by else ""
        raise StateError(
            f"The case is closed: {case.state}{by}.",
            where=case.decision_id,
            fix="An answer stands; the campaign can still be stopped.",
        )
    return case


def _within(by: Person, cents: int) -> None:
    if by.most_cents is not None and cents > by.most_cents:
        raise LimitError(
            f"{by.name} ({by.role}) may approve up to {amount(by.most_cents)}, this costs {amount(cents)}.",
            where="[review] limits",
            fix="Give it to somebody who may, or choose a cheaper offer.",
        )
