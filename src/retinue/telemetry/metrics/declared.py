"""The one table of metrics: reference page, dashboards, alert rules and tests go by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["METRICS", "Metric"]

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SLOW = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. source: `process`, counted by whoever does the work, or `store`, read at a scrape."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    words: str
    labels: tuple[str, ...] = ()
    source: Literal["process", "store"] = "store"
    buckets: tuple[float, ...] = ()


def _gauge(name: str, words: str, *labels: str) -> Metric:
    return Metric(f"retinue_{name}", "gauge", words, labels)


_ROWS = (
    Metric(
        "retinue_http_request_seconds",
        "histogram",
        "time to answer requests, by the template of the route; its count is the throughput",
        ("route", "method", "status"),
        "process",
        FAST,
    ),
    Metric(
        "retinue_http_errors_total",
        "counter",
        "requests answered with 5xx, or not at all",
        ("route", "method"),
        "process",
    ),
    Metric(
        "retinue_channel_call_seconds",
        "histogram",
        "time of the calls that make deliveries, by what came of them",
        ("channel", "outcome"),
        "process",
        FAST,
    ),
    Metric("retinue_run_stage_seconds", "histogram", "time of a run's stages", ("stage",), "process", SLOW),
    Metric(
        "retinue_job_seconds",
        "histogram",
        "time of the jobs that this worker did",
        ("task", "state"),
        "process",
        SLOW,
    ),
    _gauge("up", "1 when the store could be read for this scrape, else 0"),
    _gauge("stopped", "1 while Retinue is stopped, else 0"),
    _gauge("deliveries", "deliveries by channel and state", "channel", "state"),
    _gauge("deliveries_unknown", "deliveries, notices apart, of which nobody knows what became"),
    _gauge("outbox_due", "deliveries that are due and not begun: the depth of the queue"),
    _gauge("outbox_lag_seconds", "for how long the longest due of them has waited"),
    _gauge("reviews_waiting", "offers that wait for a person"),
    _gauge("reviews_overdue", "those of them that are overdue"),
    _gauge("privacy_requests_near_due", "customers' requests on their data that are due soon or overdue"),
    _gauge("suppressed_addresses", "addresses that nothing is sent to"),
    _gauge("key_age_seconds", "age of the key that seals now, by what it is for", "purpose"),
    _gauge("key_rows_behind", "rows that an older key still seals: 0 once a rotation is through", "purpose"),
    _gauge("messages_sent_7d", "messages sent in the last seven days"),
    _gauge("complaint_share_7d", "complaints per message sent in the last seven days, from 200 messages on"),
    _gauge("job_last_success_timestamp_seconds", "when a job last went through", "task"),
    _gauge("job_last_duration_seconds", "how long its newest try took", "task"),
    _gauge("job_failed", "1 when the newest slot of a job that ended failed, else 0", "task"),
    _gauge("job_failures_30d", "slots of the last 30 days that failed", "task"),
    _gauge("run_timestamp_seconds", "as of when the newest finished run looked"),
    _gauge("run_age_seconds", "how long ago that is"),
    _gauge("data_newest_timestamp_seconds", "when the newest row of that run's data happened"),
    _gauge("data_age_seconds", "how long ago that is"),
    _gauge("rows_read", "rows that the run read from files"),
    _gauge("rows_quarantined_share", "share of them that was set aside"),
    _gauge("customers_scored", "customers that the newest run scored"),
    _gauge("customers_at_risk", "those of them above the threshold of action"),
    _gauge("revenue_at_risk", "their value times their probability of leaving", "currency"),
    _gauge("offers", "offers that the newest run proposes"),
    _gauge("actions", "customers at risk in the newest run, by what is done about them", "route"),
    _gauge("offers_planned_cost", "what the offers of the newest run may cost", "currency"),
    _gauge("offers_incurred_cost_30d", "what offers made in the last 30 days have cost", "currency"),
    _gauge("budget_month_left", "what is left of the month's budget; none without one", "currency"),
    _gauge("budget_month_used_share", "share of the month's budget that is reserved or spent"),
    _gauge("model_quality", "a measure of the newest run's churn model on data it never saw", "measure"),
    _gauge("model_quality_low", "lower bound of its 95 % interval", "measure"),
    _gauge("model_quality_high", "upper bound", "measure"),
    _gauge("features_compared", "features that the newest check of drift could compare"),
    _gauge("drift_share", "share of them that drifted"),
    _gauge("retention_share", "share of the judged customers who stayed, by arm of the experiment", "arm"),
    _gauge(
        "retention_drop_28d",
        "retention of the treated 28 days before the newest measurement, less that of now",
    ),
    _gauge(
        "incremental_effect",
        "effect of the offers against another arm, per customer: a share of retention, or money",
        "versus",
        "outcome",
    ),
    _gauge("incremental_effect_low", "lower bound, valid however often one looks", "versus", "outcome"),
    _gauge("incremental_effect_high", "upper bound", "versus", "outcome"),
    _gauge("harmful_effects", "effects that are surely for the worse"),
    _gauge("alert_firing", "1 while an alert fires, else 0", "alert"),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ROWS}
"""Name to metric."""
