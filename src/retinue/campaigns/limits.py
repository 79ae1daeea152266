"""What limited a day, and what one more of each limit would have earned; JSON-ready."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from retinue.campaigns.campaign import cents
from retinue.decisions.batch import Batch
from retinue.domain import ActionType
from retinue.incentives.charging import Prices
from retinue.incentives.limits import Limits
from retinue.segments.tiers import value_tier

__all__ = ["limits_view"]


def limits_view(batch: Batch, planned: Decimal) -> dict[str, Any] | None:
    """The limits and what they did; None without any.

    `limit`, `planned`, `left` and `shadow_price` are of the money in all (null without such a limit), in
    project currency. `limits` has a row for each limit: name, kind (money, reviews, customers), most,
    planned, left, whether it binds, and the price: the net value that one more would earn.
    """
    allocation, limits = batch.allocation, batch.limits
    if allocation is None or not limits:
        return None
    total = None if limits.total_cents is None else Decimal(limits.total_cents) / 100
    return {
        "limit": None if total is None else float(total),
        "planned": float(planned),
        "left": None if total is None else float(total - planned),
        "trials": float(planned - Decimal(allocation.spent_cents) / 100),
        "binding": allocation.binding,
        "shadow_price": allocation.shadow_price,
        "gap": cents(allocation.gap),
        "relative_gap": allocation.relative_gap,
        "downgraded": allocation.downgraded,
        "dropped": allocation.dropped,
        "limits": list(_rows(batch, limits, allocation.prices, planned)),
    }


def _rows(batch: Batch, limits: Limits, prices: Prices, planned: Decimal) -> Iterator[dict[str, Any]]:
    if limits.total_cents is not None:
        yield _row("budget", "money", Decimal(limits.total_cents) / 100, planned, prices.total)
    tiers = value_tier(batch.customers.clv, dict(batch.day.terms.tiers)).tolist()
    for name, most in limits.tier_cents.items():
        costs = (d.cost for d, tier in zip(batch.decisions, tiers, strict=True) if tier == name)
        spent = sum((Decimal(str(cost)) for cost in costs), Decimal(0))
        yield _row(name, "money", Decimal(most) / 100, spent, prices.of_tier(name))
    if limits.reviews is not None:
        waiting = sum(d.action_type is ActionType.MANUAL_REVIEW for d in batch.decisions)
        yield _row("reviews", "reviews", limits.reviews, waiting, prices.review)
    if limits.treated is not None:
        offered = sum(d.incentive is not None for d in batch.decisions)
        yield _row("treated", "customers", limits.treated, offered, prices.treated)


def _row(name: str, kind: str, most: Decimal | int, planned: Decimal | int, price: float) -> dict[str, Any]:
    plain = float if kind == "money" else int
    return {
        "name": name,
        "kind": kind,
        "most": plain(most),
        "planned": plain(planned),
        "left": plain(most - planned),
        "binding": price > 0,
        "price": price,
    }
