"""The same alerts as rules of Prometheus, for those who have it tell them."""

from __future__ import annotations

import json

from retinue.monitoring.alerts.figures import ALERTS, Alert
from retinue.settings import AlertLimits, AlertSettings

__all__ = ["rules"]

_SILENT_MINUTES = 15


def rules(settings: AlertSettings) -> str:
    """A file of rules with the limits of the settings; it is YAML.

    Hysteresis is in the expression: once an alert fires, it goes on until the figure is good, for which
    Prometheus's own series of firing alerts is asked.
    """
    lines = ["# Written by `retinue alerts rules`; the limits are those of [alerts].", "groups:"]
    lines += ["  - name: retinue", "    rules:"]
    for alert in ALERTS.values():
        limits = settings.limits(alert.name)
        if limits is not None:
            lines += _rule(alert, limits)
    lines += _lines(
        "RetinueSilent",
        f'time() - max(retinue_job_last_success_timestamp_seconds{{task="alerts"}}) > {_SILENT_MINUTES * 60}',
        0,
        "page",
        f"No worker has looked at the alerts for {_SILENT_MINUTES} minutes.",
        "See that retinue worker runs.",
    )
    lines += _lines(
        "RetinueStoreUnreadable",
        "min(retinue_up) == 0",
        5,
        "page",
        "The store cannot be read.",
        "See that its file is there and that the disk has room.",
    )
    return "\n".join(lines) + "\n"


def _rule(alert: Alert, limits: AlertLimits) -> list[str]:
    name = "Retinue" + alert.name.title().replace("_", "")
    worse, still = (">=", ">") if limits.high_is_bad else ("<=", "<")
    firing = f'on() ALERTS{{alertname="{name}", alertstate="firing"}}'
    query = (
        f"(({alert.promql}) {worse} {limits.fire:g}) or"
        f" ((({alert.promql}) {still} {limits.clear:g}) and {firing})"
    )
    shown = "{{ $value | humanizePercentage }}" if alert.unit == "share" else "{{ $value | humanize }}"
    unit = f" {alert.unit}" if alert.unit in ("hours", "minutes", "seconds") else ""
    said = alert.words.format(value=shown + unit)
    return _lines(name, query, limits.minutes, alert.severity, said, alert.do, keep=limits.minutes)


def _lines(
    name: str, query: str, minutes: float, severity: str, said: str, do: str, *, keep: float = 0
) -> list[str]:
    found = [f"      - alert: {name}", f"        expr: {json.dumps(query)}"]
    found += [f"        for: {minutes * 60:g}s"] if minutes else []
    found += [f"        keep_firing_for: {keep * 60:g}s"] if keep else []
    return [
        *found,
        f"        labels: {{severity: {severity}}}",
        "        annotations:",
        f"          summary: {json.dumps(said)}",
        f"          description: {json.dumps(do)}",
    ]
