"""Alerts over HTTP: those that fire, in words, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.api.conftest import NOW

from retinue.store import Store
from retinue.store.alerts import AlertState, Stands, keep_in

Service = Callable[..., Any]


def stand(store: Store, alert: str, state: AlertState, since: datetime, value: float | None) -> None:
    with store.transaction() as session:
        keep_in(session, Stands(alert, state, since.replace(tzinfo=None), value), clock=NOW)


def test_only_alerts_that_fire_are_told_the_longest_first(service: Service, store: Store) -> None:
    client = service(alerts={"jobs": {"enabled": False}})
    assert client.get("/api/v1/alerts").json() == {"alerts": []}
    stand(store, "quarantine", "firing", NOW, 0.062)
    stand(store, "drift", "falling", NOW - timedelta(hours=2), None)
    stand(store, "model", "rising", NOW, 0.5)
    stand(store, "jobs", "firing", NOW, 1)
    found = client.get("/api/v1/alerts").json()["alerts"]
    assert [one["alert"] for one in found] == ["drift", "quarantine"], (
        "not those that rise or are switched off"
    )
    assert found[1] == {
        "alert": "quarantine",
        "words": "6.2 % of the rows read were set aside. It is told from 5.0 % on.",
        "do": "retinue quarantine list",
        "severity": "ticket",
        "value": 0.062,
        "since": "2026-02-14T09:00:00Z",
    }
    assert found[0]["words"] == "It fired, and its figure is not known any more."
