"""A dry run reads the store wherever it is and writes to a copy that is thrown away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.databases import DATABASES, a_place

from retinue.app import Retinue
from retinue.runs import daily
from retinue.store.runs import list_runs, open_run
from retinue.store.stops import stop, stopped

NOW = datetime(2026, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("before", [True, False])
def test_a_dry_run_writes_to_a_copy(
    database: str, before: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def full(copy: Retinue, as_of: datetime, **_: Any) -> Any:
        seen.append(stopped(copy.store))
        open_run(copy.store, "dry", as_of=as_of, clock=as_of)
        seen.append([run.run_id for run in list_runs(copy.store)])
        return daily.RunResult.__new__(daily.RunResult)

    monkeypatch.setattr(daily, "full", full)
    monkeypatch.setattr(daily, "replace", lambda result, **_: result)
    with a_place(database, tmp_path / "elsewhere") as place:
        monkeypatch.setenv("DATABASE_URL", str(place))
        with Retinue(tmp_path / "shop", overrides={"store": {"url": "${DATABASE_URL}"}}) as retinue:
            retinue.settings.state.mkdir(parents=True)
            (retinue.settings.state / "store.sqlite").write_bytes(b"left from before the store was moved")
            if before:
                open_run(retinue.store, "real", as_of=NOW, clock=NOW)
                stop(retinue.store, who="ada", clock=NOW)
            daily.dry(retinue, NOW, data=None, budget=None)
            assert [run.run_id for run in list_runs(retinue.store)] == (["real"] if before else [])
    assert (seen[0] is not None) is before
    assert sorted(seen[1]) == (["dry", "real"] if before else ["dry"])


def test_a_dry_run_opens_the_copy_of_an_encrypted_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def full(copy: Retinue, as_of: datetime, **_: Any) -> Any:
        seen.extend(copy.warehouse.engine.connection.list_tables())
        return daily.RunResult.__new__(daily.RunResult)

    monkeypatch.setattr(daily, "full", full)
    monkeypatch.setattr(daily, "replace", lambda result, **_: result)
    chosen = {"warehouse": {"path": str(tmp_path / "elsewhere" / "w.duckdb"), "encrypt": True}}
    with Retinue(tmp_path / "shop", overrides=chosen) as retinue:
        assert retinue.warehouse.engine.connection.list_tables()
        daily.dry(retinue, NOW, data=None, budget=None)
    assert "customers" in seen
