"""Why nothing may be offered at the button: what the run knew, and what the store has learned since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from retinue.campaigns.cancel_clicks import for_the_money
from retinue.campaigns.cancel_moment.facts import Facts, Known
from retinue.campaigns.caps import YEAR_DAYS
from retinue.campaigns.consent_now import may_contact_now
from retinue.decisions.withheld import bit
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.accounts import naive
from retinue.store.cancel_moments import Moment
from retinue.store.consents import words_of_one
from retinue.store.deliveries import list_deliveries
from retinue.store.stops import stopped

__all__ = ["withheld_now", "withheld_since"]


def withheld_now(
    store: Store,
    settings: Settings,
    facts: Facts,
    known: Known,
    customer_id: str,
    past: Sequence[Moment],
    *,
    now: datetime,
) -> int:
    """The bits of every reason.

    past: the customer's earlier occasions of the last year and of the time the cancel guard looks back.

    Since the run only further reasons are found, never fewer: a yes that came later counts from the next run.
    """
    mask = known.withheld
    made_at = naive(facts.shared.made_at)
    if stopped(store) is not None:
        mask |= bit("stopped")
    if _refused(store, settings, customer_id, now):
        mask |= bit("objected")
    since = max(made_at, naive(now) - timedelta(days=min(settings.incentives.offer_gap_days, 36_500.0)))
    accepted = any(m.choice == "accepted" and m.opened_at > since for m in past)
    if accepted or _sent(store, customer_id, since):
        mask |= bit("under_offer")
    shown = [m for m in past if m.answer == "offer" and m.repeats is None]
    year = naive(now) - timedelta(days=YEAR_DAYS)
    if sum(m.opened_at > year for m in shown) >= settings.cancel.offers_per_year:
        mask |= bit("lifetime_cap")
    if for_the_money(settings, *_taken_back(settings, known, past, now=now)):
        mask |= bit("cancel_clicks")
    return mask


def withheld_since(
    store: Store, settings: Settings, customer_id: str, since: datetime, *, now: datetime
) -> int:
    """The bits of what forbids by now an offer that was shown at a time (naive UTC) to show it again."""
    mask = bit("objected") if _refused(store, settings, customer_id, now) else 0
    return mask | (bit("under_offer") if _sent(store, customer_id, since) else 0)


def _refused(store: Store, settings: Settings, customer_id: str, now: datetime) -> bool:
    """Whether the words that the store has forbid an offer; without any, the run's answer stands."""
    words = words_of_one(store, customer_id)
    consent = settings.guards.consent
    ways: Sequence[str | None] = consent.channels or (None,)
    return bool(words) and not any(
        may_contact_now(words, way, consent.purpose, now, required=consent.required) for way in ways
    )


def _sent(store: Store, customer_id: str, since: datetime) -> bool:
    """Whether an offer was sent, or is being sent, that was planned since a time."""
    return any(
        delivery.kind in ("message", "grant") and delivery.planned_at > since
        for delivery in list_deliveries(
            store, customer_id=customer_id, states=("queued", "sending", "sent", "unknown")
        )
    )


def _taken_back(
    settings: Settings, known: Known, past: Sequence[Moment], *, now: datetime
) -> tuple[int, int]:
    """Requests taken back, and those of them that were paid for, with what happened here counted at once.

    An occasion counts as taken back when the offer was accepted, or when the customer is still active so long
    after it that the run's guard would say so.
    """
    rule = settings.guards.cancel_clicks
    gap, since = rule.same_within_days * 86_400, now.timestamp() - rule.days * 86_400
    settle = rule.settle_days * 86_400
    asked = [(first, last, back, paid) for first, last, back, paid in known.requests if last > since]
    for moment in past:
        at = moment.opened_at.replace(tzinfo=UTC).timestamp()
        if at > since:
            bought = moment.choice == "accepted"
            stayed = moment.choice != "cancelled" and at + settle <= now.timestamp()
            asked.append((at, at, bought or stayed, bought))
    episodes: list[tuple[float, float, bool, bool]] = []
    for first, last, back, paid in sorted(asked):
        if episodes and first - episodes[-1][1] <= gap:
            before = episodes[-1]
            episodes[-1] = before[0], max(before[1], last), before[2] or back, before[3] or paid
        else:
            episodes.append((first, last, back, paid))
    counted = [episode for episode in episodes if episode[2]]
    return len(counted), sum(paid for _, _, _, paid in counted)
