"""A workspace's alerts: looked at, told once when they fire and once when they clear, shown, tried."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from retinue.campaigns.alert_notices import alert_template, put_notices_in
from retinue.errors import UsageError
from retinue.monitoring.alerts import ALERTS, current, in_words, step
from retinue.monitoring.samples import samples
from retinue.store.accounts import naive
from retinue.store.alerts import Stands, alert_events, forget_others_in, keep_in, standing_alerts, stands_in
from retinue.store.deliveries import delivery_of
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.runs.base import Opened
    from retinue.settings import AlertLimits

__all__ = ["events", "look", "rows", "test"]


def look(opened: Opened, now: datetime) -> dict[str, Any]:
    """Look at every alert as of now (aware UTC), and tell what fired or cleared.

    Where an alert stands, that it fired, and the notices of it are kept together or not at all, so that each
    is told once however often this is interrupted.
    """
    store, settings = opened.store, opened.settings
    figures = current(store, samples(store, settings, now), now)
    limits = {name: found for name in ALERTS if (found := settings.alerts.limits(name)) is not None}
    template = alert_template(settings) if settings.delivery.notices else None
    told: list[dict[str, Any]] = []
    with store.transaction() as session:
        known = stands_in(session)
        forget_others_in(session, list(limits))
        for name, limit in limits.items():
            before = known.get(name) or Stands(name, "quiet", naive(now))
            stands, what = step(before, figures[name], limit, now)
            words = "" if what is None else in_words(name, what, stands.value or 0.0, limit)
            number = keep_in(session, stands, clock=now, event=what, words=words)
            if what is not None and number is not None:
                told.append({"alert": name, "what": what, "words": words})
                if template is not None:
                    facts = _facts(name, what, words, now)
                    try:
                        put_notices_in(session, settings, template, f"{name} {number}", facts, now=now)
                    except UsageError as error:  # somebody stopped the campaign: it is told here only
                        logger("alerts").warning("notices stopped", error=error.what)
        firing = sorted(name for name, stands in stands_in(session).items() if stands.firing)
    for one in told:
        log = logger("alerts")
        (log.warning if one["what"] == "fired" else log.info)(f"alert {one['what']}", alert=one["alert"])
    return {"told": told, "firing": firing, "unknown": sorted(n for n in limits if figures[n] is None)}


def rows(opened: Opened, now: datetime) -> list[dict[str, Any]]:
    """Every alert with its figure as of now, its limits and where it stands; JSON-ready."""
    figures = current(opened.store, samples(opened.store, opened.settings, now), now)
    stands = {one.alert: one for one in standing_alerts(opened.store)}
    return [
        _row(name, opened.settings.alerts.limits(name), figures[name], stands.get(name)) for name in ALERTS
    ]


def events(opened: Opened, *, limit: int = 20) -> list[dict[str, Any]]:
    """Firings and clearings, newest first; JSON-ready."""
    return [event.as_dict() for event in alert_events(opened.store, limit=limit)]


def test(opened: Opened, now: datetime) -> list[dict[str, Any]]:
    """Send a notice that is only a test to each of `delivery.notices`, and say what became of it.

    Raises UsageError where nobody would be told.
    """
    from retinue.runs.campaigns import Campaigns

    plan = opened.settings.delivery
    if plan.mode == "off" or not plan.notices:
        what = 'mode is "off"' if plan.mode == "off" else "notices names no channel"
        raise UsageError(
            f"Nobody is told of alerts: [delivery] {what}.",
            where="retinue.toml",
            fix='Set [delivery] mode = "live" and notices = ["NAME"], with a section [channels.NAME].',
        )
    template = alert_template(opened.settings)
    words = "This is a test: nothing is wrong."
    with opened.store.transaction() as session:
        facts = _facts("test", "fired", words, now)
        ids = put_notices_in(session, opened.settings, template, f"test {now.isoformat()}", facts, now=now)
    sender = Campaigns(opened).sender(f"test of alerts {now.isoformat()}", clock=lambda: now)
    try:
        sender.pump(limit=len(ids), only=ids)
    finally:
        sender.close()
    found = [one for one in (delivery_of(opened.store, name) for name in ids) if one is not None]
    return [
        {"channel": one.channel, "state": one.state, "reason": one.reason, "delivery_id": one.delivery_id}
        for one in found
    ]


def _facts(name: str, what: Literal["fired", "cleared"], words: str, now: datetime) -> dict[str, Any]:
    alert = ALERTS.get(name)
    return {
        "alert": name,
        "headline": words if len(words) <= 120 else f"{words[:119]}…",
        "words": words,
        "what": what,
        "do": "" if alert is None or what == "cleared" else alert.do,
        "severity": "ticket" if alert is None else alert.severity,
        "at": f"{now:%Y-%m-%d %H:%M} UTC",
    }


def _row(name: str, limits: AlertLimits | None, value: float | None, stands: Stands | None) -> dict[str, Any]:
    return {
        "alert": name,
        "state": "off" if limits is None else "quiet" if stands is None else stands.state,
        "value": value,
        "fire": None if limits is None else limits.fire,
        "clear": None if limits is None else limits.clear,
        "for_minutes": None if limits is None else limits.minutes,
        "since": None if stands is None else f"{stands.since.isoformat()}Z",
        "unit": ALERTS[name].unit,
        "severity": ALERTS[name].severity,
        "do": ALERTS[name].do,
    }
