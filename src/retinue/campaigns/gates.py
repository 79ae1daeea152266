"""What is asked of a delivery at the last moment, before it is marked as being sent.

Everything here is judged from facts read in the transaction that makes the mark, so that a stop, a withdrawn
consent or a suppressed address that was kept before it is heeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from retinue.campaigns.consent_now import may_contact_now
from retinue.settings import Settings
from retinue.store.accounts import naive
from retinue.store.campaigns import state_of_campaign_in
from retinue.store.consents import words_of
from retinue.store.deliveries import contacted_in, state_in
from retinue.store.stops import stopped_in
from retinue.store.suppression import suppressed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.store.consents import Word
    from retinue.store.deliveries import DeliveryRecord, Draft

__all__ = ["GO", "PROMISED", "Facts", "Verdict", "facts_in", "judge", "quiet_until"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a delivery is about to be sent.

    stopped: the stop in force, in words. campaign: its state. first: the state of the delivery that comes
    before it. words: what the customer said on being contacted. suppressed: why the address is. contacts:
    messages that went to the customer lately. recipient: the address.
    """

    stopped: str | None
    campaign: str
    first: str | None
    words: Sequence[Word]
    suppressed: str | None
    contacts: int
    recipient: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """go: send. hold: not now, nothing is changed. wait: not before `until` (aware UTC). no: never; the
    delivery becomes `state`."""

    action: Literal["go", "hold", "wait", "no"]
    reason: str = ""
    until: datetime | None = None
    state: Literal["withheld", "expired", "cancelled"] = "withheld"


GO = Verdict("go")
PROMISED = "promised"
"""The purpose of what a customer accepted: it is owed, whatever they say on being contacted."""

_ABOUT_CONTACT = ("message", "grant", "task")
"""Kinds by which the customer is approached, if only by a colleague who is told to."""
_NOT_LISTED = "Test mode: the address is not one of test_recipients."


def facts_in(
    session: Session,
    delivery: DeliveryRecord | Draft,
    recipient: str,
    settings: Settings,
    key: bytes,
    *,
    now: datetime,
) -> Facts:
    """The facts as the caller's transaction sees them. `now`: aware UTC; key: the workspace's."""
    stop = stopped_in(session)
    since = naive(now) - timedelta(days=min(settings.guards.contacts.days, 36_500.0))
    return Facts(
        stopped=None if stop is None else stop.in_words(),
        campaign=state_of_campaign_in(session, delivery.campaign_id) or "not there",
        first=state_in(session, delivery.after) if delivery.after else None,
        words=words_of(session, delivery.customer_id),
        suppressed=suppressed(session, recipient, key) if recipient else None,
        contacts=contacted_in(session, delivery.customer_id, since, besides=delivery.delivery_id),
        recipient=recipient,
    )


def judge(
    delivery: DeliveryRecord | Draft, facts: Facts, settings: Settings, *, now: datetime, timezone: str | None
) -> Verdict:
    """Whether a delivery may be sent now. `now`: aware UTC; timezone: the customer's, where it is known.

    The order is that of severity: what holds everything, what ends this delivery, what only postpones it.
    """
    if facts.stopped is not None:
        return Verdict("hold", f"Retinue is stopped: {facts.stopped}")
    if facts.campaign == "stopped":
        return Verdict("no", "The campaign was stopped.", state="cancelled")
    if facts.campaign not in ("running", "finished"):
        return Verdict("hold", f"The campaign is {facts.campaign}.")
    if facts.first not in (None, "sent"):
        return Verdict("no", "What it tells of was not made: what comes before it did not go through.")
    if naive(now) > naive(delivery.expires_at):
        return Verdict("no", "It could not begin in time: the offer is stale.", state="expired")
    return _towards_the_customer(delivery, facts, settings, now, timezone)


def _towards_the_customer(
    delivery: DeliveryRecord | Draft, facts: Facts, settings: Settings, now: datetime, timezone: str | None
) -> Verdict:
    plan, guards = settings.delivery, settings.guards
    if plan.mode == "off":
        return Verdict("hold", 'Delivery is off: [delivery] mode = "off".')
    if plan.mode == "live" and delivery.content.get("mode") == "test":
        return Verdict("no", "It was planned and approved as a test.")
    listed = plan.mode == "live" or _listed(facts.recipient, plan.test_recipients)
    if delivery.kind not in _ABOUT_CONTACT:
        return GO if listed else Verdict("no", _NOT_LISTED)
    required = guards.consent.required
    # People speak of e-mail, not of the name a channel has in the settings; both are heard.
    names = {delivery.channel, delivery.content.get("medium")} if delivery.kind == "message" else {None}
    if delivery.purpose != PROMISED and not all(
        may_contact_now(facts.words, name, delivery.purpose, now, required=required) for name in names
    ):
        return Verdict("no", "The customer does not want it: consent is withdrawn or missing.")
    if delivery.kind == "task":
        return GO if listed else Verdict("no", _NOT_LISTED)
    if delivery.kind == "grant":
        return GO if plan.mode == "live" else Verdict("no", "Test mode: no incentive is really given.")
    if facts.suppressed is not None:
        return Verdict("no", f"The address is suppressed: {facts.suppressed}.")
    if not listed:
        return Verdict("no", _NOT_LISTED)
    if facts.contacts >= guards.contacts.most:
        return Verdict(
            "no",
            f"The customer got {facts.contacts} messages within {guards.contacts.days:g} days already.",
        )
    until = quiet_until(now, plan.quiet_from, plan.quiet_until, timezone or plan.timezone)
    if until is not None:
        return Verdict("wait", "Quiet hours where the customer lives.", until=until)
    return GO


def quiet_until(now: datetime, start: time, end: time, timezone: str) -> datetime | None:
    """The end (aware UTC) of the quiet hours that `now` lies in; None when it lies in none.

    Quiet from `start` (included) to `end` (excluded), over midnight when `start` is the later; none at all
    when they are equal. An unknown zone counts as UTC.

    >>> nine = datetime(2026, 2, 14, 21, tzinfo=UTC)
    >>> quiet_until(nine, time(20), time(8), "Europe/Berlin").isoformat()
    '2026-02-15T07:00:00+00:00'
    >>> quiet_until(nine, time(20), time(8), "America/New_York") is None
    True
    """
    if start == end:
        return None
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    local = now.astimezone(zone)
    clock = local.time()
    over_midnight = start > end
    quiet = (clock >= start or clock < end) if over_midnight else start <= clock < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and clock >= start else 0)
    over = datetime.combine(day, end, tzinfo=zone).astimezone(UTC)
    # Where the clocks went back, the hour's end may have passed on the first of its two occurrences.
    return over if over > now else now + timedelta(minutes=1)


def _listed(recipient: str, listed: Sequence[str]) -> bool:
    return recipient.strip().casefold() in {address.strip().casefold() for address in listed}
