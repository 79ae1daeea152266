"""What limits a run: money in all and by value tier, reviews by a person, treated customers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from retinue.errors import SettingsError
from retinue.incentives.budget import to_cents
from retinue.settings import BudgetSettings

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that a run may plan; None, or no entry, for no limit.

    total_cents: money in all. tier_cents: money by value tier. reviews: offers that a person must approve.
    treated: customers who get an offer.

    >>> bool(Limits()), bool(Limits(reviews=0))
    (False, True)
    """

    total_cents: int | None = None
    tier_cents: Mapping[str, int] = field(default_factory=dict)
    reviews: int | None = None
    treated: int | None = None

    def __bool__(self) -> bool:
        return self.total_cents is not None or self.more_than_money

    @classmethod
    def of(
        cls,
        settings: BudgetSettings,
        *,
        tiers: Collection[str],
        customers: int,
        budget: Decimal | None = None,
        reviews: int | None = None,
    ) -> Limits:
        """The limits of one run: the settings', tightened by what the run is given.

        Parameters
        ----------
        tiers: names of the value tiers there are. customers: number of active customers, the base of
            `treated_share`; a fraction of a customer is not treated.
        budget, reviews: what the run is given; None for no other limit than the settings'.

        Raises SettingsError for a tier that does not exist, BudgetError for a negative budget.
        """
        strange = sorted(set(settings.per_tier) - set(tiers))
        if strange:
            raise SettingsError(
                f"There is no value tier {strange[0]!r}.",
                where="settings budget.per_tier",
                fix=f"Name one of value.tiers: {', '.join(tiers)}.",
            )
        share = settings.treated_share
        return cls(
            total_cents=_tighter(
                *(None if b is None else to_cents(b) for b in (budget, settings.per_campaign))
            ),
            tier_cents={name: to_cents(amount) for name, amount in sorted(settings.per_tier.items())},
            reviews=_tighter(reviews, settings.reviews_per_day),
            treated=None if share is None else math.floor(Decimal(str(share)) * customers),
        )

    @property
    def more_than_money(self) -> bool:
        """Whether there is another limit than the total."""
        return bool(self.tier_cents) or self.reviews is not None or self.treated is not None


def _tighter(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else min(one, other)
