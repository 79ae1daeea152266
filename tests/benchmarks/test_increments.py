"""The measurement of tomorrow's run compares the same snapshot twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from benchmarks.harness import Unequal

from benchmarks import increments


@pytest.mark.slow
def test_both_sides_give_the_same_bits_and_a_difference_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert increments._prepare(folder, 20, 60) >= 0
    for side in increments.SIDES.values():
        shutil.copyfile(folder / "yesterday.duckdb", folder / "w.duckdb")
        increments._build(
            folder / "w.duckdb", increments.TODAY, folder / f"{side}.parquet", partials=side == "partials"
        )
    increments._check(folder)
    rows = pq.read_table(folder / "rows.parquet")
    assert len(rows) == 20
    assert pc.sum(rows["event_count_365d"]).as_py() > 0
    place = rows.column_names.index("event_count_7d")
    wrong = pc.add(rows["event_count_7d"], pa.scalar(1.0))
    pq.write_table(rows.set_column(place, rows.schema.field(place), wrong), folder / "rows.parquet")
    with pytest.raises(Unequal):
        increments._check(folder)


def test_the_page_gives_ratios_to_all_rows() -> None:
    def row(name: str, cpu: float) -> dict[str, object]:
        spread = {"median": cpu, "low": cpu, "high": cpu}
        return {
            "name": name,
            "cpu_seconds": spread,
            "wall_seconds": spread,
            "peak_bytes": {"median": 1e9, "low": 1e9, "high": 1e9},
            "cpu_ratio": cpu / 2,
            "wall_ratio": cpu / 2,
            "memory_ratio": 1.0,
        }

    rows = [row(increments.PARTIALS, 1.0), row(increments.ROWS, 2.0)]
    shape = {"shape": "5 customers", "first_cpu_seconds": 7.0, "rows": rows}
    page = increments.section({"shapes": [shape]})
    assert page.startswith("## Tomorrow's run")
    assert "7.0 CPU seconds once" in page
    assert increments.PARTIALS in page
