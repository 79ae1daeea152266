"""Every feature equals its literal reading, at one date and at many, on random histories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.features import CATALOGUE, build_snapshots, read_frame
from retinue.settings import FeatureSettings

INTEGERS = ("events", "logins", "tickets", "transactions", "payments", "refunds", "contracts", "event types")
MIDNIGHTS = [datetime(2023, 9, 1), datetime(2024, 6, 1), datetime(2024, 7, 1), datetime(2025, 2, 1)]
ODD = [
    datetime(2024, 3, 1, 13, 37, 5),
    datetime(2024, 12, 24, 13, 37, 5),
    datetime(2025, 3, 7, 0, 0, 0, 1),
    datetime(2025, 3, 8),
]


def check(frame: pd.DataFrame, expected: dict[tuple[datetime, str], dict[str, float]]) -> None:
    keys = list(zip(frame["as_of"].dt.to_pydatetime(), frame["customer_id"], strict=True))
    assert keys == sorted(expected)
    wanted = pd.DataFrame([expected[k] for k in keys])
    units = {f.name: f.unit for f in CATALOGUE}
    features = [c for c in frame.columns if c not in ("customer_id", "as_of")]
    assert set(features) <= set(wanted.columns)
    for name in features:
        ours, theirs = frame[name].to_numpy(float), wanted[name].to_numpy(float)
        tolerance = 0.0 if units[name] in INTEGERS else 1e-9
        scale = tolerance * np.maximum(1.0, np.abs(np.nan_to_num(theirs)))
        same = (np.isnan(ours) & np.isnan(theirs)) | (np.abs(ours - theirs) <= scale)
        wrong = [(keys[i], ours[i], theirs[i]) for i in np.flatnonzero(~same)]
        assert not wrong, (name, wrong[:5])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dates", [MIDNIGHTS, ODD], ids=["midnights", "odd times"])
def test_many_dates_equal_the_literal_reading(
    seed: int,
    dates: list[datetime],
    tmp_path: Path,
    write_history: Callable[..., Any],
    read_literally: Callable[..., Any],
    feature_settings: FeatureSettings,
) -> None:
    history = write_history(seed, dirt=[0.0, 0.2, 0.5, 0.9][seed])
    with history.warehouse() as warehouse:
        built = build_snapshots(warehouse, dates, tmp_path / "s.parquet", settings=feature_settings)
    frame = read_frame(built.path)
    assert built.rows == len(frame)
    assert built.features == tuple(f.name for f in CATALOGUE)
    assert not built.absent
    check(frame, read_literally(history, dates))
