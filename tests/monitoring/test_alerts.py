"""Alerts fire once, clear once, and are silent in between, however the figure jumps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from retinue.monitoring.alerts import ALERTS, current, step
from retinue.monitoring.alerts.prometheus import rules
from retinue.settings import AlertLimits, AlertRuleSettings, AlertSettings
from retinue.settings.alerts import DEFAULT_LIMITS
from retinue.store import Store
from retinue.store.alerts import Stands
from retinue.store.request_counts import add_requests
from retinue.telemetry.metrics import METRICS, Sample

ROOT = Path(__file__).parents[2]
START = datetime(2026, 2, 14, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = AlertLimits(fire=1.0, clear=0.5, minutes=10)


def played(series: list[float | None], limits: AlertLimits = LIMITS) -> list[tuple[int, str]]:
    """Minute → what was told, of a figure that is looked at each minute."""
    stands, told = Stands("latency", "quiet", START.replace(tzinfo=None)), []
    for minute, value in enumerate(series):
        stands, what = step(stands, value, limits, START + minute * MINUTE)
        if what is not None:
            told.append((minute, what))
    return told


def test_a_figure_that_stays_bad_fires_once_and_one_that_stays_good_clears_once() -> None:
    assert played([0.1] * 5 + [2.0] * 60 + [0.1] * 60) == [(15, "fired"), (75, "cleared")]


def test_between_the_limits_nothing_changes() -> None:
    assert played([2.0] * 11 + [0.75] * 500) == [(10, "fired")]
    assert played([0.75] * 500) == []


def test_noise_around_a_limit_tells_at_most_one_thing() -> None:
    noise = np.random.default_rng(7).normal(1.0, 0.2, 2_000)
    assert played([2.0] * 11 + noise.clip(0.55).tolist()) == [(10, "fired")]
    plain = AlertLimits(fire=1.0, clear=1.0 - 1e-9, minutes=0)
    assert len(played(noise.tolist(), plain)) > 500  # what it would be without


def test_short_peaks_and_short_dips_are_told_to_nobody() -> None:
    assert played(([0.1] * 5 + [9.0] * 9) * 50) == []
    assert played([2.0] * 11 + ([0.1] * 9 + [2.0]) * 50) == [(10, "fired")]


def test_a_figure_that_nobody_knows_changes_nothing_and_the_time_begins_anew() -> None:
    assert played([2.0] * 8 + [None] + [2.0] * 8 + [None] * 30) == []
    assert played([2.0] * 11 + [None] * 60 + [0.1] * 11) == [(10, "fired"), (81, "cleared")]


def test_one_that_is_bad_when_low_is_the_mirror_of_it() -> None:
    low = AlertLimits(fire=0.6, clear=0.63, minutes=0)
    assert played([0.7, 0.59, 0.61, 0.62, 0.59, 0.63, 0.61], low) == [(1, "fired"), (5, "cleared")]


@given(st.lists(st.one_of(st.none(), st.floats(0, 2)), max_size=200), st.integers(0, 15))
def test_firings_and_clearings_alternate_and_each_held_for_its_time(
    series: list[float | None], minutes: int
) -> None:
    told = played(series, AlertLimits(1.0, 0.5, minutes))
    assert [what for _, what in told] == ["fired", "cleared"] * (len(told) // 2) + ["fired"] * (len(told) % 2)
    for minute, what in told:
        held = series[minute - minutes : minute + 1]
        assert len(held) == minutes + 1
        assert all(v is not None and (v >= 1.0 if what == "fired" else v <= 0.5) for v in held)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store.sqlite")
    yield opened
    opened.close()


def test_figures_of_requests_are_of_the_window_and_of_enough_requests(store: Store) -> None:
    add_requests(store, {"requests": 100, "errors": 50, "le 10": 100}, clock=START - 30 * MINUTE)
    add_requests(store, {"requests": 19, "le 0.1": 19}, clock=START - MINUTE)
    assert current(store, [], START)["latency"] is None
    add_requests(store, {"requests": 181, "errors": 5, "le 0.1": 177, "le 0.25": 4}, clock=START)
    found = current(store, [], START)
    assert found["errors"] == 5 / 200
    assert found["latency"] == pytest.approx(0.1 + 0.15 * (198 - 196) / 4)


def test_a_queue_that_waits_because_of_a_stop_is_no_alarm(store: Store) -> None:
    late = Sample("retinue_outbox_lag_seconds", 7200)
    assert current(store, [late], START)["queue_lag"] == 120
    assert current(store, [late, Sample("retinue_stopped", 1)], START)["queue_lag"] is None


def test_figures_of_samples_are_taken_together_in_their_unit(store: Store) -> None:
    found = current(
        store,
        [
            Sample("retinue_run_age_seconds", 90_000),
            Sample("retinue_job_failed", 1, {"task": "run"}),
            Sample("retinue_job_failed", 1, {"task": "drift"}),
            Sample("retinue_model_quality", 0.7, {"measure": "auc"}),
            Sample("retinue_model_quality", 0.1, {"measure": "brier"}),
        ],
        START,
    )
    assert (found["run_age"], found["jobs"], found["model"], found["harm"]) == (25, 2, 0.7, None)


def test_every_alert_has_limits_and_looks_at_a_metric_that_exists() -> None:
    assert list(ALERTS) == list(DEFAULT_LIMITS) == list(AlertSettings.model_fields)
    for alert in ALERTS.values():
        if alert.metric:
            assert set(alert.where) <= set(METRICS[alert.metric].labels)


def test_limits_the_wrong_way_round_are_refused() -> None:
    for rule in ({"fire": 0.1}, {"clear": 0.9}, {"fire": 0.15}):
        with pytest.raises(ValidationError, match="must lie below fire"):
            AlertSettings(drift=AlertRuleSettings(**rule))
    with pytest.raises(ValidationError, match="must lie above fire"):
        AlertSettings(model=AlertRuleSettings(fire=0.7))


def test_the_file_of_rules_is_what_the_settings_say() -> None:
    written = (ROOT / "deploy" / "prometheus" / "rules.yml").read_text(encoding="utf-8")
    assert written == rules(AlertSettings())
    (group,) = yaml.safe_load(written)["groups"]
    found = {rule["alert"]: rule for rule in group["rules"]}
    assert max(Counter(rule["alert"] for rule in group["rules"]).values()) == 1
    for name, limits in DEFAULT_LIMITS.items():
        rule = found["Retinue" + name.title().replace("_", "")]
        assert f" {limits.fire:g}) or" in rule["expr"]
        assert f" {limits.clear:g}) and" in rule["expr"]
        assert rule.get("for", "0s") == rule.get("keep_firing_for", "0s") == f"{limits.minutes * 60:g}s"
    off = AlertSettings(drift=AlertRuleSettings(enabled=False), model=AlertRuleSettings(fire=0.5))
    assert "RetinueDrift" not in rules(off)
    assert "<= 0.5) or" in rules(off)


def test_every_metric_in_the_rules_exists() -> None:
    exists = set(METRICS) | {
        f"{m.name}_{part}"
        for m in METRICS.values()
        if m.kind == "histogram"
        for part in ("bucket", "count", "sum")
    }
    assert set(re.findall(r"\bretinue_\w+", rules(AlertSettings()))) <= exists


def test_what_to_do_names_commands_that_exist() -> None:
    pages = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"^## retinue (.+)$", pages, re.MULTILINE)) | {"jobs"}
    for alert in ALERTS.values():
        for named in re.findall(r"retinue ((?:[a-z]+ ?){1,2})", alert.do):
            words = named.split()
            assert {words[0], " ".join(words)} & commands, alert.do
