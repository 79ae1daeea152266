"""Loading outcomes: the same twice changes nothing, a correction is kept as one, bad rows are set aside."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from retinue.errors import DataError, UsageError
from retinue.ingest import quarantine
from retinue.outcomes import load
from retinue.settings import load_settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

CLOCK = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2026, 6, 2, tzinfo=UTC)
ROWS = [
    {"outcome_id": "o1", "decision_id": "d1", "customer_id": "c1", "retained": "true", "revenue": "10.50",
     "observed_at": "2026-05-01"},
    {"outcome_id": "o2", "decision_id": "", "customer_id": "c2", "retained": "false", "revenue": "0",
     "observed_at": "2026-05-02T08:00:00Z"},
    {"outcome_id": "o3", "decision_id": "d3", "customer_id": "c3", "retained": "perhaps", "revenue": "1",
     "observed_at": "2026-05-03"},
]  # fmt: skip


@pytest.fixture
def warehouse():
    with Warehouse(DuckDBEngine()) as made:
        yield made


def everything(warehouse: Warehouse) -> bytes:
    """All that a load may write, as bytes."""
    raw = warehouse.engine.raw
    names = ("outcomes", "supersessions", "quarantine", "quarantine_releases", "loads")
    return repr([raw.execute(f'SELECT * FROM "{n}" ORDER BY ALL').fetchall() for n in names]).encode()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".ndjson"])
def test_the_same_file_twice_changes_not_a_byte(tmp_path: Path, warehouse: Warehouse, suffix: str) -> None:
    path = tmp_path / f"reported{suffix}"
    table = pd.DataFrame(ROWS)
    if suffix == ".csv":
        table.to_csv(path, index=False)
    elif suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_json(path, orient="records", lines=True)
    settings = load_settings(tmp_path)
    first = load(warehouse, settings, path, clock=CLOCK)
    assert (first.loaded, first.quarantined, first.reasons) == (2, 1, {"bad_boolean": 1})
    before = everything(warehouse)
    again = load(warehouse, settings, str(path), clock=LATER)
    assert again.loaded == again.corrected == 0
    assert everything(warehouse) == before


def test_the_same_outcome_in_another_file_or_by_program_changes_no_fact(tmp_path: Path, warehouse) -> None:
    settings = load_settings(tmp_path)
    pd.DataFrame(ROWS[:2]).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame(ROWS[:2]).to_csv(tmp_path / "b.csv", index=False)
    load(warehouse, settings, tmp_path / "a.csv", clock=CLOCK)
    facts = warehouse.engine.raw.execute("SELECT * FROM outcomes ORDER BY ALL").fetchall()
    assert load(warehouse, settings, tmp_path / "b.csv", clock=LATER).unchanged == 2
    rows = [
        {"outcome_id": "o1", "decision_id": "d1", "customer_id": "c1", "retained": True, "revenue": 10.5,
         "observed_at": datetime(2026, 5, 1, tzinfo=UTC)},
    ]  # fmt: skip
    assert load(warehouse, settings, rows, clock=LATER).unchanged == 1
    assert warehouse.engine.raw.execute("SELECT * FROM outcomes ORDER BY ALL").fetchall() == facts


def test_another_content_of_an_id_is_a_correction_that_leaves_the_past_as_it_was(tmp_path, warehouse) -> None:
    settings = load_settings(tmp_path)
    row = {"outcome_id": "o1", "customer_id": "c1", "retained": True, "observed_at": "2026-05-01"}
    load(warehouse, settings, [row], clock=CLOCK)
    done = load(warehouse, settings, [{**row, "retained": False}], clock=LATER)
    assert (done.loaded, done.corrected) == (0, 1)
    before, after = (
        warehouse.history("outcomes", moment).select("retained").execute().retained.tolist()
        for moment in (CLOCK, datetime(2026, 6, 3, tzinfo=UTC))
    )
    assert (before, after) == ([True], [False])
    assert load(warehouse, settings, [{**row, "retained": False}], clock=LATER).unchanged == 1


def test_rows_without_an_id_are_known_by_their_content(tmp_path: Path, warehouse) -> None:
    settings = load_settings(tmp_path)
    row = {"customer_id": "c1", "retained": True, "observed_at": "2026-05-01"}
    assert load(warehouse, settings, [row], clock=CLOCK).loaded == 1
    assert load(warehouse, settings, [row], clock=LATER).unchanged == 1


def test_what_cannot_be_loaded_is_set_aside_or_refused(tmp_path: Path, warehouse) -> None:
    settings = load_settings(tmp_path)
    ahead = {"outcome_id": "o1", "customer_id": "c1", "retained": True, "observed_at": "2026-09-01"}
    assert load(warehouse, settings, [ahead], clock=CLOCK).reasons == {"future_date": 1}
    assert quarantine.list_rows(warehouse)[0].raw["outcome_id"] == "o1"
    with pytest.raises(DataError, match="no field 'retaind'"):
        load(warehouse, settings, [{"customer_id": "c1", "retaind": True}], clock=CLOCK)
    with pytest.raises(DataError, match="There is no file"):
        load(warehouse, settings, tmp_path / "none.csv", clock=CLOCK)
    (tmp_path / "a.xlsx").write_bytes(b"")
    with pytest.raises(UsageError, match="no format"):
        load(warehouse, settings, tmp_path / "a.xlsx", clock=CLOCK)
    assert load(warehouse, settings, [], clock=CLOCK).read == 0
