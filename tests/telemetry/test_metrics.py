"""The table of metrics keeps Prometheus's conventions, and the meter shows what the table says."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from retinue.telemetry.metrics import METRICS, Meter, Sample, counting, observe

PERSONAL = {"customer", "customer_id", "email", "decision", "decision_id", "delivery", "delivery_id", "user"}


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)
def test_names_and_labels_keep_the_conventions(metric) -> None:  # type: ignore[no-untyped-def]
    assert re.fullmatch(r"retinue_[a-z0-9_]+", metric.name)
    assert metric.name.endswith("_total") is (metric.kind == "counter")
    assert bool(metric.buckets) is (metric.kind == "histogram")
    assert not PERSONAL & set(metric.labels)
    # Prometheus keeps these for itself.
    assert not {"job", "instance", "le", "quantile"} & set(metric.labels)
    assert metric.words
    assert not metric.words.endswith(".")
    assert metric.source == "process" or metric.kind == "gauge"


def test_a_meter_shows_what_was_counted_and_asks_for_the_rest() -> None:
    asked = []

    def ask() -> list[Sample]:
        asked.append(1)
        return [Sample("retinue_deliveries", 3, {"state": "sent", "channel": "smtp"})]

    meter = Meter(ask)
    assert not asked
    meter.count("retinue_http_errors_total", route="/x", method="GET")
    for seconds in (0.002, 0.3):
        meter.observe("retinue_http_request_seconds", seconds, route="/x", method="GET", status="200")
    body, kind = meter.shown()
    found = {f.name: f for f in text_string_to_metric_families(body.decode())}
    assert kind.startswith("text/plain")
    assert [(s.labels, s.value) for s in found["retinue_deliveries"].samples] == [
        ({"channel": "smtp", "state": "sent"}, 3.0)
    ]
    counts = {
        s.labels.get("le"): s.value for s in found["retinue_http_request_seconds"].samples if "le" in s.labels
    }
    assert (counts["0.001"], counts["0.0025"], counts["0.5"], counts["+Inf"]) == (0, 1, 2, 2)
    assert found["retinue_http_errors"].samples[0].value == 1
    assert len(asked) == 1


def test_a_name_or_label_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(KeyError):
        Meter(lambda: [Sample("retinue_unheard_of", 1)]).shown()
    with pytest.raises(KeyError):
        Meter(lambda: [Sample("retinue_deliveries", 1, {"channel": "smtp"})]).shown()
    with pytest.raises(ValueError):
        Meter().observe("retinue_run_stage_seconds", 1.0, customer="C1")


def test_nobody_counts_unless_asked_to() -> None:
    observe("retinue_run_stage_seconds", 1.0, stage="train")
    meter = Meter()
    with counting(meter):
        observe("retinue_run_stage_seconds", 1.0, stage="train")
    observe("retinue_run_stage_seconds", 1.0, stage="train")
    assert b'retinue_run_stage_seconds_count{stage="train"} 1.0' in meter.shown()[0]
