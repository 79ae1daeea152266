"""Every metric that is read rather than counted: from the store alone, never from the warehouse.

In:  the store, the settings, and the present.
Out: samples of the metrics declared in `retinue.telemetry.metrics`; a figure that nobody knows has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from retinue.decisions.arms import TREATMENT
from retinue.store.accounts import naive
from retinue.store.alerts import standing_alerts
from retinue.store.figures import figures, job_figures
from retinue.store.job_runs import newest_result
from retinue.store.key_states import key_figures
from retinue.store.privacy_requests import due_within
from retinue.store.runs import latest_run
from retinue.store.stops import stopped
from retinue.telemetry.metrics import Sample

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["LEAST_SENT", "samples"]

LEAST_SENT = 200
"""Messages below which a share of complaints says nothing: one would be half a percent of them."""

_DAYS, _BEFORE = timedelta(days=30), timedelta(days=28)
_DRIFTED = ("major", "moderate", "vanished")
_COMPARED = (*_DRIFTED, "unclear", "stable")


def samples(store: Store, settings: Settings, now: datetime) -> list[Sample]:
    """All of them as of now (aware UTC)."""
    return [
        *_deliveries(store, settings, now),
        *_keys(store, now),
        *_jobs(store, now),
        *_run(store, settings, now),
        *_drift(newest_result(store, "drift")),
        *_effects(newest_result(store, "outcomes"), newest_result(store, "outcomes", before=now - _BEFORE)),
        *(
            Sample("retinue_alert_firing", float(one.firing), {"alert": one.alert})
            for one in standing_alerts(store)
        ),
    ]


def _deliveries(store: Store, settings: Settings, now: datetime) -> Iterator[Sample]:
    found = figures(store, now)
    money = {"currency": settings.project.currency}
    yield Sample("retinue_stopped", float(stopped(store) is not None))
    for (channel, state), count in sorted(found.deliveries.items()):
        yield Sample("retinue_deliveries", count, {"channel": channel or "none", "state": state})
    yield Sample("retinue_deliveries_unknown", found.unknown)
    yield Sample("retinue_outbox_due", found.due)
    yield Sample("retinue_outbox_lag_seconds", found.lag_seconds)
    yield Sample("retinue_reviews_waiting", found.reviews_waiting)
    yield Sample("retinue_reviews_overdue", found.reviews_overdue)
    soon = now + timedelta(days=settings.privacy.near_due_days)
    yield Sample("retinue_privacy_requests_near_due", due_within(store, soon))
    yield Sample("retinue_suppressed_addresses", found.suppressed)
    yield Sample("retinue_messages_sent_7d", found.sent_7d)
    if found.sent_7d >= LEAST_SENT:
        yield Sample("retinue_complaint_share_7d", found.complaints_7d / found.sent_7d)
    yield Sample("retinue_offers_incurred_cost_30d", found.incurred_30d_cents / 100, money)
    month = settings.budget.per_month
    if month is not None:
        cents = int(month * Decimal(100))
        yield Sample("retinue_budget_month_left", max(0, cents - found.month_taken_cents) / 100, money)
        if cents:
            yield Sample("retinue_budget_month_used_share", found.month_taken_cents / cents)


def _keys(store: Store, now: datetime) -> Iterator[Sample]:
    for found in key_figures(store, now):
        purpose = {"purpose": found.purpose}
        yield Sample("retinue_key_age_seconds", found.seconds, purpose)
        yield Sample("retinue_key_rows_behind", found.behind, purpose)


def _jobs(store: Store, now: datetime) -> Iterator[Sample]:
    for job in job_figures(store, now - _DAYS):
        task = {"task": job.job}
        if job.last_success is not None:
            yield Sample("retinue_job_last_success_timestamp_seconds", _stamp(job.last_success), task)
        if job.seconds is not None:
            yield Sample("retinue_job_last_duration_seconds", job.seconds, task)
        yield Sample("retinue_job_failed", float(job.failed), task)
        yield Sample("retinue_job_failures_30d", job.failures, task)


def _run(store: Store, settings: Settings, now: datetime) -> Iterator[Sample]:
    run = latest_run(store)
    if run is None:
        return
    yield Sample("retinue_run_timestamp_seconds", _stamp(run.as_of))
    yield Sample("retinue_run_age_seconds", max(0.0, (naive(now) - run.as_of).total_seconds()))
    summary = run.summary or {}
    measured = summary.get("measured") or {}
    if measured.get("data_newest"):
        newest = datetime.fromisoformat(measured["data_newest"])
        yield Sample("retinue_data_newest_timestamp_seconds", newest.timestamp())
        yield Sample("retinue_data_age_seconds", max(0.0, (now - newest).total_seconds()))
    if measured.get("read"):
        yield Sample("retinue_rows_read", measured["read"])
        yield Sample("retinue_rows_quarantined_share", measured["quarantined"] / measured["read"])
    money = {"currency": settings.project.currency}
    for name, key, labels in (
        ("retinue_customers_scored", "active", {}),
        ("retinue_customers_at_risk", "at_risk", {}),
        ("retinue_revenue_at_risk", "revenue_at_risk", money),
        ("retinue_offers", "offers", {}),
        ("retinue_offers_planned_cost", "planned_cost", money),
    ):
        if summary.get(key) is not None:
            yield Sample(name, float(summary[key]), labels)
    for route, count in sorted((summary.get("actions") or {}).items()):
        yield Sample("retinue_actions", count, {"route": route})
    for measure, found in sorted((measured.get("measures") or {}).items()):
        yield from _interval("retinue_model_quality", found, {"measure": measure})


def _drift(found: Mapping[str, Any] | None) -> Iterator[Sample]:
    verdicts = (found or {}).get("verdicts") or {}
    compared = sum(verdicts.get(verdict, 0) for verdict in _COMPARED)
    if compared:
        drifted = sum(verdicts.get(verdict, 0) for verdict in _DRIFTED)
        yield Sample("retinue_features_compared", compared)
        yield Sample("retinue_drift_share", drifted / compared)


def _effects(found: Mapping[str, Any] | None, earlier: Mapping[str, Any] | None) -> Iterator[Sample]:
    if not found or found.get("hidden"):  # arms that are not as drawn say nothing
        return
    for arm in found.get("arms") or []:
        if arm.get("retained") is not None:
            yield Sample("retinue_retention_share", arm["retained"], {"arm": arm["arm"]})
    then, now = _retained(earlier), _retained(found)
    if then is not None and now is not None:
        yield Sample("retinue_retention_drop_28d", then - now)
    contrasts = found.get("contrasts") or []
    for contrast in contrasts:
        estimate = contrast.get("estimate")
        if estimate is not None:
            told = {
                "value": estimate["value"],
                "low": estimate["always_low"],
                "high": estimate["always_high"],
            }
            labels = {"versus": contrast["versus"], "outcome": contrast["outcome"]}
            yield from _interval("retinue_incremental_effect", told, labels)
    yield Sample("retinue_harmful_effects", sum(c.get("claim") == "worse" for c in contrasts))


def _retained(found: Mapping[str, Any] | None) -> float | None:
    """Share of the treated who stayed, by a measurement that may be believed."""
    arms = [] if not found or found.get("hidden") else found.get("arms") or []
    return next((arm.get("retained") for arm in arms if arm["arm"] == TREATMENT), None)


def _interval(name: str, found: Mapping[str, Any], labels: dict[str, str]) -> Iterator[Sample]:
    for ending, part in (("", "value"), ("_low", "low"), ("_high", "high")):
        value = found.get(part)
        if isinstance(value, int | float):
            yield Sample(f"{name}{ending}", float(value), labels)


def _stamp(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()
