"""Snapshots from partials kept per customer and day equal those from the rows, whatever happens between."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from retinue import faults
from retinue.features import build_snapshots, catalogue, read_frame
from retinue.features import refresh as refresh_module
from retinue.features.declare import minimum
from retinue.settings import FeatureSettings
from retinue.warehouse.base import Warehouse
from retinue.warehouse.tables import table

at = datetime.fromisoformat
START, DAYS = at("2024-06-01"), (0, 1, 31, 200)
TABLES = ("transactions", "events", "tickets")
SOAK = [pytest.mark.slow, pytest.mark.whole]


@pytest.fixture
def frames(tmp_path: Path, feature_settings: FeatureSettings) -> Callable[..., pd.DataFrame]:
    def build(warehouse: Warehouse, dates: list[datetime], *, partials: bool) -> pd.DataFrame:
        out = tmp_path / "snapshot.parquet"
        build_snapshots(warehouse, dates, out, settings=feature_settings, partials=partials)
        return read_frame(out)

    return build


def states(warehouse: Warehouse) -> dict[str, str]:
    rows = warehouse.engine.connection.table("daily_partials").to_pyarrow().to_pylist()
    return {row["table_name"]: row["state"] for row in rows}


def sizes(warehouse: Warehouse) -> dict[str, int]:
    return {t: warehouse.count(f"daily_{t}") for t in TABLES}


def append(warehouse: Warehouse, history: Any, keep: Callable[[dict[str, Any]], bool]) -> None:
    """The rows of a history that `keep` chooses, with their corrections, into a warehouse that has others."""
    chosen = copy.deepcopy(history)
    for name, rows in chosen.rows.items():
        chosen.rows[name] = [row for row in rows if keep(row)]
    with chosen.warehouse() as other:
        for name in (*chosen.rows, "supersessions"):
            rows = other.engine.connection.table(name).to_pyarrow()
            if rows.num_rows:
                warehouse.engine.append(name, rows)


@pytest.fixture(autouse=True)
def one_of_each(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A catalogue with every kind of measure, which compiles in a fraction of the time of the whole."""
    if "whole" in request.keywords:
        return
    wanted = (
        *("event_count_30d", "login_count_90d", "active_days_90d", "event_kinds_90d", "breadth_kept"),
        *("event_trend_30d", "days_since_last_login", "mean_activity_gap_365d", "event_rate_change_30d"),
        *("lifetime_amount", "largest_transaction_365d", "transaction_amount_trend_180d", "tenure_days"),
        *("purchase_burstiness", "first_purchase_share", "purchase_span_days", "purchase_days_90d"),
        *("open_tickets", "mean_resolution_hours_180d", "mean_sentiment_90d", "mrr"),
    )
    few = tuple(f for f in catalogue.CATALOGUE if f.name in wanted)
    assert len(few) == len(wanted)
    # No feature of the catalogue takes a least value, but a declaration may.
    least = replace(
        few[0],
        name="worst_sentiment_365d",
        value=minimum("tickets", lambda row, _: row.sentiment_score).over(365),
    )
    monkeypatch.setattr(catalogue, "CATALOGUE", (*few, least))


@pytest.mark.parametrize(
    "seed",
    [0, *(pytest.param(s, marks=SOAK) for s in range(1, 9))],
)
@pytest.mark.slow
def test_full_and_incremental_are_equal_day_after_day(
    seed: int, write_history: Callable[..., Any], frames: Callable[..., pd.DataFrame]
) -> None:
    """Rows arrive on the day they are known, late ones late, some long after with a date of before."""
    history = write_history(seed + 40, customers=12, dirt=[0.3, 0.9, 0.6, 0.0][seed % 4])
    draw = random.Random(seed)
    rows = [row for rows in history.rows.values() for row in rows]
    # A third of the rows come later than they say: a source was connected late, or sent its backlog.
    arrives = {id(r): r["recorded_at"] + timedelta(days=draw.choice([0, 0, 40])) for r in rows}
    # What corrects a row is told with it, or later still.
    with Warehouse(_engine()) as warehouse:
        loaded: set[str] = set()
        for day in DAYS:
            date = START + timedelta(days=day)
            coming = [row for row in rows if arrives[id(row)] <= date and _name(row) not in loaded]
            names = {_name(row) for row in coming}
            append(warehouse, history, lambda row, names=names: _name(row) in names)  # type: ignore[misc]
            loaded |= names
            dates = [date - timedelta(days=35), date]
            kept, full = (frames(warehouse, dates, partials=p) for p in (True, False))
            pd.testing.assert_frame_equal(kept, full, check_exact=True)
        # An earlier date, and many, from what was kept for the last one.
        past = [START - timedelta(days=200), START, START + timedelta(days=31)]
        kept, full = (frames(warehouse, past, partials=p) for p in (True, False))
        pd.testing.assert_frame_equal(kept, full, check_exact=True)
        assert set(states(warehouse)) == set(TABLES)


def _engine() -> Any:
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    return DuckDBEngine(threads=1)


def _name(row: dict[str, Any]) -> str:
    keys = [
        f"{k}={row[k]}" for k in ("transaction_id", "event_id", "ticket_id", "subscription_id") if k in row
    ]
    return "|".join([row["customer_id"], str(row["recorded_at"]), *keys])


@pytest.fixture
def kept(write_history: Callable[..., Any], frames: Callable[..., pd.DataFrame]) -> Iterator[Warehouse]:
    """A warehouse whose partials are up to date at START."""
    with write_history(50, customers=40).warehouse() as warehouse:
        frames(warehouse, [START], partials=True)
        yield warehouse


def event(warehouse: Warehouse, key: str, who: str, when: datetime, known: datetime) -> None:
    rows = {
        "event_id": [key],
        "customer_id": [who],
        "event_type": ["login"],
        "timestamp": pa.array([when], pa.timestamp("us")),
        "source": ["test"],
        "recorded_at": pa.array([known], pa.timestamp("us")),
    }
    warehouse.engine.append("events", pa.table(rows))


def changed(warehouse: Warehouse, before: pd.DataFrame) -> pd.DataFrame:
    """The partials of events that are not those of before."""
    after = warehouse.engine.connection.table("daily_events").execute()
    both = pd.concat([before.assign(side=0), after.assign(side=1)])
    return both.drop_duplicates([c for c in both.columns if c != "side"], keep=False)


def test_nothing_is_touched_when_nothing_is_new(
    kept: Warehouse, frames: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = states(kept)

    def never(*_: Any) -> None:
        raise AssertionError("the description was withdrawn")

    monkeypatch.setattr(refresh_module._Refresh, "_withdraw", never)
    frames(kept, [START], partials=True)
    assert states(kept) == before


def test_checksums_stay_exact_however_many_rows_there_are(kept: Warehouse) -> None:
    """Beyond 2^53 a sum of floats depends on its order, and the ledger would never agree with itself."""
    ledger = kept.engine.connection.table("daily_ledger").execute()
    assert len(ledger) > 100
    assert (ledger["checksum"] < refresh_module.MODULUS * ledger["rows"]).all()
    assert 20e9 * refresh_module.MODULUS > 2**53 > 8e9 * refresh_module.MODULUS


def test_a_late_row_repairs_the_partial_it_belongs_to(
    kept: Warehouse, frames: Callable[..., pd.DataFrame]
) -> None:
    before = kept.engine.connection.table("daily_events").execute()
    event(kept, "late", "c001", START - timedelta(days=100, hours=3), START - timedelta(hours=5))
    found = frames(kept, [START], partials=True)
    differing = changed(kept, before)
    assert set(differing["customer_id"]) == {"c001"}
    assert len(differing) == 1
    pd.testing.assert_frame_equal(found, frames(kept, [START], partials=False), check_exact=True)


def test_a_correction_repairs_the_customers_day(kept: Warehouse, frames: Callable[..., pd.DataFrame]) -> None:
    rows = kept.history("events", START).execute()
    row = rows.iloc[len(rows) // 2]
    before = kept.engine.connection.table("daily_events").execute()
    kept.engine.append(
        "supersessions",
        pa.table(
            {
                "table_name": ["events"],
                "row_key": [row["event_id"]],
                "row_recorded_at": pa.array([row["recorded_at"]], pa.timestamp("us")),
                "superseded_at": pa.array([START + timedelta(hours=1)], pa.timestamp("us")),
            }
        ),
    )
    tomorrow = START + timedelta(days=1)
    found = frames(kept, [START, tomorrow], partials=True)
    pd.testing.assert_frame_equal(found, frames(kept, [START, tomorrow], partials=False), check_exact=True)
    differing = changed(kept, before)
    new = differing["known"] == pd.Timestamp(tomorrow)
    old = differing[~new]
    assert set(old["customer_id"]) == {row["customer_id"]}
    assert old["at"].dt.normalize().nunique() == 1


def test_erased_rows_leave_the_partials(kept: Warehouse, frames: Callable[..., pd.DataFrame]) -> None:
    connection = kept.engine.connection
    rows = connection.table("events")
    kept.engine.delete("events", rows.filter(rows.customer_id == "c003").select("event_id"))
    found = frames(kept, [START], partials=True)
    assert "c003" not in set(connection.table("daily_events").customer_id.to_pyarrow().to_pylist())
    pd.testing.assert_frame_equal(found, frames(kept, [START], partials=False), check_exact=True)


def test_a_new_kind_and_a_changed_setting_are_seen(
    kept: Warehouse, frames: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    event(kept, "new", "c002", START - timedelta(hours=2), START - timedelta(hours=1))
    kept.engine.raw.execute("UPDATE events SET event_type = 'brand_new' WHERE event_id = 'new'")
    found = frames(kept, [START], partials=True)
    pd.testing.assert_frame_equal(found, frames(kept, [START], partials=False), check_exact=True)
    other = FeatureSettings(login_events=("kind1",))
    results = []
    for partials in (True, False):
        out = tmp_path / f"{partials}.parquet"
        build_snapshots(kept, [START], out, settings=other, partials=partials)
        results.append(read_frame(out))
    pd.testing.assert_frame_equal(*results, check_exact=True)
    assert not results[0]["login_count_90d"].equals(found["login_count_90d"])


def test_many_small_days_are_put_in_order_again(
    kept: Warehouse, frames: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_module, "REBUILD_ABOVE", 0.0)
    event(kept, "next", "c000", START + timedelta(hours=2), START + timedelta(hours=2))
    for day in (1, 2):
        frames(kept, [START + timedelta(days=day)], partials=True)
    ids = kept.engine.connection.table("daily_events").customer_id.to_pyarrow().to_pylist()
    assert ids == sorted(ids)


def test_who_is_killed_between_builds_them_again(
    kept: Warehouse, frames: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    event(kept, "x", "c001", START - timedelta(days=3), START - timedelta(days=2))

    def die(name: str) -> None:
        if name == "features.daily_changed":
            raise KeyboardInterrupt

    monkeypatch.setattr(faults, "point", die)
    with pytest.raises(KeyboardInterrupt):
        frames(kept, [START], partials=True)
    assert "events" not in states(kept)
    monkeypatch.undo()
    found = frames(kept, [START], partials=True)
    pd.testing.assert_frame_equal(found, frames(kept, [START], partials=False), check_exact=True)
    assert "events" in states(kept)


def test_times_of_day_are_read_from_the_rows(kept: Warehouse, frames: Callable[..., pd.DataFrame]) -> None:
    before = states(kept)
    dates = [START + timedelta(days=3, hours=7)]
    kept_frame, full = (frames(kept, dates, partials=p) for p in (True, False))
    pd.testing.assert_frame_equal(kept_frame, full, check_exact=True)
    assert states(kept) == before


def test_keys_of_partials_name_what_they_hold(kept: Warehouse) -> None:
    assert table("events").key == "event_id"
    columns = kept.engine.connection.table("daily_events").columns
    assert list(columns[:4]) == ["customer_id", "at", "known", "superseded_at"]
