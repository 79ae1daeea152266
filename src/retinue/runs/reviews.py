"""A workspace's review queue: what waits for a person, in words, and the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.campaigns import reviewing
from retinue.campaigns.contests import is_contest
from retinue.campaigns.people import Person
from retinue.campaigns.review_words import case_in_words, headline
from retinue.runs.people import person_named
from retinue.store.accounts import naive
from retinue.store.reviews import ReviewRecord, list_reviews, rejected_since, review_of, steps_of

if TYPE_CHECKING:
    from retinue.runs.base import Kept
    from retinue.settings import ReviewSettings
    from retinue.store import Store

__all__ = ["Reviews", "rejected_before"]


def rejected_before(store: Store, settings: ReviewSettings, as_of: datetime) -> frozenset[str]:
    """Customers for whom a person rejected an offer so lately, as of a time, that none is proposed again."""
    moment = naive(as_of)
    since = moment - timedelta(days=min(settings.ask_again_days, 36_500.0))
    return frozenset(rejected_since(store, since, moment))


class Reviews:
    """What a person can do in the queue. Every answer names who gave it.

    people: name to person, where roles come from elsewhere; by default from users, or from `[review]`.
    """

    def __init__(self, retinue: Kept, *, people: Callable[[str], Person] | None = None) -> None:
        self._retinue = retinue
        self._person = people or (lambda name: person_named(retinue.store, retinue.settings.review, name))

    def waiting(
        self, *, campaign_id: str | None = None, assigned_to: str | None = None, snoozed: bool = False
    ) -> list[dict[str, Any]]:
        """The cases that wait, urgent ones first, then those that are expected to earn most."""
        found = list_reviews(
            self._retinue.store,
            campaign_id=campaign_id,
            assigned_to=assigned_to,
            awake_at=None if snoozed else self._retinue.clock,
        )
        return [self.as_dict(case) for case in found]

    def show(self, decision_id: str) -> dict[str, Any]:
        """One case with all that was done about it."""
        case = review_of(self._retinue.store, decision_id)
        steps = [
            {**asdict(step), "at": f"{step.at.isoformat()}Z"}
            for step in steps_of(self._retinue.store, decision_id)
        ]
        return {**self.as_dict(case), "steps": steps}

    def approve(self, decision_id: str, *, who: str, reason: str = "") -> ReviewRecord:
        """Approve the offer; where two people must, the first of two approvals."""
        settings, clock = self._retinue.settings, self._retinue.clock
        return reviewing.approve(
            self._retinue.store, decision_id, self._person(who), settings, clock=clock, reason=reason
        )

    def change(self, decision_id: str, offer: str, *, who: str, reason: str = "") -> ReviewRecord:
        """Propose another of the offers that were weighed; it still needs an approval."""
        return reviewing.change(
            self._retinue.store,
            decision_id,
            offer,
            self._person(who),
            clock=self._retinue.clock,
            reason=reason,
        )

    def reject(self, decision_id: str, code: str, *, who: str, reason: str = "") -> ReviewRecord:
        """Make no offer, for one of the reasons of `campaigns.reviewing.REJECTIONS`."""
        return reviewing.reject(
            self._retinue.store,
            decision_id,
            code,
            self._person(who),
            clock=self._retinue.clock,
            reason=reason,
        )

    def snooze(self, decision_id: str, until: datetime, *, who: str) -> ReviewRecord:
        """Look at it again from a time on (aware UTC)."""
        return reviewing.snooze(
            self._retinue.store, decision_id, until, self._person(who), clock=self._retinue.clock
        )

    def assign(self, decision_id: str, to: str, *, who: str) -> ReviewRecord:
        """Give the case to somebody who may approve it."""
        return reviewing.assign(
            self._retinue.store,
            decision_id,
            self._person(to),
            self._person(who),
            clock=self._retinue.clock,
        )

    def approve_all(
        self, decisions: Sequence[str], *, who: str, reason: str = ""
    ) -> dict[str, dict[str, str]]:
        """Approve many; of each its new `state`, or why it was `refused`."""
        return reviewing.in_bulk(decisions, lambda one: self.approve(one, who=who, reason=reason))

    def reject_all(
        self, decisions: Sequence[str], code: str, *, who: str, reason: str = ""
    ) -> dict[str, dict[str, str]]:
        """Reject many; of each its new `state`, or why it was `refused`."""
        return reviewing.in_bulk(decisions, lambda one: self.reject(one, code, who=who, reason=reason))

    def look_after(self) -> dict[str, list[str]]:
        """Escalate what is overdue, close what nobody answered."""
        return reviewing.look_after(
            self._retinue.store, self._retinue.settings.review, clock=self._retinue.clock
        )

    def as_dict(self, case: ReviewRecord) -> dict[str, Any]:
        """A case as JSON-ready values, with its words."""
        currency, now = self._retinue.settings.project.currency, self._retinue.clock
        body = {
            name: f"{value.isoformat()}Z" if isinstance(value, datetime) else value
            for name, value in asdict(case).items()
        }
        facts = {name: case.case.get(name) for name in ("churn_probability", "clv", "tier")}
        return {
            **body,
            **facts,
            "contest": is_contest(case),
            "headline": headline(case, currency),
            "words": case_in_words(case, currency, now=now),
        }
