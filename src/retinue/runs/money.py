"""Deciding within what earlier runs left of the month's money and of the day's reviews.

The first time, a run decides within what is left, then reserves in one step the money of every offer it
makes. Where another run was faster and the rest no longer carries that, it decides again within what is left
now. What it was given is kept, so that the same run finds it, and with it the same campaign, however often it
is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.errors import BudgetError
from retinue.incentives.budget import to_cents
from retinue.pipeline.stages import CAMPAIGN
from retinue.store.ledger import Claim, Grant, expire, granted, left_of, month_of, reserve, spend, withdraw

if TYPE_CHECKING:
    from retinue.pipeline.artefacts import Artefact
    from retinue.pipeline.stages import Stages
    from retinue.store import Store

__all__ = ["Funded", "decide_draft", "decide_within", "left_today"]

_TRIES = 20  # each other run that is faster costs one


@dataclass(frozen=True, slots=True)
class Funded:
    """A decided run whose offers have their money.

    sent, waiting: ids of the decisions that go out by themselves, and that a person decides on. month: limit,
    what was left and what remains, in project currency; None without a budget of the month.
    """

    decided: Artefact
    sent: tuple[str, ...]
    waiting: tuple[str, ...]
    month: Mapping[str, Any] | None

    def spend(self, store: Store) -> None:
        """What goes out by itself is spent; doing it again changes nothing."""
        spend(store, self.sent)

    def withdraw(self, store: Store) -> None:
        """Give everything back: the run made no offers after all."""
        withdraw(store, (*self.sent, *self.waiting))


def decide_within(stages: Stages, store: Store, budget: Decimal | None) -> Funded:
    """Decide, and reserve the money of every offer. The same arguments give the same run.

    Raises BudgetError when other runs were faster many times in a row.
    """
    settings, as_of = stages.settings.budget, stages.as_of
    expire(store, as_of - timedelta(days=settings.hold_days))
    for _ in range(_TRIES):
        given = _given(stages, store, budget)
        limit = _limit(stages, budget, given)
        decided = stages.decide(limit, reviews=given.get("day_reviews"))
        claims = _claims(decided)
        grant = Grant(
            None if limit is None else to_cents(limit),
            {tier: to_cents(amount) for tier, amount in settings.per_tier.items()},
            None if settings.per_month is None else to_cents(settings.per_month),
            settings.reviews_per_day,
        )
        try:
            reserve(
                store,
                decided.key[:20],
                claims,
                grant,
                as_of=as_of,
                request=_asked(stages, budget),
                given=given,
            )
        except BudgetError as error:
            refused = error
            continue
        sent = tuple(claim.decision_id for claim in claims if not claim.review)
        waiting = tuple(claim.decision_id for claim in claims if claim.review)
        return Funded(decided, sent, waiting, _month(stages, given, claims))
    raise refused


def decide_draft(stages: Stages, store: Store, budget: Decimal | None) -> Artefact:
    """What `decide_within` would decide; nothing is reserved."""
    given = _given(stages, store, budget)
    return stages.decide(_limit(stages, budget, given), reviews=given.get("day_reviews"))


def left_today(stages: Stages, store: Store) -> dict[str, int | None]:
    """Cents left of the month's money and reviews left of the day's; None where there is no limit."""
    settings = stages.settings.budget
    month = None if settings.per_month is None else to_cents(settings.per_month)
    left = left_of(store, stages.as_of, Grant(month_cents=month, day_reviews=settings.reviews_per_day))
    return {"month_cents": left.month_cents, "day_reviews": left.day_reviews}


def _asked(stages: Stages, budget: Decimal | None) -> str | None:
    """The name under which is kept what a run was given; None where runs share nothing."""
    settings = stages.settings.budget
    shared = settings.per_month is not None or settings.reviews_per_day is not None
    return stages.decide_key(budget) if shared else None


def _given(stages: Stages, store: Store, budget: Decimal | None) -> Mapping[str, Any]:
    asked = _asked(stages, budget)
    return {} if asked is None else granted(store, asked) or left_today(stages, store)


def _limit(stages: Stages, budget: Decimal | None, given: Mapping[str, Any]) -> Decimal | None:
    cents = given.get("month_cents")
    amounts = (budget, stages.settings.budget.per_campaign, None if cents is None else Decimal(cents) / 100)
    return min((amount for amount in amounts if amount is not None), default=None)


def _claims(decided: Artefact) -> list[Claim]:
    campaign = msgspec.json.decode(decided.path(CAMPAIGN).read_bytes())
    return [
        Claim(
            action["decision_id"],
            action["value_tier"],
            to_cents(Decimal(str(action["cost"]))),
            review=action["action_type"] == "manual_review",
        )
        for action in campaign["actions"]
        if action["recommended_incentive"] is not None
    ]


def _month(stages: Stages, given: Mapping[str, Any], claims: list[Claim]) -> dict[str, Any] | None:
    limit, before = stages.settings.budget.per_month, given.get("month_cents")
    if limit is None or before is None:
        return None
    after = before - sum(claim.cents for claim in claims)
    return {
        "month": month_of(stages.as_of),
        "limit": float(limit),
        "left_before": before / 100,
        "left": after / 100,
    }
