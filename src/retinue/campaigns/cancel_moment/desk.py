"""The desk at the cancel button: answers a customer, puts it on record first, and takes the choice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from retinue.campaigns.cancel_moment.facts import Facts, Known
from retinue.campaigns.cancel_moment.newest import Newest
from retinue.campaigns.cancel_moment.offering import Decided, decide_now, warm
from retinue.campaigns.cancel_moment.standing import withheld_now, withheld_since
from retinue.campaigns.cancel_moment.tokens import CustomerToken
from retinue.campaigns.caps import YEAR_DAYS
from retinue.campaigns.profiling import refuses_profiling
from retinue.campaigns.settling import Settled, settle
from retinue.decisions.explain import in_words
from retinue.decisions.withheld import first
from retinue.domain import ActionType, Incentive
from retinue.errors import BudgetError, RequestError
from retinue.incentives.budget import to_cents
from retinue.incentives.response import Learned
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.accounts import naive
from retinue.store.cancel_moments import (
    NOT_ASKED,
    Answer,
    Choice,
    Moment,
    choose,
    find,
    occasion_id,
    of_customer,
    opened,
)
from retinue.store.consents import words_of_one
from retinue.store.deliveries import siblings_in
from retinue.store.ledger import Claim, Grant, approve, give_back_in, reserve, withdraw
from retinue.store.stops import stopped

__all__ = ["Desk"]

_LOCKS = 64


class Desk:
    """Answers customers at the button from the store and from the files of the newest run; no warehouse.

    Its answers are of one customer at a time, and from any number of threads.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._newest = Newest(settings, store)
        # Two tabs of one customer are answered one after the other: the second gets the first one's answer.
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def warm(self, now: datetime) -> None:
        """Load what an answer needs."""
        found = self._newest.at(now)
        if found.facts is not None:
            warm(found.facts, found.learned, now=now)

    def some_customer(self, now: datetime) -> str | None:
        """Anybody of whom the newest run left facts."""
        facts = self._newest.at(now).facts
        return None if facts is None else facts.some_customer()

    def answer(self, token: CustomerToken, *, reason: str | None, now: datetime) -> Moment:
        """The answer of an occasion: the one given before, or a new one, on record before it is returned.

        now: aware UTC. While Retinue is stopped no offer is shown, whatever was answered before.
        """
        name = occasion_id(token.customer_id, token.nonce)
        with self._locks[hash(token.customer_id) % _LOCKS]:
            moment = find(self.store, name)
            if moment is None or (moment.rule == NOT_ASKED and moment.choice != "cancelled"):
                moment = opened(self.store, self._answered(name, token.customer_id, reason, now))
        if moment.answer == "offer" and stopped(self.store) is not None:
            return replace(moment, answer="none", rule="stopped", offer=None)
        return moment

    def choose(self, token: CustomerToken, choice: Choice, *, reason: str | None, now: datetime) -> Moment:
        """Record what the customer chose, and keep or free the money of the offer. Raises RequestError."""
        name = occasion_id(token.customer_id, token.nonce)
        if choice != "accepted" and find(self.store, name) is None:
            # whoever chooses without waiting for an answer is on record all the same
            opened(self.store, Moment(name, token.customer_id, naive(now), "none", NOT_ASKED, reason))
        if choice == "accepted":
            self._pay(find(self.store, name), now)
        moment = choose(self.store, name, choice, now=now, reason=reason)
        if choice != "accepted" and moment.decision_id is not None and not moment.planned:
            with self.store.transaction() as session:
                held = give_back_in(session, moment.decision_id) if choice == "cancelled" else False
            if not held:
                withdraw(self.store, [moment.decision_id])
        if choice == "cancelled" and moment.decision_id is not None and moment.planned:
            self._take_back(moment.decision_id, now)
        return moment

    def _take_back(self, decision_id: str, now: datetime) -> None:
        """The customer took the offer and cancels after all: what has not begun of it is not sent."""
        with self.store.transaction() as session:
            found = siblings_in(session, decision_id)
            for delivery in found:
                if delivery.state == "queued":
                    settle(session, delivery, Settled("cancelled", "The customer cancelled."), clock=now)
            if not found:
                give_back_in(session, decision_id)

    def _pay(self, shown: Moment | None, now: datetime) -> None:
        """Take the money of an offer that is being accepted. Raises RequestError where there is none."""
        if stopped(self.store) is not None:
            raise RequestError("No offers are made at the moment.", status=409)
        if shown is None or shown.decision_id is None or shown.choice == "cancelled":
            return  # there is nothing to accept, as `choose` will say
        try:
            self._reserve_again(shown, now)
            paid = approve(self.store, shown.decision_id).granted
        except BudgetError:
            paid = False
        if shown.answer == "offer" and not paid:
            raise RequestError("The offer is not available any more.", status=409)

    def _answered(self, name: str, customer_id: str, reason: str | None, now: datetime) -> Moment:
        blank = Moment(name, customer_id, naive(now), "none", "no_facts", reason)
        if refuses_profiling(words_of_one(self.store, customer_id), now):
            return replace(blank, rule="objected")
        back = max(YEAR_DAYS, self.settings.guards.cancel_clicks.days, self.settings.cancel.same_answer_days)
        past = of_customer(self.store, customer_id, since=now - timedelta(days=back))
        before = self._before(past, now)
        if before is not None:
            if before.choice == "accepted":
                return replace(blank, rule="under_offer", repeats=before.occasion_id)
            why = first(withheld_since(self.store, self.settings, customer_id, before.opened_at, now=now))
            if why:
                return replace(blank, rule=why, repeats=before.occasion_id)
            try:
                self._reserve_again(before, now)
            except BudgetError:
                return replace(blank, rule="budget", repeats=before.occasion_id)
            return replace(
                blank,
                answer=before.answer,
                rule=before.rule,
                offer=before.offer,
                decision_id=before.decision_id,
                repeats=before.repeats or before.occasion_id,
            )
        found = self._newest.at(now)
        if found.facts is None or now - found.facts.shared.as_of > timedelta(
            days=self.settings.cancel.facts_days
        ):
            return blank
        known = found.known(customer_id)
        if known is None:
            return replace(blank, rule="not_active")
        return self._decided(blank, found.facts, found.learned, known, past, now)

    def _before(self, past: list[Moment], now: datetime) -> Moment | None:
        """The last decided answer that is to be given again."""
        since = naive(now) - timedelta(days=self.settings.cancel.same_answer_days)
        decided = [m for m in past if m.opened_at > since and m.decision_id is not None]
        return next((m for m in decided if m.choice == "accepted"), decided[-1] if decided else None)

    def _decided(
        self,
        blank: Moment,
        facts: Facts,
        learned: Learned | None,
        known: Known,
        past: list[Moment],
        now: datetime,
    ) -> Moment:
        customer = blank.customer_id
        mask = withheld_now(self.store, self.settings, facts, known, customer, past, now=now)

        def decide(money: bool) -> Decided:
            return decide_now(
                facts,
                known,
                customer,
                occasion=blank.occasion_id,
                withheld=mask,
                learned=learned,
                now=now,
                money=money,
            )

        decided = decide(True)
        decision, account = decided.decision, f"cancel_{now:%Y_%m}"
        if decision.action_type is ActionType.AUTO_EXECUTE:
            try:
                self._reserve(account, decision.decision_id, decided.tier, decision.cost, now)
            except BudgetError:
                decided = decide(False)
        return self._moment(blank, decided, account)

    def _moment(self, blank: Moment, decided: Decided, account: str) -> Moment:
        decision = decided.decision
        shown: Answer = "none"
        if decision.action_type is ActionType.AUTO_EXECUTE:
            shown = "offer"
        elif decision.action_type is ActionType.MANUAL_REVIEW and self.settings.cancel.call_back:
            shown = "call"
        offer = None
        if shown == "offer" and decision.incentive is not None:
            currency = self.settings.project.currency
            offer = {
                **_offer(decision.incentive, currency),
                "cost": decision.cost,
                "tier": decided.tier,
                "account": account,
            }
        return replace(
            blank,
            answer=shown,
            rule=decision.rule,
            offer=offer,
            decision_id=decision.decision_id,
            receipt=decided.receipt,
        )

    def _reserve_again(self, moment: Moment, now: datetime) -> None:
        """The money of an offer that was shown before, which the customer may have let go meanwhile."""
        if moment.decision_id is not None and moment.offer is not None:
            offer = moment.offer
            self._reserve(offer["account"], moment.decision_id, offer["tier"], offer["cost"], now)

    def _reserve(self, account: str, decision_id: str, tier: str, cost: float, now: datetime) -> None:
        """Take the money from the month's budget; again for the same decision changes nothing."""
        cents = to_cents(Decimal(str(cost)))
        per_month = self.settings.budget.per_month
        month = None if per_month is None else to_cents(per_month)
        claim = Claim(decision_id, tier, cents)
        reserve(self.store, account, [claim], Grant(month_cents=month), as_of=now)


def _offer(incentive: Incentive, currency: str) -> dict[str, Any]:
    """What the customer is shown."""
    body: dict[str, Any] = {
        "incentive": incentive.id,
        "type": incentive.type,
        "value": incentive.value,
        "duration_months": incentive.duration_months,
    }
    return {**body, "text": in_words(body, currency)}
