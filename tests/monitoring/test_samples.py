"""What a scrape reads from the store: counts, ages and shares, and nothing where nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.databases import DATABASES, a_place

from retinue.monitoring.samples import samples
from retinue.settings import BudgetSettings, Settings
from retinue.store import Store
from retinue.store.campaigns import move, open_campaign
from retinue.store.contacts import Known, keep_contacts
from retinue.store.deliveries import Draft
from retinue.store.jobs import claim, settle
from retinue.store.ledger import Claim, Grant, reserve
from retinue.store.outbox import draft_in, settle_in
from retinue.store.responses import keep
from retinue.store.reviews import Ask, ask_in
from retinue.store.rotating import reencrypt, rotate
from retinue.store.runs import finish_run, open_run
from retinue.store.suppression import suppress
from retinue.telemetry.metrics import METRICS

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with a_place(request.param, tmp_path) as place:
        opened = Store(place)
        yield opened
        opened.close()


def seen(store: Store, now: datetime = NOW, **sections: Any) -> dict[str, float]:
    """Name and label values, as `name/value/value` → number."""
    found = samples(store, Settings(root=Path(), **sections), now)
    assert all(set(sample.labels) == set(METRICS[sample.name].labels) for sample in found)
    named = {"/".join((s.name.removeprefix("retinue_"), *s.labels.values())): s.value for s in found}
    assert len(named) == len(found)
    return named


def running(store: Store) -> None:
    open_campaign(store, "CAMP_1", run_id="r", as_of=NOW, clock=NOW)
    with store.transaction() as session:
        move(session, "CAMP_1", "planned", who="ada", clock=NOW, plan=(b"{}", "0" * 64))
        move(session, "CAMP_1", "approved", who="ada", clock=NOW)
        move(session, "CAMP_1", "running", who="ada", clock=NOW)


def put(
    store: Store, name: str, *, due: datetime = NOW, after: str | None = None, kind: str = "message"
) -> None:
    with store.transaction() as session:
        times = {"planned_at": due, "due_at": due, "expires_at": due + 72 * HOUR}
        draft = Draft(
            name, f"dec_{name}", "CAMP_1", "C1", "smtp", kind, "retention", 500, after=after, **times
        )
        draft_in(session, [draft], clock=NOW)


def become(store: Store, name: str, state: Any, **changes: Any) -> None:
    with store.transaction() as session:
        settle_in(session, name, state, clock=NOW, **changes)


def job(store: Store, name: str, slot: datetime, state: Any, result: dict[str, Any] | None = None) -> None:
    held = claim(store, name, slot, who="w", lease_seconds=60, most_tries=1, clock=slot)
    assert held is not None
    settle(store, held, state, clock=slot + timedelta(seconds=90), result=result)


def test_an_empty_store_says_only_what_it_knows(store: Store) -> None:
    found = seen(store)
    assert found["outbox_due"] == found["stopped"] == found["reviews_waiting"] == 0
    assert not [name for name in found if name.startswith(("run_", "data_", "model_", "drift", "budget"))]


def test_the_queue_counts_what_could_begin_and_how_long_it_waits(store: Store) -> None:
    running(store)
    put(store, "late", due=NOW - 2 * HOUR)
    put(store, "first", due=NOW - HOUR, kind="grant")
    put(store, "waits_for_first", due=NOW - 5 * HOUR, after="first")
    put(store, "later", due=NOW + HOUR)
    found = seen(store)
    assert (found["outbox_due"], found["outbox_lag_seconds"]) == (2, 7200)
    assert found["deliveries/smtp/queued"] == 4
    with store.transaction() as session:
        move(session, "CAMP_1", "paused", who="ada", clock=NOW)
    found = seen(store)
    assert (found["outbox_due"], found["outbox_lag_seconds"]) == (0, 0)


def test_the_age_of_a_key_is_told_and_what_an_older_one_still_seals(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    assert not [name for name in seen(store) if name.startswith("key_")]
    keep_contacts(store, [Known("C1", email="ada@example.org"), Known("C2")], clock=NOW - 48 * HOUR)
    assert seen(store)["key_age_seconds/personal"] == 48 * 3600
    rotate(store, now=NOW - HOUR)
    found = seen(store)
    assert (found["key_age_seconds/personal"], found["key_rows_behind/personal"]) == (3600, 2)
    reencrypt(store, now=NOW)
    assert seen(store)["key_rows_behind/personal"] == 0
    store.close()


def test_complaints_are_a_share_only_of_enough_messages(store: Store) -> None:
    running(store)
    with store.transaction() as session:
        times = {"planned_at": NOW, "due_at": NOW, "expires_at": NOW}
        names = [f"d{i}" for i in range(200)]
        drafts = [Draft(n, n, "CAMP_1", "C1", "smtp", "message", "retention", 0, **times) for n in names]
        draft_in(session, drafts, clock=NOW)
        for name in names[1:]:
            settle_in(session, name, "sent", clock=NOW, first_try_at=NOW.replace(tzinfo=None), cost_cents=5)

    class Complaint:
        response_id, kind, at, delivery_id = "e1", "complained", NOW - HOUR, "d7"
        reference = recipient = cents = currency = None

    keep(store, "smtp", [Complaint()], now=NOW, token=lambda _: None)
    found = seen(store)
    assert found["messages_sent_7d"] == 199
    assert found["offers_incurred_cost_30d/EUR"] == pytest.approx(9.95)
    assert "complaint_share_7d" not in found
    become(store, "d0", "sent", first_try_at=NOW.replace(tzinfo=None))
    assert seen(store)["complaint_share_7d"] == pytest.approx(1 / 200)
    assert "complaint_share_7d" not in seen(store, NOW + timedelta(days=8))


def test_reviews_money_and_addresses(store: Store) -> None:
    with store.transaction() as session:
        asks = [
            Ask(f"dec_{i}", "CAMP_1", "C1", False, 100, 100, {}, {}, NOW + i * HOUR, NOW + 99 * HOUR)
            for i in (-1, 1)
        ]
        ask_in(session, asks, clock=NOW)
    suppress(store, "ada@example.com", "bounced", b"k" * 32, clock=NOW)
    reserve(store, "r1", [Claim("dec_1", "gold", 2_500)], Grant(), as_of=NOW)
    found = seen(store, budget=BudgetSettings(per_month=Decimal(100)))
    assert (found["reviews_waiting"], found["reviews_overdue"], found["suppressed_addresses"]) == (2, 1, 1)
    assert (found["budget_month_left/EUR"], found["budget_month_used_share"]) == (75.0, 0.25)


def test_the_newest_run_tells_its_age_its_data_and_its_model(store: Store) -> None:
    summary = {
        "active": 380,
        "at_risk": 40,
        "offers": 9,
        "revenue_at_risk": 1234.5,
        "planned_cost": 99.0,
        "actions": {"auto_execute": 7, "manual_review": 2},
        "measured": {
            "data_newest": "2026-02-13T21:00:00Z",
            "read": 1000,
            "quarantined": 25,
            "measures": {"auc": {"value": 0.81, "low": 0.77, "high": None}},
        },
    }
    for name, day, told in (("old", 1, {}), ("new", 14, summary)):
        open_run(store, name, as_of=datetime(2026, 2, day, 5, tzinfo=UTC), clock=NOW)
        finish_run(store, name, summary=told, clock=NOW)
    open_run(store, "unfinished", as_of=NOW, clock=NOW)
    found = seen(store)
    assert (found["run_age_seconds"], found["data_age_seconds"]) == (4 * 3600, 12 * 3600)
    assert found["rows_quarantined_share"] == 0.025
    assert (found["customers_scored"], found["actions/manual_review"], found["offers"]) == (380, 2, 9)
    assert (found["model_quality/auc"], found["model_quality_low/auc"]) == (0.81, 0.77)
    assert "model_quality_high/auc" not in found


def test_jobs_drift_and_effects(store: Store) -> None:
    job(store, "drift", NOW - 26 * HOUR, "done", {"verdicts": {"major": 5, "stable": 5}})
    job(store, "drift", NOW - 2 * HOUR, "done", {"verdicts": {"major": 1, "stable": 3, "not comparable": 4}})
    job(store, "run", NOW - 2 * HOUR, "done")
    job(store, "run", NOW - HOUR, "failed")
    estimate = {"value": -0.02, "low": -0.03, "high": -0.01, "always_low": -0.04, "always_high": -0.001}
    told = {
        "hidden": False,
        "arms": [{"arm": "treatment", "retained": 0.9}, {"arm": "usual", "retained": None}],
        "contrasts": [
            {"versus": "holdout", "outcome": "retention", "estimate": estimate, "claim": "worse"},
            {"versus": "holdout", "outcome": "net_revenue", "estimate": None, "claim": "too_little"},
        ],
    }
    job(store, "outcomes", NOW - HOUR, "done", told)
    found = seen(store)
    assert (found["drift_share"], found["features_compared"]) == (0.25, 4)
    assert (found["job_failed/run"], found["job_failures_30d/run"], found["job_failed/drift"]) == (1, 1, 0)
    assert found["job_last_success_timestamp_seconds/run"] == (NOW - 2 * HOUR).timestamp() + 90
    assert found["job_last_duration_seconds/run"] == 90
    assert (found["harmful_effects"], found["retention_share/treatment"]) == (1, 0.9)
    assert found["incremental_effect_low/holdout/retention"] == -0.04
    job(store, "outcomes", NOW, "done", {**told, "hidden": True})
    assert not [name for name in seen(store) if "effect" in name or "retention" in name]
