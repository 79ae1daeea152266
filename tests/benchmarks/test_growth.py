"""What the page says of growth and of other shapes follows from the findings."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from benchmarks.features.data import load, write
from benchmarks.features.equal import check
from benchmarks.features.side import result_of
from benchmarks.harness import Result, Usage, row_of
from benchmarks.plot import Axis, Line, Panel, draw

from benchmarks import growth, shapes


def size(customers: int, cpu: dict[str, float], megabytes: float) -> dict[str, Any]:
    results = [Result(name, [Usage(spent, spent, int(megabytes * 1e6))]) for name, spent in cpu.items()]
    reference = next(result for result in results if result.name == growth.SQL)
    return {
        "customers": customers,
        "rows": {"customers": customers, "events": customers * 100},
        "values": 1,
        "memory": None,
        "table": [row_of(result, reference) for result in results],
    }


def found(largest: float) -> dict[str, Any]:
    steps = [(12_500, 1.0), (50_000, 4.0), (200_000, largest)]
    sizes = [
        size(n, {growth.OURS: c, growth.SQL: c, growth.PANDAS: 3 * c, growth.OURS_MANY: 5 * c}, 100 * c)
        for n, c in steps
    ]
    return {"sizes": sizes, "memory": "2GB"}


def test_linear_growth_meets_its_target() -> None:
    text = growth.section(found(16.0))
    assert "| Retinue | 16.0 | 16.0 | +0% | 1.00 | +0% | 16.0 |" in text
    assert "one date, CPU over SQL by hand: 1.00 (target ≤ 1.1): met." in text
    assert "twelve dates over one, CPU: 5.00 (target ≤ 6): met." in text
    assert "missed" not in text


def test_growth_of_the_last_step_alone_can_miss_it() -> None:
    text = growth.section(found(20.0))
    assert (
        "growth of CPU over linear, the worse of all steps and the last: 1.25 (target ≤ 1.15): **missed**."
        in text
    )


def test_targets_of_another_scale_are_not_claimed() -> None:
    small = found(16.0)
    for one in small["sizes"]:
        one["customers"] //= 10
    assert "not measured here" in growth.section(small)


def test_the_plot_is_sound_and_names_every_contender() -> None:
    drawing = growth.drawings(found(16.0))["growth.svg"]
    root = ElementTree.fromstring(drawing)  # noqa: S314 - drawn above
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for name in (growth.OURS, growth.OURS_MANY, growth.SQL, growth.PANDAS):
        assert words.count(name) == 2, "once for CPU, once for memory"
    assert "linear" in words
    assert {"1.25M", "5M", "20M"} <= set(words)


def test_names_at_one_height_are_moved_apart() -> None:
    lines = [Line(name, [(1, 2), (10, 5)], "#000000") for name in ("a", "b")]
    drawing = draw([Panel("t", "x", lines)], "title")
    root = ElementTree.fromstring(drawing)  # noqa: S314 - drawn above
    heights = [
        float(e.attrib["y"]) for e in root.iter("{http://www.w3.org/2000/svg}text") if e.text in ("a", "b")
    ]
    assert abs(heights[0] - heights[1]) >= 15


def test_an_axis_is_logarithmic() -> None:
    axis = Axis(1, 100, 0, 200)
    assert [round(axis.at(value)) for value in (1, 10, 100)] == [0, 100, 200]
    assert axis.ticks() == [1, 2, 5, 10, 20, 50, 100]


@pytest.mark.parametrize("name", ["skewed", "only_transactions"])
def test_sides_agree_on_every_shape(name: str, tmp_path: Path) -> None:
    from benchmarks.features import duckdb_sql, ours
    from benchmarks.features.core import month_ends

    _, events, only = shapes.SHAPES[name]
    folder = tmp_path / "data"
    write(folder, events(1_000), seed=1, only=only)
    load(folder, folder / "w.duckdb")
    for side, run in (("ours", ours.run), ("duckdb_sql", duckdb_sql.run)):
        result_of(folder, side, 1).mkdir()
        run(folder, month_ends(1), result_of(folder, side, 1), threads=1)
    assert check(folder, ["ours", "duckdb_sql"], 1) > 0
