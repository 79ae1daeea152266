"""The drift benchmark measures equal work, refuses unequal numbers, and says what was not measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.drift.data import write_sides
from benchmarks.harness import Unequal
from benchmarks.plan import Plan

from benchmarks import drift


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a tiny measurement without Evidently finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drift, "FEATURES", 6)
        patch.setattr(drift, "QUICK_ROWS", 2_000)
        work = tmp_path_factory.mktemp("drift")
        return drift.measure(Plan(work, quick=True), lambda line: None)


def test_without_evidently_only_our_side_is_measured_and_the_page_says_so(found: dict[str, Any]) -> None:
    assert [row["name"] for row in found["table"]] == [drift.OURS, drift.MEMORY, drift.KEPT]
    assert found["difference"] == 0.0
    assert all(part["work"] > 0 for part in found["seconds"].values())
    page = drift.section(found)
    assert page.startswith("## Drift\n")
    assert "not measured" in page
    assert "Target" not in page


def test_the_page_gives_every_ratio_and_says_what_was_missed(found: dict[str, Any]) -> None:
    def row(name: str, cpu: float) -> dict[str, Any]:
        whole = found["table"][0]
        seconds = {"median": cpu, "low": cpu, "high": cpu}
        return {**whole, "name": name, "cpu_seconds": seconds, "cpu_ratio": cpu}

    ours = (drift.OURS, drift.MEMORY, drift.KEPT)
    seconds: dict[str, Any] = {
        name: {"import": 1.0, "read": None if name != drift.MEMORY else 1.0, "work": 1.0} for name in ours
    }
    seconds |= {drift.REPORT: {"import": 5.0, "read": 1.0, "work": 29.0}}
    seconds |= {drift.FUNCTIONS: {"import": 5.0, "read": 1.0, "work": 7.0}}
    table = [*(row(name, 2.0) for name in ours), row(drift.FUNCTIONS, 13.0), row(drift.REPORT, 35.0)]
    page = drift.section({**found, "peer": "Evidently 0", "table": table, "seconds": seconds})
    assert "| Evidently, report | 17.5 | 30.0 | 29.0 | 1.0 |" in page
    assert "| Evidently, functions | 6.5 | 8.0 | 7.0 | 1.0 |" in page
    assert "met beside its report (30.0 ×)" in page
    assert "missed beside its bare functions, data in memory (7.0 ×)" in page


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (drift.REPORT, {"numbers": {"a": {"psi": 0.1 + 1e-8}}}, "psi of a"),
        (drift.REPORT, {"numbers": {"a": {"psi": float("nan")}}}, "psi of a"),
        (drift.REPORT, {"numbers": {}}, "other features"),
        (drift.KEPT, {"rows": 9}, "every row"),
        (drift.OURS, {"numbers": {}}, "0 features"),
    ],
)
def test_other_numbers_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(drift, "FEATURES", 1)
    outs = {one: tmp_path / f"{one}.json" for one in (drift.OURS, drift.KEPT, drift.REPORT)}
    same: dict[str, Any] = {"rows": 10, "numbers": {"a": {"psi": 0.1}}}
    for out in outs.values():
        out.write_text(json.dumps(same))
    assert drift._check(outs, 10) == 0.0
    outs[name].write_text(json.dumps({**same, **change}))
    with pytest.raises(Unequal, match=words):
        drift._check(outs, 10)


def test_the_data_are_the_same_each_time_and_some_features_moved(tmp_path: Path) -> None:
    from retinue.monitoring import compare

    sides = [write_sides(tmp_path / name, features=6, rows=5_000, seed=7) for name in ("a", "b")]
    assert sides[0][0].read_bytes() == sides[1][0].read_bytes()
    verdicts = {one.feature: one.verdict for one in compare(*sides[0]).features}
    assert verdicts["logins_0"] != "stable"
    assert verdicts["change_3"] == "stable"
