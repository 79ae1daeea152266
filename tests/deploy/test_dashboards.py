"""Dashboards show metrics that exist, by labels that they have, and between them all that there is."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from retinue.monitoring.alerts import ALERTS
from retinue.telemetry.metrics import METRICS

FILES = sorted((Path(__file__).parents[2] / "deploy" / "grafana").glob("*.json"))
_PARTS = re.compile(r"_(bucket|count|sum)$")


def queries(board: dict[str, Any]) -> list[dict[str, str]]:
    return [target for panel in board["panels"] for target in panel["targets"]]


def named(query: str) -> list[str]:
    """Metrics of a query, of a histogram's parts the histogram."""
    found = []
    for name in re.findall(r"\bretinue_\w+", query):
        whole = _PARTS.sub("", name)
        found.append(whole if whole in METRICS and METRICS[whole].kind == "histogram" else name)
    return found


def test_there_are_dashboards() -> None:
    assert [file.stem for file in FILES] == ["business", "delivery", "service"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_metric_and_label_of_a_dashboard_exists(file: Path) -> None:
    board = json.loads(file.read_text(encoding="utf-8"))
    for target in queries(board):
        metrics = named(target["expr"])
        assert metrics, target["expr"]
        assert set(metrics) <= set(METRICS), target["expr"]
        has = {label for name in metrics for label in METRICS[name].labels} | {"le"}
        used = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", target["expr"])
        for group in re.findall(r"by \(([^)]*)\)", target["expr"]):
            used += [label.strip() for label in group.split(",")]
        used += re.findall(r"{{(\w+)}}", target["legendFormat"])
        assert set(used) <= has, (target["expr"], target["legendFormat"])
        for name in metrics:  # a histogram has no series of its own name
            if METRICS[name].kind == "histogram":
                assert re.search(rf"\b{name}_(bucket|count|sum)\b", target["expr"])
            if METRICS[name].kind == "counter":
                assert re.search(rf"(rate|increase)\({name}", target["expr"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_panels_have_places_of_their_own_and_ask_the_chosen_source(file: Path) -> None:
    board = json.loads(file.read_text(encoding="utf-8"))
    assert board["uid"] == f"retinue-{file.stem}"
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert len({panel["title"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for one, other in combinations((panel["gridPos"] for panel in board["panels"]), 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart


def test_no_metric_is_left_out() -> None:
    shown = {
        name
        for file in FILES
        for target in queries(json.loads(file.read_text(encoding="utf-8")))
        for name in named(target["expr"])
    }
    assert shown == set(METRICS)
    assert {alert.metric for alert in ALERTS.values() if alert.metric} <= shown
