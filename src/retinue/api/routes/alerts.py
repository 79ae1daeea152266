"""Alerts that fire: what is wrong now, since when, and what to do about it."""

from __future__ import annotations

from datetime import UTC

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.shapes.operations import Alert, Alerts
from retinue.monitoring.alerts import ALERTS, in_words
from retinue.settings.alerts import AlertLimits
from retinue.store.alerts import Stands, standing_alerts

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["service"])


@router.get(
    "/alerts",
    response_model=Alerts,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def alerts(request: Request, door: Service) -> Response:
    """Alerts that fire, as `retinue worker` last found them, the longest first."""
    limits = door.settings.alerts
    firing = [
        (one, rule)
        for one in standing_alerts(door.store)
        if one.firing and one.alert in ALERTS and (rule := limits.limits(one.alert)) is not None
    ]
    firing.sort(key=lambda pair: pair[0].since)
    return tagged(request, Alerts(alerts=[_shown(one, rule) for one, rule in firing]))


def _shown(one: Stands, limits: AlertLimits) -> Alert:
    known = ALERTS[one.alert]
    return Alert(
        alert=one.alert,
        words=_words(one, limits),
        do=known.do,
        severity=known.severity,
        value=one.value,
        since=one.since.replace(tzinfo=UTC),
    )


def _words(one: Stands, limits: AlertLimits) -> str:
    if one.value is None:
        return "It fired, and its figure is not known any more."
    return in_words(one.alert, "fired", one.value, limits)
