"""Weekly sequences equal a literal count, at many dates, with late and corrected rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.errors import DataError, UsageError
from retinue.features import build_sequences, read_sequences
from retinue.features import sequences as sequences_module
from retinue.features.sequences import CHANNELS
from retinue.settings import FeatureSettings

at = datetime.fromisoformat
DATES = [at("2024-03-01"), at("2024-05-10"), at("2024-05-10T13:37:05"), at("2025-02-01")]


def literal(history: Any, dates: list[datetime], weeks: int) -> dict[tuple[datetime, str, int], list[float]]:
    found: dict[tuple[datetime, str, int], list[float]] = defaultdict(lambda: [0.0] * len(CHANNELS))
    for as_of in dates:
        for table, column in (("events", "timestamp"), ("transactions", "date"), ("tickets", "opened_at")):
            for row in history.rows[table]:
                gone = row["superseded_at"] is not None and row["superseded_at"] <= as_of
                if row[column] > as_of or row["recorded_at"] > as_of or gone:
                    continue
                week = (as_of - row[column]).days // 7
                if week >= weeks:
                    continue
                values = found[as_of, row["customer_id"], week]
                if table == "events":
                    values[0] += 1
                    values[1] += row["event_type"] in ("login", "session_start")
                elif table == "tickets":
                    values[5] += 1
                elif row["status"] == "succeeded" or (row["status"] is None and row["amount"] >= 0):
                    values[2] += 1
                    values[3] += float(row["amount"])
                elif row["status"] == "failed":
                    values[4] += 1
    return found


@pytest.mark.parametrize("rows", [100_000, 20], ids=["one chunk", "many chunks"])
def test_sequences_equal_a_literal_count(
    rows: int,
    tmp_path: Path,
    write_history: Callable[..., Any],
    feature_settings: FeatureSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sequences_module, "ROWS_A_CHUNK", rows)
    history = write_history(51, dirt=0.4)
    with history.warehouse() as warehouse:
        path = build_sequences(warehouse, DATES, tmp_path / "q.parquet", weeks=20, settings=feature_settings)
    frame = pd.read_parquet(path)
    expected = literal(history, DATES, 20)
    keys = list(zip(frame.as_of.dt.to_pydatetime(), frame.customer_id, frame.week, strict=True))
    assert keys == sorted(expected)
    np.testing.assert_allclose(frame[list(CHANNELS)], [expected[k] for k in keys], rtol=1e-9)


def test_the_dense_array_runs_from_old_to_new(
    tmp_path: Path, write_history: Callable[..., Any], feature_settings: FeatureSettings
) -> None:
    history = write_history(52, without=("tickets",))
    people = ["nobody", "c004", "c001"]
    with history.warehouse() as warehouse:
        path = build_sequences(warehouse, DATES, tmp_path / "q.parquet", settings=feature_settings)
    dense = read_sequences(path, as_of=DATES[3], customers=people)
    assert dense.shape == (3, 52, len(CHANNELS))
    assert not dense[0].any()
    assert dense.any(axis=(1, 2)).sum() == 2
    for (_, who, week), values in literal(history, DATES[3:], 52).items():
        if who in people:
            np.testing.assert_allclose(dense[people.index(who), 51 - week], values, rtol=1e-6)


def test_nothing_to_make_sequences_of(
    tmp_path: Path, write_history: Callable[..., Any], feature_settings: FeatureSettings
) -> None:
    with write_history(53, without=("tickets", "events", "transactions")).warehouse() as warehouse:
        with pytest.raises(DataError, match="no transactions"):
            build_sequences(warehouse, DATES, tmp_path / "q.parquet", settings=feature_settings)
        with pytest.raises(UsageError, match="date"):
            build_sequences(warehouse, [], tmp_path / "q.parquet", settings=feature_settings)
