"""`make bench`: areas, findings and the page, and the whole of it on a small business."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from benchmarks.areas import AREAS, Area, measure
from benchmarks.harness import Result, Unequal, Usage, row_of
from benchmarks.plan import Plan
from benchmarks.run import main
from benchmarks.run_page import page

from benchmarks import areas, features, findings, whole

MACHINE = {"cores": "2", "memory": "8 GiB", "processor": "any", "system": "Linux", "python": "3.11"}


def rows() -> list[dict[str, Any]]:
    ours = Result("Retinue", [Usage(2.0, 3.0, 50_000_000)])
    peer = Result("DuckDB SQL by hand", [Usage(4.0, 3.0, 100_000_000)])
    return [row_of(ours, peer), row_of(peer, peer)]


def build() -> dict[str, Any]:
    size = {"dates": 12, "features": 69, "values": 1_000, "rows": rows()}
    return {"customers": 2_000, "rows": {"events": 200_000}, "sizes": [size]}


def record(area: str, **parts: Any) -> dict[str, Any]:
    return {"area": area, "when": "2026-01-02", "busy": 0.5, "plan": {"repeats": 2}, **parts}


def test_ratios_are_told() -> None:
    text = features.section(build())
    assert text.startswith("## Features\n")
    assert "12 dates: 69 features, 1,000 values equal on all sides." in text
    assert "| Retinue | 2.00 (2.00–2.00) | 0.50 | 3.00 (3.00–3.00) | 1.00 | 50 | 0.50 |" in text


def test_quality_stands_beside_time() -> None:
    auc = {"value": 0.8, "low": 0.75, "high": 0.85, "reason": None}
    text = whole.section(
        {
            "customers": 2_000,
            "rows_loaded": {"events": 200_000},
            "as_of": "2025-10-03",
            "dates": ["2025-01-01", "2025-07-01"],
            "rows": rows(),
            "ranking": {
                "customers": 1_000,
                "churned": 70,
                "agreed": 0.999,
                "models": {"model": {"auc": auc}, "usual": {"auc": auc}},
                "difference": {"value": -0.01, "low": -0.02, "high": 0.001, "reason": None},
            },
            "stages": [{"stage": "ingest", "wall": 1.25}],
            "summary": {"at_risk": 11, "active": 1_000, "offers": 2},
        }
    )
    assert "| Retinue | 0.800 (0.750 to 0.850) | – | – | – |" in text
    assert "Difference of the AUCs: -0.010 (-0.020 to +0.001)." in text
    assert "Both scored 99.9% of the customers" in text


def test_the_page_is_written_from_all_findings_in_their_order(tmp_path: Path) -> None:
    findings.save(tmp_path, record("value", failed="outputs differ, so no times are given: alpha"))
    findings.save(tmp_path, record("features", found=build()))
    text = page(findings.read(tmp_path), MACHINE, {"retinue": "1.0"}, {"polars": "2.0"})
    assert "With Retinue: retinue 1.0. The peers' environment: polars 2.0." in text
    assert text.index("## Features") < text.index("## Value models")
    assert "**Not measured: outputs differ, so no times are given: alpha.**" in text
    assert (
        "*2 measured runs of each contender on 2026-01-02, load at the start 0.5 processes per core.*" in text
    )


def test_a_busy_machine_is_told(tmp_path: Path) -> None:
    findings.save(tmp_path, record("features", found=build()))
    assert "Other work wanted the cores" not in page(findings.read(tmp_path), MACHINE, {}, None)
    findings.save(tmp_path, record("features", found=build()) | {"busy": 2.5})
    assert "Other work wanted the cores" in page(findings.read(tmp_path), MACHINE, {}, None)


def test_the_page_says_when_there_are_no_peers() -> None:
    assert "The peers' environment: not there, see `make peers`." in page([], MACHINE, {}, None)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An area that exists only here, in the place of the first one."""
    module = ModuleType("made_up_area")
    monkeypatch.setitem(sys.modules, "made_up_area", module)
    monkeypatch.setitem(areas.AREAS, "features", Area("features", "made_up_area", "Features"))
    return module


def test_a_failure_is_a_finding_and_does_not_lose_the_others(
    made_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in set(AREAS) - {"features"}:
        monkeypatch.delitem(areas.AREAS, name)

    def breaks(plan: Plan, say: Any) -> dict[str, Any]:
        raise OSError(f"no room in {plan.work}")

    made_up.measure = breaks  # type: ignore[attr-defined]
    out = tmp_path / "page.md"
    assert main(["--work", str(tmp_path), "--out", str(out)]) == 1
    text = out.read_text(encoding="utf-8")
    assert "**Not measured: it ended with an error (OSError).**" in text
    assert str(tmp_path) not in text
    assert "no room in" in capsys.readouterr().err

    made_up.measure = lambda plan, say: {"customers": plan.customers}  # type: ignore[attr-defined]
    made_up.section = lambda found: f"## Features\n\n{found['customers']}"  # type: ignore[attr-defined]
    made_up.drawings = lambda found: {"made-up.svg": "<svg/>"}  # type: ignore[attr-defined]
    assert main(["--work", str(tmp_path), "--out", str(out), "--customers", "123"]) == 0
    assert (tmp_path / "made-up.svg").read_text(encoding="utf-8") == "<svg/>"
    assert "## Features\n\n123\n" in out.read_text(encoding="utf-8")
    out.unlink()
    made_up.measure = breaks  # type: ignore[attr-defined]
    assert main(["--work", str(tmp_path), "--out", str(out), "--page"]) == 0, "it measures nothing"
    assert "## Features\n\n123\n" in out.read_text(encoding="utf-8")


def test_unequal_outputs_are_told_without_times(made_up: ModuleType, tmp_path: Path) -> None:
    def differs(plan: Plan, say: Any) -> dict[str, Any]:
        raise Unequal("event_count_7d: 3 values")

    made_up.measure = differs  # type: ignore[attr-defined]
    found = measure(AREAS["features"], Plan(tmp_path), lambda line: None)
    assert found["failed"] == "outputs differ, so no times are given: event_count_7d: 3 values"
    assert "found" not in found


def test_an_area_that_does_not_exist_is_skipped_visibly(tmp_path: Path) -> None:
    said: list[str] = []
    found = measure(Area("none", "benchmarks.no_such_area", "None"), Plan(tmp_path), said.append)
    assert found["missing"]
    assert said == ["none: skipped, there is no benchmarks.no_such_area yet"]


@pytest.mark.slow
def test_the_whole_bench_runs_on_a_small_business(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    assert (
        main(["--quick", "--customers", "1500", "--work", str(tmp_path / "work"), "--out", str(target)]) == 0
    )
    text = target.read_text(encoding="utf-8")
    assert "values equal on all sides" in text
    assert "Difference of the AUCs" in text
    assert str(tmp_path) not in text
