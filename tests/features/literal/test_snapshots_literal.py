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
from retinue.features import kinds as kinds_module
from retinue.features import snapshots as snapshots_module
from retinue.settings import FeatureSettings

at = datetime.fromisoformat
WHOLE = ("events", "logins", "tickets", "transactions", "payments", "refunds", "contracts", "event types")
MIDNIGHTS = [at("2023-09-01"), at("2024-06-01"), at("2024-07-01"), at("2025-02-01")]
ODD = [
    at("2024-03-01T13:37:05"),
    at("2024-12-24T13:37:05"),
    at("2025-03-07T00:00:00.000001"),
    at("2025-03-08"),
]

Build = Callable[..., pd.DataFrame]


@pytest.fixture
def build(tmp_path: Path, feature_settings: FeatureSettings) -> Build:
    def run(history: Any, dates: list[datetime], **options: Any) -> pd.DataFrame:
        with history.warehouse() as warehouse:
            built = build_snapshots(
                warehouse, dates, tmp_path / "s.parquet", settings=feature_settings, **options
            )
        frame = read_frame(built.path)
        assert built.rows == len(frame)
        assert built.features == tuple(frame.columns[2:])
        return frame

    return run


def check(frame: pd.DataFrame, expected: dict[tuple[datetime, str], dict[str, float]]) -> None:
    """Equal: whole numbers exactly, others to 1e-9."""
    keys = list(zip(frame["as_of"].dt.to_pydatetime(), frame["customer_id"], strict=True))
    assert keys == sorted(expected)
    wanted = pd.DataFrame([expected[k] for k in keys])
    units = {f.name: f.unit for f in CATALOGUE}
    for name in frame.columns[2:]:
        ours, theirs = frame[name].to_numpy(float), wanted[name].to_numpy(float)
        tolerance = 0.0 if units[name] in WHOLE else 1e-9
        scale = tolerance * np.maximum(1.0, np.abs(np.nan_to_num(theirs)))
        same = (np.isnan(ours) & np.isnan(theirs)) | (np.abs(ours - theirs) <= scale)
        wrong = [(keys[i], ours[i], theirs[i]) for i in np.flatnonzero(~same)]
        assert not wrong, (name, wrong[:5])


@pytest.mark.parametrize(
    ("seed", "dirt", "dates"),
    [
        pytest.param(0, 0.0, ODD, marks=pytest.mark.slow),
        (1, 0.2, MIDNIGHTS),
        (2, 0.5, ODD),
        pytest.param(3, 0.9, MIDNIGHTS, marks=pytest.mark.slow),
    ],
    ids=["clean", "some late", "many late, odd times", "nearly all late"],
)
def test_many_dates_equal_the_literal_reading(
    seed: int,
    dirt: float,
    dates: list[datetime],
    build: Build,
    write_history: Callable[..., Any],
    read_literally: Callable[..., Any],
) -> None:
    history = write_history(seed, dirt=dirt)
    frame = build(history, dates)
    assert tuple(frame.columns[2:]) == tuple(f.name for f in CATALOGUE)
    check(frame, read_literally(history, dates))


def test_a_table_that_begins_between_the_dates(
    build: Build, write_history: Callable[..., Any], read_literally: Callable[..., Any]
) -> None:
    """Usage is often recorded only years after the first contract: earlier dates have none of it."""
    history = write_history(21, customers=20)
    first = at("2024-09-15")
    for name, happened in (("events", "timestamp"), ("tickets", "opened_at")):
        history.rows[name] = [row for row in history.rows[name] if row[happened] >= first]
    frame = build(history, MIDNIGHTS)
    check(frame, read_literally(history, MIDNIGHTS))


def test_the_reading_reads_something(
    write_history: Callable[..., Any], read_literally: Callable[..., Any]
) -> None:
    """The comparison is not vacuous: over a few histories every feature takes at least two values."""
    rows = [
        row
        for seed in range(8)
        for row in read_literally(write_history(seed, customers=30), MIDNIGHTS).values()
    ]
    assert set(rows[0]) == {f.name for f in CATALOGUE}
    flat = [name for name in rows[0] if len({r[name] for r in rows if r[name] == r[name]}) < 2]
    assert not flat


def test_many_dates_equal_the_loop_over_single_dates(build: Build, write_history: Callable[..., Any]) -> None:
    history = write_history(11, customers=20, dirt=0.3)
    dates = [at("2024-02-29"), at("2024-03-01"), at("2025-01-01")]
    together = build(history, dates)
    alone = pd.concat([build(history, [d]) for d in dates], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone, check_exact=True)


def test_chunks_of_customers_change_nothing(
    build: Build, write_history: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    history = write_history(12, customers=20)
    some = [f for f in CATALOGUE if f.family in ("breadth", "contract", "prices", "account")]
    whole = build(history, MIDNIGHTS[2:], features=some)
    monkeypatch.setattr(snapshots_module, "ROWS_A_CHUNK", 14)
    progress: list[float] = []
    parts = build(history, MIDNIGHTS[2:], features=some, progress=progress.append)
    pd.testing.assert_frame_equal(parts, whole, check_exact=True)
    assert len(progress) == 3 + 3 + 1  # tables read, chunks done, file written
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


@pytest.mark.parametrize("words", [4, 1], ids=["several words of bits", "distinct rows"])
def test_more_than_62_kinds_are_counted_exactly(
    words: int,
    build: Build,
    write_history: Callable[..., Any],
    read_literally: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kinds_module, "MAXIMUM_WORDS", words)
    history = write_history(13, customers=40, kinds=400)
    assert len({r["event_type"] for r in history.rows["events"]}) > 62
    breadth = [f for f in CATALOGUE if f.family == "breadth"]
    check(build(history, MIDNIGHTS, features=breadth), read_literally(history, MIDNIGHTS))


@pytest.mark.parametrize(
    "without",
    [
        ("subscriptions", "events", "tickets", "customers"),
        ("transactions", "tickets"),
        ("customers", "transactions", "events", "subscriptions"),
    ],
    ids=["only purchases", "no purchases", "only tickets"],
)
def test_empty_tables_take_their_features_with_them(
    without: tuple[str, ...],
    build: Build,
    write_history: Callable[..., Any],
    read_literally: Callable[..., Any],
) -> None:
    history = write_history(14, without=without)
    frame = build(history, MIDNIGHTS[1:])
    check(frame, read_literally(history, MIDNIGHTS[1:]))
    kept = {"tenure_days"} | {f.name for f in CATALOGUE if not set(f.tables) & set(without)}
    assert set(frame.columns[2:]) == kept - ({"last_payment_failed"} if "transactions" in without else set())


def test_one_customer_with_one_event(
    build: Build, write_history: Callable[..., Any], read_literally: Callable[..., Any]
) -> None:
    history = write_history(15, without=("customers", "subscriptions", "transactions", "events", "tickets"))
    moment = at("2024-06-01")
    history.rows["events"].append(
        {
            "event_id": "e",
            "customer_id": "c",
            "event_type": None,
            "timestamp": moment,
            "recorded_at": moment,
            "superseded_at": None,
        }
    )
    frame = build(history, [moment])
    assert frame.loc[0, "event_count_7d"] == 1
    assert frame.loc[0, "event_kinds_30d"] == 0
    assert frame.loc[0, "days_since_last_event"] == 0


def test_only_the_customers_asked_for(
    build: Build, write_history: Callable[..., Any], read_literally: Callable[..., Any]
) -> None:
    history = write_history(16)
    frame = build(history, MIDNIGHTS, customers=["c003", "c001", "nobody"])
    literal = read_literally(history, MIDNIGHTS)
    check(frame, {key: value for key, value in literal.items() if key[1] in ("c001", "c003")})
