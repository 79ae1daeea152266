"""The alerts there are, and the figure of each: the same from the store and in Prometheus's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from retinue.store.request_counts import requests_since
from retinue.telemetry.metrics import METRICS, Sample

if TYPE_CHECKING:
    from retinue.store import Store

__all__ = ["ALERTS", "LEAST_REQUESTS", "WINDOW_MINUTES", "Alert", "current"]

WINDOW_MINUTES = 10
LEAST_REQUESTS = 20
"""Requests of the window below which neither latency nor errors say anything."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. metric: what it looks at, of the series with the labels `where`; several are taken together
    by `how`; the figure is in `unit`, of which `per` units of the metric make one.

    words: what it means, as `{value}` goes on; do: what to do. severity: `page` for what cannot wait.
    """

    name: str
    words: str
    do: str
    metric: str = ""
    how: Literal["max", "min", "sum"] = "max"
    where: Mapping[str, str] = field(default_factory=dict)
    per: float = 1.0
    severity: Literal["page", "ticket"] = "ticket"
    unit: Literal["share", "count", "hours", "minutes", "seconds", "number"] = "count"

    @property
    def promql(self) -> str:
        """The figure in Prometheus's language."""
        if self.name == "latency":
            return f"histogram_quantile(0.99, sum by (le) ({_rate('bucket')})) {_ENOUGH}"
        if self.name == "errors":
            errors = f"sum({_rate('', 'retinue_http_errors_total')}) or vector(0)"
            return f"({errors}) / sum({_rate('count')}) {_ENOUGH}"
        labels = ", ".join(f'{name}="{value}"' for name, value in self.where.items())
        found = f"{self.how}({self.metric}{{{labels}}})" if labels else f"{self.how}({self.metric})"
        found += f" / {self.per:g}" if self.per != 1 else ""
        if self.name == "queue_lag":
            found += " unless on() (max(retinue_stopped) == 1)"
        return found


_NOT_OURS = 'route!~"/metrics|/healthz|/readyz"'


def _rate(part: str, name: str = "retinue_http_request_seconds") -> str:
    return f"rate({name}{'_' if part else ''}{part}{{{_NOT_OURS}}}[{WINDOW_MINUTES}m])"


_ENOUGH = f"and on() (sum({_rate('count')}) * {WINDOW_MINUTES * 60} >= {LEAST_REQUESTS})"

_ROWS = (
    Alert(
        "drift",
        "{value} of the customers' features drifted.",
        "retinue drift",
        "retinue_drift_share",
        unit="share",
    ),
    Alert(
        "latency",
        "99 % of requests were answered within {value}.",
        "Look at the slowest routes on /metrics.",
        severity="page",
        unit="seconds",
    ),
    Alert(
        "errors",
        "{value} of requests were answered with an error.",
        "Look at the service's log.",
        severity="page",
        unit="share",
    ),
    Alert(
        "data_age",
        "The newest data are {value} old.",
        "See that the sources deliver: retinue sources list",
        "retinue_data_age_seconds",
        per=3600,
        unit="hours",
    ),
    Alert(
        "quarantine",
        "{value} of the rows read were set aside.",
        "retinue quarantine list",
        "retinue_rows_quarantined_share",
        unit="share",
    ),
    Alert(
        "run_age",
        "The newest run looked {value} ago.",
        "retinue jobs",
        "retinue_run_age_seconds",
        per=3600,
        unit="hours",
    ),
    Alert(
        "jobs", "{value} of the jobs failed when last tried.", "retinue jobs", "retinue_job_failed", how="sum"
    ),
    Alert(
        "unknown_deliveries",
        "Of {value} deliveries nobody knows what became.",
        "retinue deliveries list --state unknown",
        "retinue_deliveries_unknown",
    ),
    Alert(
        "queue_lag",
        "A delivery has been due for {value}.",
        "See that a worker runs, and that its channels answer: retinue deliveries list --state queued",
        "retinue_outbox_lag_seconds",
        per=60,
        severity="page",
        unit="minutes",
    ),
    Alert(
        "reviews",
        "{value} offers wait for a person and are overdue.",
        "retinue review list",
        "retinue_reviews_overdue",
    ),
    Alert(
        "model",
        "The churn model's AUC is {value}.",
        "retinue report",
        "retinue_model_quality",
        how="min",
        where={"measure": "auc"},
        unit="number",
    ),
    Alert(
        "harm",
        "{value} measured effects of offers are surely for the worse.",
        "retinue outcomes report; to stop all offers: retinue stop",
        "retinue_harmful_effects",
        severity="page",
    ),
    Alert(
        "retention",
        "Retention of the treated fell by {value} within 28 days.",
        "retinue outcomes report",
        "retinue_retention_drop_28d",
        unit="share",
    ),
    Alert(
        "complaints",
        "{value} of the messages of seven days were complained about.",
        "Pause the campaign: retinue campaign pause",
        "retinue_complaint_share_7d",
        severity="page",
        unit="share",
    ),
    Alert(
        "budget",
        "{value} of the month's budget is reserved or spent.",
        "retinue incentives report",
        "retinue_budget_month_used_share",
        unit="share",
    ),
    Alert(
        "privacy",
        "{value} requests of customers about their data are due soon or overdue.",
        "retinue privacy list --open",
        "retinue_privacy_requests_near_due",
    ),
)

ALERTS: Mapping[str, Alert] = {alert.name: alert for alert in _ROWS}
"""Name to alert, in the order of the settings."""


def current(store: Store, samples: Iterable[Sample], now: datetime) -> dict[str, float | None]:
    """The figure of every alert as of now (aware UTC); None where nobody knows it."""
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    found = {alert.name: _of(alert, by_name.get(alert.metric, [])) for alert in ALERTS.values()}
    if any(sample.value for sample in by_name.get("retinue_stopped", [])):
        found["queue_lag"] = None  # it waits on purpose
    counts = requests_since(store, now - timedelta(minutes=WINDOW_MINUTES))
    enough = counts["requests"] >= LEAST_REQUESTS
    found["errors"] = counts["errors"] / counts["requests"] if enough else None
    found["latency"] = _quantile(counts, 0.99) if enough else None
    return found


def _of(alert: Alert, samples: Iterable[Sample]) -> float | None:
    matching = [s.value for s in samples if alert.where.items() <= s.labels.items()]
    if not matching:
        return None
    taken = max(matching) if alert.how == "max" else min(matching) if alert.how == "min" else sum(matching)
    return taken / alert.per


def _quantile(counts: Mapping[str, int], share: float) -> float:
    """Seconds within which that share of requests was answered, even within a bucket as Prometheus has it.

    >>> _quantile({"requests": 100, "le 0.1": 98, "le 0.25": 2}, 0.99)
    0.175
    """
    wanted, seen, low = share * counts["requests"], 0, 0.0
    for bound in METRICS["retinue_http_request_seconds"].buckets:
        here = counts.get(f"le {bound:g}", 0)
        if here and seen + here >= wanted:
            return low + (bound - low) * (wanted - seen) / here
        seen, low = seen + here, bound
    return low
