"""What offers were planned to cost, and what they really cost, as far as channels told.

What a delivery cost is what its channel said when it took it, and what was redeemed of it later: a coupon
costs nothing when it is sent and its amount when it is used. A channel that counts a credit when it grants it
must not report its redemption too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from retinue.store import Store
from retinue.store.deliveries import DeliveryRecord, list_deliveries
from retinue.store.responses import Told, redeemed

__all__ = ["CostRow", "costs", "in_words"]

_DONE = ("sent", "unknown")


@dataclass(frozen=True, slots=True)
class CostRow:
    """One incentive of one campaign; amounts in cents of the project's currency.

    sent: deliveries that were taken, or may have been. planned_cents: of those. redeemed: deliveries of which
    something was redeemed. incurred_cents: what is known to have been spent. untold: sent deliveries of which
    nobody told a cost or a redemption yet.
    """

    campaign_id: str
    incentive: str
    sent: int
    planned_cents: int
    redeemed: int
    incurred_cents: int
    untold: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def costs(store: Store, *, currency: str) -> list[CostRow]:
    """Planned and incurred costs by campaign and incentive.

    currency: of the project; redemptions in another one are left out, since nothing here converts.
    """
    by_delivery: dict[str, list[Told]] = {}
    for told in redeemed(store):
        if told.currency in (None, currency):
            for name in {told.delivery_id, told.reference} - {None}:
                by_delivery.setdefault(str(name), []).append(told)
    groups: dict[tuple[str, str], list[DeliveryRecord]] = {}
    for delivery in list_deliveries(store, states=_DONE):  # type: ignore[arg-type]
        groups.setdefault((delivery.campaign_id, _incentive(delivery)), []).append(delivery)
    return [_row(*names, rows, by_delivery) for names, rows in sorted(groups.items())]


def in_words(rows: Sequence[CostRow], currency: str) -> list[str]:
    """The rows as sentences.

    >>> in_words([CostRow("CAMP_2026_02_14_001", "fixed_credit", 3, 7500, 1, 2500, 2)], "EUR")
    ['CAMP_2026_02_14_001 fixed_credit: 3 sent, planned 75.00 EUR, incurred 25.00 EUR (1 redeemed, 2 untold)']
    """
    return [
        f"{row.campaign_id} {row.incentive}: {row.sent:,} sent, planned {row.planned_cents / 100:,.2f} "
        f"{currency}, incurred {row.incurred_cents / 100:,.2f} {currency} ({row.redeemed:,} redeemed, "
        f"{row.untold:,} untold)"
        for row in rows
    ]


def _row(
    campaign_id: str, incentive: str, rows: Sequence[DeliveryRecord], by_delivery: dict[str, list[Told]]
) -> CostRow:
    spent = used = untold = 0
    for delivery in rows:
        news = {
            told.response_id: told
            for name in (delivery.delivery_id, delivery.reference)
            for told in by_delivery.get(str(name), ())
        }
        spent += (delivery.cost_cents or 0) + sum(told.cents or 0 for told in news.values())
        used += bool(news)
        untold += delivery.cost_cents is None and not news
    planned = sum(delivery.planned_cents for delivery in rows)
    return CostRow(campaign_id, incentive, len(rows), planned, used, spent, untold)


def _incentive(delivery: DeliveryRecord) -> str:
    found = delivery.content.get("incentive")
    return str(found.get("id", "none")) if isinstance(found, dict) else "none"
