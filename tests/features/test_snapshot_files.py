"""The file of a snapshot: whole or not at all, the same bytes for any number of threads, readable by date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from retinue.errors import DataError, UsageError
from retinue.features import CATALOGUE, build_snapshots, read_frame
from retinue.settings import FeatureSettings
from retinue.warehouse.base import Warehouse

at = datetime.fromisoformat
DATES = [at("2024-06-01"), at("2024-12-01")]


def test_the_number_of_threads_changes_no_byte(
    tmp_path: Path, write_history: Callable[..., Any], feature_settings: FeatureSettings
) -> None:
    history = write_history(21, customers=40)
    files = []
    for threads in (1, 2):
        with history.warehouse(threads=threads) as warehouse:
            built = build_snapshots(
                warehouse, DATES, tmp_path / f"{threads}.parquet", settings=feature_settings
            )
        files.append(built.path.read_bytes())
    assert files[0] == files[1]


def test_shape_order_and_dates(
    tmp_path: Path, small_warehouse: Warehouse, feature_settings: FeatureSettings
) -> None:
    # Repeats, order and zones of the dates do not matter: they are moments.
    elsewhere = DATES[1].replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))
    built = build_snapshots(
        small_warehouse, [elsewhere, DATES[1], DATES[0]], tmp_path / "s.parquet", settings=feature_settings
    )
    assert built.dates == tuple(d.replace(tzinfo=UTC) for d in DATES)
    frame = read_frame(built.path)
    assert list(frame.columns[:2]) == ["customer_id", "as_of"]
    assert frame["as_of"].dtype == "datetime64[us]"
    assert set(frame.dtypes.iloc[2:].astype(str)) == {"float64"}
    assert isinstance(frame.index, pd.RangeIndex)
    assert frame.sort_values(["as_of", "customer_id"]).index.equals(frame.index)
    later = read_frame(built.path, as_of=DATES[1].replace(tzinfo=UTC))
    pd.testing.assert_frame_equal(later, frame[frame["as_of"] == DATES[1]].reset_index(drop=True))


def test_a_failed_build_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, small_warehouse: Warehouse, feature_settings: FeatureSettings
) -> None:
    out = tmp_path / "s.parquet"
    out.write_bytes(b"old")

    class Stop(Exception):
        pass

    def stop(_: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        build_snapshots(small_warehouse, DATES, out, settings=feature_settings, progress=stop)
    assert out.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["s.parquet"]


def test_what_cannot_be_built_is_said(
    tmp_path: Path, write_history: Callable[..., Any], feature_settings: FeatureSettings
) -> None:
    with write_history(22, without=("events", "subscriptions")).warehouse() as warehouse:
        out = tmp_path / "s.parquet"
        with pytest.raises(UsageError, match="at least one date"):
            build_snapshots(warehouse, [], out, settings=feature_settings)
        with pytest.raises(DataError, match="No table holds a row"):
            build_snapshots(warehouse, [at("2001-01-01")], out, settings=feature_settings)
        twice = [CATALOGUE[0], CATALOGUE[0]]
        with pytest.raises(UsageError, match="Two columns"):
            build_snapshots(warehouse, DATES, out, settings=feature_settings, features=twice)
        built = build_snapshots(warehouse, DATES, out, settings=feature_settings)
    assert built.absent["login_count_30d"] == "no rows in events"
    assert built.absent["mrr"] == "no rows in subscriptions"
    assert "tenure_days" in built.features
    assert set(built.features) | set(built.absent) == {f.name for f in CATALOGUE}
