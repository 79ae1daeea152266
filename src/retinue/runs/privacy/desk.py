"""A workspace's desk for customers' requests: each is taken in, answered, and on record."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from retinue.campaigns.contests import ask_for_person_in, withdraw_contest_in
from retinue.campaigns.objecting import Objected, objection_in
from retinue.decisions.explain import explain
from retinue.errors import NotFoundError, RetinueError, StateError, StoreUnavailable
from retinue.incentives.budget import to_cents
from retinue.runs.privacy import opening
from retinue.runs.privacy.certificates import certificate_named
from retinue.runs.privacy.files import without_scores
from retinue.runs.privacy.letters import decided_at, letter
from retinue.store.accounts import naive
from retinue.store.privacy_requests import (
    PrivacyRequest,
    RequestKind,
    ask,
    ask_in,
    close,
    close_in,
    list_requests,
    note_progress,
    request_of,
)
from retinue.store.runs import list_runs
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.privacy.letters import Letter
    from retinue.runs.base import Kept, Opened

__all__ = ["Privacy", "work_on"]


class Privacy:
    """What can be done at the desk. What needs the warehouse is done by a command or the job `privacy`;
    everything else at once, by whoever is asked.

    opened: the workspace. who: does it.
    """

    def __init__(self, opened: Kept, *, who: str) -> None:
        self._opened = opened
        self._who = who

    def requests(self, **only: Any) -> list[PrivacyRequest]:
        """Requests, those that are due first; `only` as in `store.privacy_requests.list_requests`."""
        return list_requests(self._opened.store, **only)

    def show(self, request_id: str) -> PrivacyRequest:
        """One request. Raises NotFoundError."""
        return request_of(self._opened.store, request_id)

    def take_in(
        self,
        kind: RequestKind,
        customer_id: str,
        *,
        subject: str | None = None,
        reason: str = "",
        received_at: datetime | None = None,
    ) -> PrivacyRequest:
        """Take a request in, and do at once what needs no warehouse: objections and requests for a person.

        Raises NotFoundError where there is no such decision to look at.
        """
        if kind == "objection":
            return self.object(customer_id, reason=reason, received_at=received_at)[0]
        if kind == "review":
            return self.review(subject or customer_id, says=reason, received_at=received_at)
        return ask(
            self._opened.store,
            kind,
            customer_id,
            who=self._who,
            clock=self._opened.clock,
            received_at=received_at,
            subject=subject,
            reason=reason,
        )

    def object(
        self, customer_id: str, *, reason: str = "", received_at: datetime | None = None
    ) -> tuple[PrivacyRequest, Objected]:
        """The customer objects: nothing more is sent, what waits is closed, no profile is made any more.

        Request, word, cancelled deliveries and closed cases are one transaction.
        """
        opened = self._opened
        with opened.store.transaction() as session:
            request = ask_in(
                session,
                "objection",
                customer_id,
                who=self._who,
                clock=opened.clock,
                received_at=received_at,
                reason=reason,
            )
            done = objection_in(session, customer_id, who=self._who, clock=opened.clock)
            request = close_in(
                session,
                request.request_id,
                who=self._who,
                clock=opened.clock,
                cancelled=len(done.cancelled),
                closed=len(done.closed),
                under_way=list(done.under_way),
            )
        for record in list_runs(opened.store, limit=None):
            if record.finished_at is not None:
                without_scores(opened.settings.state, record.campaign_id, customer_id)
        return request, done

    def review(self, subject: str, *, says: str = "", received_at: datetime | None = None) -> PrivacyRequest:
        """A person is to look at a decision, or at the newest one on a customer: a case in the review queue.

        Asked again while it waits, it is the request there is. Raises NotFoundError without a decision.
        """
        opened = self._opened
        receipt = decided_at(opened, subject)
        if receipt is None:
            raise NotFoundError(
                f"Nothing was decided about '{subject}'.", where="runs", fix="Give a decision's id."
            )
        body = receipt.body
        customer, decision = body["customer"]["customer_id"], receipt.decision_id
        for known in list_requests(
            opened.store, kinds=("review",), states=("open", "working"), customer_id=customer
        ):
            if known.subject == decision:
                return known
        records = {record.run_id: record.campaign_id for record in list_runs(opened.store, limit=None)}
        with opened.store.transaction() as session:
            request = ask_in(
                session,
                "review",
                customer,
                who=self._who,
                clock=opened.clock,
                received_at=received_at,
                subject=decision,
                reason=says,
            )
            ask_for_person_in(
                session,
                request,
                campaign_id=records.get(body["run"]["run_id"], "cancel"),
                decision_id=decision,
                story=explain(receipt),
                cents=to_cents(Decimal(str(body["decision"]["cost"]))),
                clock=opened.clock,
            )
        return request

    def letter(self, subject: str) -> Letter:
        """The letter about a decision or a customer; that it was read is on record."""
        customer, made = letter(self._opened, subject)
        opening.told(self._opened, self._who, "letter", customer)
        return made

    def answer(self, request_id: str) -> tuple[bytes, str]:
        """What a request came to, and its media type; the reading of personal data is on record before.

        Raises NotFoundError when there is nothing to fetch (yet, or any more).
        """
        from retinue.privacy.letters import as_html

        request = request_of(self._opened.store, request_id)
        if request.kind in ("explanation", "review"):
            return as_html(self.letter(request.subject or request.customer_id)).encode(), "text/html"
        if request.kind == "erasure":
            import json

            made = certificate_named(self._opened, request_id)
            if made is not None:
                return json.dumps(made, ensure_ascii=False).encode(), "application/json"
        if request.kind == "access" and request.state == "done":
            opening.told(self._opened, self._who, "copy of everything", request.customer_id)
            found = opening.opened_answer(self._opened, request_id, request.customer_id)
            if found is not None:
                return found, "application/zip"
        raise NotFoundError(
            "There is nothing to fetch.",
            where=request_id,
            fix=f"The request is {request.state}; copies are made by the job privacy and stay for "
            "retention.answers days.",
        )

    def refuse(self, request_id: str, reason: str) -> PrivacyRequest:
        """Close a request without an answer, for a reason that the customer was told."""
        request = request_of(self._opened.store, request_id)
        if request.state in ("done", "refused"):
            raise StateError(f"The request is closed: {request.state}.", where=request_id)
        who, clock = self._who, self._opened.clock
        with self._opened.store.transaction() as session:
            if request.kind == "review":
                withdraw_contest_in(session, request_id, who=who, reason=reason, clock=clock)
            return close_in(session, request_id, who=who, clock=clock, state="refused", reason=reason)

    def near_due(self) -> list[PrivacyRequest]:
        """Requests that nobody answered and that are due within `privacy.near_due_days`, or overdue."""
        return [one for one in self.requests(states=("open", "working")) if self.is_near_due(one)]

    def is_near_due(self, request: PrivacyRequest) -> bool:
        """Whether one is such a request."""
        days = self._opened.settings.privacy.near_due_days
        until = naive(self._opened.clock) + timedelta(days=days)
        return request.state in ("open", "working") and request.due_at <= until


def work_on(opened: Opened, *, who: str) -> dict[str, str]:
    """Answer every open request that a program can answer; request id to `done`, or why not.

    What fails stays open, with why, and is tried again next time. Without such a request the warehouse stays
    shut.
    """
    from retinue.runs.privacy.access import archive, collect
    from retinue.runs.privacy.erasing import erase

    done: dict[str, str] = {}
    for request in list_requests(opened.store, states=("open", "working")):
        try:
            if request.kind == "access":
                opening.told(opened, who, "copy of everything", request.customer_id)
                found = collect(opened, request.customer_id, personal=True)
                content = archive(opened, request.customer_id, found)
                sha256 = opening.keep_answer(opened, request.request_id, request.customer_id, content)
                close(opened.store, request.request_id, who=who, clock=opened.clock, result_sha256=sha256)
            elif request.kind == "explanation":
                letter(opened, request.subject or request.customer_id)
                close(opened.store, request.request_id, who=who, clock=opened.clock)
            elif request.kind == "erasure":
                erase(opened, request.customer_id, who=who)
            else:
                continue
            done[request.request_id] = "done"
        except StoreUnavailable:
            raise
        except Exception as error:  # what is wrong with one request holds up no other
            why = error.what if isinstance(error, RetinueError) else f"It broke: {type(error).__name__}."
            if not isinstance(error, RetinueError):
                logger("privacy").exception("privacy.broke", request=request.request_id)
            note_progress(opened.store, request.request_id, who=who, failed=why)
            done[request.request_id] = f"failed: {why}"
    return done
