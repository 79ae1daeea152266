"""Counting into bins: exact, whatever the form of the data, the number of threads and the oddities in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retinue.errors import DataError
from retinue.monitoring import Profile, count_profile, learn_profile
from retinue.monitoring.bins import BLOCK, Bins, quantile_edges, sturges_edges
from retinue.monitoring.evidently import _range

finite = st.floats(-1e6, 1e6, width=32)
anything = st.one_of(st.integers(-5, 5).map(float), finite, st.sampled_from([np.nan, np.inf, -np.inf]))


@settings(max_examples=40)
@given(arrays(float, st.integers(0, 200), elements=anything), st.lists(finite, max_size=12, unique=True))
def test_intervals_count_as_a_search_for_each_value_does(values: Any, edges: list[float]) -> None:
    marks = tuple(sorted(edges))
    known = values[np.isfinite(values)]
    expected = np.bincount(np.searchsorted(marks, known, side="right"), minlength=len(marks) + 1)
    assert Bins("intervals", marks).count_numbers(values).tolist() == expected.tolist()


@settings(max_examples=40)
@given(arrays(float, st.integers(1, 300), elements=anything))
def test_every_value_a_profile_learned_from_is_counted_once(values: Any) -> None:
    found = learn_profile({"x": values}).histograms["x"]
    assert found.rows == len(values)
    assert found.missing == np.count_nonzero(~np.isfinite(values))
    assert found.infinite == np.count_nonzero(np.isinf(values))
    again = count_profile(learn_profile({"x": values}), {"x": values}).histograms["x"]
    assert again.counts.tolist() == found.counts.tolist()


@settings(max_examples=40)
@given(arrays(float, st.integers(1, 300), elements=st.one_of(st.integers(0, 3).map(float), finite)))
def test_quantile_bins_leave_none_empty(values: Any) -> None:
    ordered = np.sort(values)
    counts = Bins("intervals", quantile_edges(ordered, 10)).count_numbers(values)
    assert (counts > 0).all()


@settings(max_examples=40)
@given(arrays(float, st.integers(0, 50), elements=anything))
def test_the_range_is_that_of_the_finite_values(values: Any) -> None:
    known = values[np.isfinite(values)]
    expected = (known.min(initial=np.inf), known.max(initial=-np.inf), len(known))
    assert _range(values) == expected


def test_a_long_tail_counts_as_a_search_for_each_value_does() -> None:
    values = np.random.default_rng(5).lognormal(3, 1, BLOCK + 7)
    values[::9], values[::1001], values[1::1001] = np.nan, np.inf, -np.inf
    known = values[np.isfinite(values)]
    marks = sturges_edges(float(known.min()), float(known.max()), len(known))
    expected = np.bincount(np.searchsorted(marks, known, side="right"), minlength=len(marks) + 1)
    assert Bins("intervals", marks).count_numbers(values).tolist() == expected.tolist()


def test_blocks_meet_without_a_gap() -> None:
    values = np.arange(2.5 * BLOCK)
    edges = (float(BLOCK - 1), float(BLOCK), float(2 * BLOCK))
    found = Bins("intervals", edges).count_numbers(values)
    assert found.tolist() == [BLOCK - 1, 1, BLOCK, BLOCK // 2]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("rows", [30, 1000, 4097])
def test_edges_by_sturges_are_numpys(rows: int, whole: bool) -> None:
    rng = np.random.default_rng(rows)
    values = rng.integers(0, 9, rows) if whole else rng.lognormal(size=rows)
    expected = np.histogram_bin_edges(values, "sturges")[1:-1]
    low, high = float(values.min()), float(values.max())
    assert sturges_edges(low, high, rows, whole=whole) == tuple(expected.tolist())


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = 5000
    spend = rng.lognormal(size=rows)
    spend[::7] = np.nan
    spend[3] = np.inf
    return pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(rows)],
            "as_of": pd.Timestamp("2026-01-01"),
            "spend": spend,
            "visits": rng.poisson(30, rows),
            "vip": rng.random(rows) < 0.1,
            "plan": rng.choice(["basic", "pro", None], rows),
            "nothing": np.nan,
            "same": 7.0,
        }
    )


def test_a_file_a_table_a_frame_and_any_number_of_threads_count_the_same(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "snapshot.parquet"
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, path, row_group_size=777)
    whole = learn_profile(frame).as_dict()
    assert set(whole["histograms"]) == {"spend", "visits", "vip", "plan", "nothing", "same"}
    for data in (path, str(path), table, dict(frame.items())):
        for threads in (1, 2):
            assert learn_profile(data, threads=threads).as_dict() == whole
    counted = count_profile(Profile.from_dict(whole), path, threads=2)
    assert counted.as_dict() == whole


def test_an_array_is_counted_by_the_places_of_its_columns() -> None:
    array = np.arange(200.0).reshape(100, 2)
    assert (
        learn_profile(array).histograms["1"].as_dict()
        == learn_profile({"y": array[:, 1]}).histograms["y"].as_dict()
    )


def test_a_mask_chooses_rows_across_row_groups(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.parquet"
    frame.to_parquet(path, row_group_size=999)
    chosen = np.random.default_rng(1).random(len(frame)) < 0.3
    expected = learn_profile(frame[chosen].reset_index(drop=True)).as_dict()
    assert learn_profile(path, where=chosen).as_dict() == expected
    with pytest.raises(ValueError, match="rows"):
        learn_profile(path, where=chosen[:-1])


def test_integers_booleans_decimals_and_categories_count_as_what_they_mean() -> None:
    rows = 100
    table = pa.table(
        {
            "whole": pa.array([1, None] * 50, pa.int32()),
            "flag": pa.array([True, False] * 50),
            "price": pa.array(["1.50", "2.50"] * 50).cast(pa.decimal128(5, 2)),
            "small": pa.array([0.5, None] * 50, pa.float32()),
            "code": pa.array([1, 2] * 50).dictionary_encode(),
            "when": pa.array([0] * rows, pa.timestamp("us")),
            "lists": pa.array([[1]] * rows),
        }
    )
    found = learn_profile(table)
    marks = {name: one.bins.marks for name, one in found.histograms.items()}
    assert marks == {
        "whole": (1.0,),
        "flag": (0.0, 1.0),
        "price": (1.5, 2.5),
        "small": (0.5,),
        "code": ("1", "2"),
    }
    assert found.histograms["whole"].missing == found.histograms["small"].missing == 50
    assert set(found.left_out) == {"when", "lists"}


def test_a_column_of_words_and_numbers_is_text() -> None:
    mixed = pd.DataFrame({"x": pd.Series(["a", 1, None, 2.5] * 5, dtype=object)})
    found = learn_profile(mixed).histograms["x"]
    assert found.bins.marks == ("1", "2.5", "a")
    assert found.missing == 5


def test_identifiers_are_left_out_and_rare_texts_share_a_bin() -> None:
    names = [f"n{i}" for i in range(10_001)]
    rare = [f"r{i % 60}" if i % 2 else "frequent" for i in range(len(names))]
    found = learn_profile({"name": names, "kind": rare})
    assert "different texts" in found.left_out["name"]
    kind = found.histograms["kind"]
    assert len(kind.bins.marks) == 30 + 1
    many = learn_profile({"kind": [f"r{i % 60}" for i in range(600)]}).histograms["kind"]
    assert len(many.bins.marks) == 50
    assert many.counts[-1] == 100


@pytest.mark.parametrize("data", [3, np.arange(4), object()])
def test_what_has_no_columns_is_refused(data: Any) -> None:
    with pytest.raises(DataError):
        learn_profile(data)


def test_a_frame_with_two_columns_of_one_name_is_refused() -> None:
    with pytest.raises(DataError, match="one name"):
        learn_profile(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"no")
    with pytest.raises(DataError, match="cannot be read"):
        learn_profile(path)
    with pytest.raises(DataError):
        learn_profile(tmp_path / "absent.parquet")
