"""A file of snapshots read in parts, or only some of its columns: the same rows as the whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retinue.features import read_frame, read_parts, snapshots
from retinue.features.spool import schema_of

ROWS = 1_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    draw = np.random.default_rng(1)
    values = draw.normal(size=(2, ROWS))
    values[:, ::7] = np.nan
    columns = [
        pa.array([f"c{n:04d}" for n in range(ROWS)]),
        pa.array([datetime(2026, 1, 1)] * ROWS, pa.timestamp("us")),
        *(pa.array(v, from_pandas=True) for v in values),
    ]
    made = tmp_path / "profiles.parquet"
    pq.write_table(pa.Table.from_arrays(columns, schema=schema_of(["a", "b"])), made, row_group_size=300)
    return made


def test_parts_are_the_chosen_rows_in_their_order(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "ROWS_A_PART", 70)
    chosen = {f"c{n:04d}" for n in range(0, ROWS, 3)} | {"nobody"}
    parts = list(read_parts(path, chosen))
    whole = read_frame(path)
    assert len(parts) > 3
    assert all(0 < len(part) <= 70 for part in parts)
    wanted = whole[whole["customer_id"].isin(chosen)].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), wanted)
    assert list(read_parts(path, {"nobody"})) == []


def test_some_features_of_those_there_are(path: Path) -> None:
    some = read_frame(path, features=["b", "unknown"])
    pd.testing.assert_frame_equal(some, read_frame(path)[["customer_id", "as_of", "b"]])
