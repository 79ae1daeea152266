"""The engine keeps to its limit, and gives memory back when it is told to rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from retinue.warehouse.engines import duckdb as module
from retinue.warehouse.engines.duckdb import DuckDBEngine

HELD = "SELECT coalesce(sum(memory_usage_bytes), 0) FROM duckdb_memory()"


def test_a_resting_engine_holds_less_and_answers_the_same(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path / "w.duckdb", threads=1)
    engine.raw.execute("CREATE TABLE big AS SELECT hash(range)::VARCHAR AS text FROM range(10_000_000)")
    engine.raw.execute("CHECKPOINT")
    wanted = engine.raw.execute("SELECT max(text), count(*) FROM big").fetchone()
    before = engine.raw.execute(HELD).fetchone()[0]
    limit = engine.raw.execute("SELECT current_setting('memory_limit')").fetchone()
    engine.rest()
    after = engine.raw.execute(HELD).fetchone()[0]
    assert before > 80e6
    assert after < 70e6
    assert engine.raw.execute("SELECT current_setting('memory_limit')").fetchone() == limit
    assert engine.raw.execute("SELECT max(text), count(*) FROM big").fetchone() == wanted
    engine.close()


@pytest.mark.parametrize(("told", "wanted"), [(None, "1.3 GiB"), ("100MB", "95.3 MiB")])
def test_what_the_engine_may_hold(told: str | None, wanted: str) -> None:
    engine = DuckDBEngine(memory_limit=told)
    assert module.MEMORY_LIMIT == "1500MB"
    assert engine.raw.execute("SELECT current_setting('memory_limit')").fetchone() == (wanted,)
    engine.close()
