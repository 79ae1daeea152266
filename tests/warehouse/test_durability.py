"""What was kept stays kept, and what was not finished never was, whatever happens to the process."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from retinue.errors import DataError, PluginError
from retinue.settings import load_settings
from retinue.testing import arrow_rows
from retinue.warehouse import Warehouse, open_warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

WRITER = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from retinue.testing import arrow_rows
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

def rows(first, count):
    moment = datetime(2026, 1, 1)
    return arrow_rows("events", [
        {"event_id": f"e{i}", "customer_id": "c", "event_type": "login", "timestamp": moment,
         "source": "test", "recorded_at": moment} for i in range(first, first + count)])

warehouse = Warehouse(DuckDBEngine(Path(sys.argv[1])))
with warehouse.transaction():
    warehouse.engine.append("events", rows(0, 500))
if sys.argv[2] == "committed":
    os.kill(os.getpid(), signal.SIGKILL)
with warehouse.transaction():
    warehouse.engine.append("events", rows(500, 5000))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["committed", "inside"])
def test_kill_9_keeps_what_was_committed_and_nothing_else(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "warehouse.duckdb"
    done = subprocess.run([sys.executable, "-c", WRITER, str(path), moment], check=False, timeout=60)
    assert done.returncode == -9
    with Warehouse(DuckDBEngine(path)) as warehouse:
        assert warehouse.count("events") == 500
        with warehouse.transaction():
            warehouse.engine.append("events", event_rows("after"))
    with Warehouse(DuckDBEngine(path)) as warehouse:
        assert warehouse.count("events") == 501


def event_rows(*keys: str) -> Any:
    moment = datetime(2026, 1, 1)
    return arrow_rows(
        "events",
        [
            {
                "event_id": key,
                "customer_id": "c",
                "event_type": "login",
                "timestamp": moment,
                "source": "test",
                "recorded_at": moment,
            }
            for key in keys
        ],
    )


def test_an_error_of_the_engine_itself_rolls_back_too(warehouse: Warehouse) -> None:
    def half() -> None:
        with warehouse.transaction():
            warehouse.engine.append("events", event_rows("a"))
            warehouse.engine.append("no_such_table", event_rows("b"))

    with pytest.raises(Exception, match="no_such_table"):
        half()
    assert warehouse.count("events") == 0
    with warehouse.transaction():
        warehouse.engine.append("events", event_rows("c"))
    assert warehouse.count("events") == 1


def test_a_warehouse_in_use_says_so(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path\n"
            "from retinue.warehouse.engines.duckdb import DuckDBEngine\n"
            "engine = DuckDBEngine(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(DataError) as caught:
            DuckDBEngine(path)
        assert "Another process" in caught.value.fix
        assert caught.value.where == str(path)
    finally:
        holder.communicate()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(DataError) as caught:
        DuckDBEngine(path)
    assert caught.value.where == str(path)
    assert "backup" in caught.value.fix


def test_a_wrong_memory_limit_is_named() -> None:
    with pytest.raises(DataError) as caught:
        DuckDBEngine(memory_limit="lots")
    assert "warehouse.memory_limit" in caught.value.fix


def test_open_warehouse_takes_engine_path_and_limits_from_the_settings(tmp_path: Path) -> None:
    settings = load_settings(
        tmp_path, {"warehouse": {"path": "facts/own.duckdb", "threads": 1, "memory_limit": "1GB"}}
    )
    with open_warehouse(settings) as warehouse:
        assert warehouse.engine.name == "duckdb"
        limits = warehouse.engine.connection.raw_sql(
            "SELECT current_setting('threads'), current_setting('memory_limit')"
        ).fetchone()
        assert limits[0] == 1
        assert limits[1].startswith("953")
    assert (tmp_path / "facts" / "own.duckdb").exists()


def test_an_unknown_engine_and_an_impossible_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="duckdb"):
        open_warehouse(load_settings(tmp_path, {"warehouse": {"engine": "duckbd"}}))
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError) as caught:
        open_warehouse(load_settings(tmp_path, {"warehouse": {"path": "file/warehouse.duckdb"}}))
    assert caught.value.where.endswith("file")


def test_damage_inside_the_file_is_found_by_check(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with Warehouse(DuckDBEngine(path)) as warehouse:
        warehouse.engine.append("events", event_rows(*(f"{i * 7919 % 100_003:06}" for i in range(60_000))))
    content = bytearray(path.read_bytes())
    for offset in range(12288 + 4096, len(content) - 4096, 4096):
        content[offset : offset + 8] = b"\xff" * 8
    path.write_bytes(content)
    with pytest.raises(DataError), Warehouse(DuckDBEngine(path)) as warehouse:
        warehouse.check()
