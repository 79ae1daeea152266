"""`make bench`: its page, and the whole of it on a small business."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.harness import Result, Usage, row_of
from benchmarks.run import main
from benchmarks.run_page import page


def rows() -> list[dict[str, Any]]:
    ours = Result("Retinue", [Usage(2.0, 3.0, 50_000_000)])
    peer = Result("DuckDB SQL by hand", [Usage(4.0, 3.0, 100_000_000)])
    return [row_of(ours, peer), row_of(peer, peer)]


def found(**parts: Any) -> dict[str, Any]:
    return {
        "customers": 2_000,
        "events_per_customer_year": 100.0,
        "rows": {"events": 200_000},
        "repeats": 1,
        "machine": {"cores": "2", "memory": "8 GiB", "processor": "any", "system": "Linux", "python": "3.11"},
        "versions": {"duckdb": "1.5"},
        "busy": 0.5,
        **parts,
    }


def test_ratios_are_on_the_page() -> None:
    size = {"dates": 12, "features": 69, "values": 1_000, "rows": rows()}
    text = page(found(features={"sizes": [size]}))
    assert "12 dates: 69 features, 1,000 values equal on all sides." in text
    assert "| Retinue | 2.00 (2.00–2.00) | 0.50 | 3.00 (3.00–3.00) | 1.00 | 50 | 0.50 |" in text
    assert "## Whole run" not in text


def test_quality_stands_beside_time() -> None:
    auc = {"value": 0.8, "low": 0.75, "high": 0.85, "reason": None}
    run = {
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
    text = page(found(run=run))
    assert "| Retinue | 0.800 (0.750 to 0.850) | – | – | – |" in text
    assert "Difference of the AUCs: -0.010 (-0.020 to +0.001)." in text
    assert "Both scored 99.9% of the customers" in text


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
