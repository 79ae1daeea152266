"""The files: of the declared shape, and with exactly the dirt that is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retinue.simulation import World
from retinue.simulation.dirt import KINDS
from retinue.simulation.rows import TABLES
from retinue.simulation.write import FILES
from retinue.warehouse.tables import TABLES as DECLARED
from retinue.warehouse.tables import table as declared


@pytest.mark.parametrize("name", TABLES)
def test_a_clean_table_keeps_every_promise_of_its_declaration(clean_folder: Path, read, name: str) -> None:
    rows, promise = read(clean_folder, name), declared(name)
    assert list(rows.columns) == [*promise.column_names, "recorded_at"]
    assert len(rows) > 0
    assert not rows.duplicated([promise.key, "recorded_at"]).any()
    for column in promise.columns:
        values = rows[column.name]
        if column.required:
            assert values.notna().all(), column.name
        present = values.dropna()
        if column.allowed:
            assert set(present) <= set(column.allowed), column.name
        if column.kind in ("money", "number", "probability"):
            numbers = pd.to_numeric(present)
            assert np.isfinite(numbers).all()
            if column.minimum is not None:
                assert (numbers >= column.minimum).all(), column.name
            if column.maximum is not None:
                assert (numbers <= column.maximum).all(), column.name
        if column.kind == "timestamp":
            times = pd.to_datetime(present)
            assert times.between("2020-01-01", "2027-02-01").all(), column.name
        if column.kind == "boolean":
            assert set(present) <= {"true", "false"}, column.name
    happened, learned = pd.to_datetime(rows[promise.happened]), pd.to_datetime(rows.recorded_at)
    assert (learned >= happened).all()
    assert (learned <= "2026-01-01").all()


def test_every_declared_table_is_written_under_its_name(clean_folder: Path) -> None:
    assert {t.name for t in DECLARED} == set(TABLES)
    assert {p.name for p in clean_folder.iterdir()} == set(FILES.values())


def test_every_customer_of_a_fact_is_known(clean_folder: Path, read) -> None:
    known = set(read(clean_folder, "customers").customer_id)
    for name in TABLES:
        assert set(read(clean_folder, name).customer_id) <= known


def found(rows: pd.DataFrame, name: str, known: set[str]) -> dict[str, int]:
    """What a reader of the file finds, by rules of its own."""
    broken = rows[~rows.duplicated()]
    text = broken[declared(name).happened].astype(str)
    year = pd.to_numeric(text.str.extract(r"^(\d{4})-", expand=False))
    parsed = pd.to_datetime(text, errors="coerce", format="%Y-%m-%d %H:%M:%S")
    odd = parsed.isna() & ~text.str.startswith("9999")
    learned = pd.to_datetime(broken.recorded_at)
    counts = {
        "duplicate": len(rows) - len(broken),
        "orphan": int((~broken.customer_id.isin(known)).sum()),
        "unparsable_date": int(odd.sum()),
        "ancient_date": int((year == 1900).sum()),
        "far_date": int((year == 9999).sum()),
        "future_date": int(((parsed > learned + pd.Timedelta(days=365)) & (year < 9999)).sum()),
    }
    if name == "transactions":
        finite = np.isfinite(broken.amount)
        counts["not_a_number"] = int(broken.amount.isna().sum())
        counts["infinite_amount"] = int(np.isinf(broken.amount).sum())
        counts["negative_amount"] = int(((broken.amount < 0) & finite & (broken.status == "succeeded")).sum())
        counts["wrong_category"] = int((broken.status == "OK?").sum())
    if name == "subscriptions":
        counts["negative_amount"] = int((pd.to_numeric(broken.mrr) < 0).sum())
        counts["wrong_category"] = int((broken.end_reason == "OK?").sum())
    if name == "events":
        counts["missing_required"] = int(broken.event_type.isna().sum())
    if name == "tickets":
        counts["out_of_range"] = int((pd.to_numeric(broken.sentiment_score) > 1).sum())
    if name == "consents":
        counts["wrong_boolean"] = int((~broken.granted.isin(["true", "false"])).sum())
    return {kind: count for kind, count in counts.items() if kind in ("duplicate", *KINDS[name])}


@pytest.mark.parametrize("name", TABLES)
def test_the_report_counts_exactly_the_dirt_in_the_file(dirty, clean_folder: Path, read, name: str) -> None:
    folder, report = dirty
    known = set(read(clean_folder, "customers").customer_id)
    rows = read(folder, name)
    assert found(rows, name, known) == report[name]
    assert report[name]["duplicate"] > 0
    if name in ("transactions", "events"):
        assert all(report[name][kind] > 0 for kind in KINDS[name])


@pytest.mark.parametrize("name", TABLES)
def test_without_the_dirt_the_clean_table_remains(dirty, clean_folder: Path, read, name: str) -> None:
    rows = read(dirty[0], name).drop_duplicates()
    kept = rows[~rows[declared(name).key].str.endswith("-x")].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, read(clean_folder, name), check_dtype=False)


def test_the_rate_of_dirt_is_the_declared_one(dirty, dirty_world: World, read) -> None:
    folder, report = dirty
    events = report["events"]
    faults = sum(count for kind, count in events.items() if kind != "duplicate")
    clean = len(read(folder, "events")) - faults - events["duplicate"]
    assert faults / clean == pytest.approx(dirty_world.dirt, rel=0.1)
    assert events["duplicate"] / clean == pytest.approx(2.5 * dirty_world.dirt, rel=0.1)


def test_a_clean_world_reports_no_dirt(clean_world: World, tmp_path: Path) -> None:
    report = clean_world.copy().write(tmp_path)["dirt"]
    assert all(counts == {} for counts in report.values())


def test_ingest_sets_aside_exactly_what_was_broken(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from retinue.ingest import load
    from retinue.settings import load_settings
    from retinue.warehouse.base import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    report = World(250, years=1, seed=3, dirt=0.02).write(tmp_path / "data")["dirt"]
    with Warehouse(DuckDBEngine()) as warehouse:
        loaded = load(
            warehouse, load_settings(tmp_path), clock=datetime(2026, 1, 1, tzinfo=UTC), data=tmp_path / "data"
        )
    for file in loaded.files:
        faults = {kind: count for kind, count in report[file.table].items() if kind != "duplicate"}
        assert sum(file.reasons.values()) == sum(faults.values()), file.table
        assert file.duplicates == report[file.table].get("duplicate", 0), file.table
