"""An encrypted warehouse is the same warehouse, and nothing of it can be read in its files."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from retinue.errors import ArtefactError, DataError, PluginError, StateError
from retinue.privacy.keys import FileKey, Kek
from retinue.settings import Settings, WarehouseSettings
from retinue.warehouse import open_warehouse
from retinue.warehouse.encrypting import decrypt, encrypt
from retinue.warehouse.engines.duckdb import DuckDBEngine
from retinue.warehouse.engines.duckdb_encryption import is_encrypted

PLANTED = b"planted-id"
KEY = "ab" * 32


def settings(folder: Path, *, encrypted: bool) -> Settings:
    return Settings(root=folder, warehouse=WarehouseSettings(encrypt=encrypted))


def plant(chosen: Settings, rows: int = 5_000) -> None:
    with open_warehouse(chosen) as warehouse:
        ids = [f"{PLANTED.decode()}-{n}" for n in range(rows)]
        warehouse.engine.append("customers", pa.table({"customer_id": ids, "account_id": ids}))


def content(chosen: Settings) -> list[Any]:
    with open_warehouse(chosen) as warehouse:
        customers = warehouse.engine.connection.table("customers").order_by("customer_id")
        return customers.to_pyarrow().to_pylist()


def written(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_nothing_of_it_can_be_read_in_any_file_of_an_encrypted_warehouse(tmp_path: Path) -> None:
    for encrypted in (False, True):
        folder = tmp_path / str(encrypted)
        chosen = settings(folder, encrypted=encrypted)
        plant(chosen, 20)  # so few are not compressed
        assert (PLANTED in written(folder)) != encrypted
        assert is_encrypted(chosen.warehouse_path) is encrypted
    assert content(settings(tmp_path / "True", encrypted=True)) == content(
        settings(tmp_path / "False", encrypted=False)
    )
    key = tmp_path / "True" / ".retinue" / "warehouse.duckdb.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_the_log_of_an_open_warehouse_is_encrypted_too(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path / "w.duckdb", key=KEY)
    engine.create_tables()
    engine.raw.execute("CHECKPOINT")
    engine.append("customers", pa.table({"customer_id": [PLANTED.decode()] * 50}))
    logs = list(tmp_path.glob("*.wal"))
    assert logs
    assert PLANTED not in written(tmp_path)
    engine.close()


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_is_spilled_is_encrypted_with_it(tmp_path: Path, encrypted: bool) -> None:
    engine = DuckDBEngine(
        tmp_path / "w.duckdb",
        threads=1,
        memory_limit="30MB",
        temp_directory=tmp_path / "spill",
        key=KEY if encrypted else None,
    )
    # A temporary table larger than the memory: part of it lies in the folder for as long as it is there.
    engine.raw.execute(
        "CREATE TEMP TABLE large AS SELECT i, sha256(i::VARCHAR) || 'planted-id' AS s FROM range(600000) r(i)"
    )
    spilled = written(tmp_path / "spill")
    assert len(spilled) > 1_000_000
    assert (PLANTED in spilled) != encrypted
    engine.close()


def test_the_key_is_shown_by_nothing(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path / "w.duckdb", key=KEY)
    engine.raw.execute("CALL enable_logging(level = 'trace')")
    engine.create_tables()
    engine.raw.execute("SET enable_profiling = 'json'")
    shown = [str(engine.raw.execute("EXPLAIN ANALYZE SELECT count(*) FROM customers").fetchall())]
    for table in (
        "duckdb_settings()",
        "duckdb_databases()",
        "duckdb_secrets()",
        "duckdb_variables()",
    ):
        shown.append(str(engine.raw.execute(f"SELECT * FROM {table}").fetchall()))
    shown.append(str(engine.raw.execute("SELECT message FROM duckdb_logs").fetchall()))
    engine.close()
    for key in (KEY[:-2] + "00", None):
        with pytest.raises(DataError) as caught:
            DuckDBEngine(tmp_path / "w.duckdb", key=key)
        shown += [str(caught.value), caught.value.fix, str(caught.value.__cause__)]
    assert not any(KEY[:16] in text for text in shown)


def test_the_error_says_what_to_do(tmp_path: Path) -> None:
    plain, sealed = settings(tmp_path, encrypted=False), settings(tmp_path, encrypted=True)
    plant(plain, 1)
    with pytest.raises(DataError, match="has no key") as caught:
        open_warehouse(sealed)
    assert "retinue warehouse encrypt" in caught.value.fix
    with pytest.raises(StateError, match="not encrypted"):
        decrypt(plain)
    encrypt(plain)
    with pytest.raises(StateError, match="encrypted already"):
        encrypt(sealed)
    with pytest.raises(DataError) as caught:
        open_warehouse(plain)
    assert "warehouse.encrypt = true" in caught.value.fix
    (tmp_path / ".retinue" / "key").write_text(os.urandom(32).hex())
    with pytest.raises(ArtefactError, match="is wrapped by key:"):
        open_warehouse(sealed)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb_extension_httpfs", None)
    with pytest.raises(PluginError) as caught:
        open_warehouse(settings(tmp_path, encrypted=True))
    assert "retinue[encrypted]" in caught.value.fix


def test_there_and_back_nothing_changes(tmp_path: Path) -> None:
    plain, sealed = settings(tmp_path, encrypted=False), settings(tmp_path, encrypted=True)
    plant(plain)
    before = content(plain)
    assert encrypt(plain)["customers"] == 5_000
    assert PLANTED not in written(tmp_path)
    assert content(sealed) == before
    assert decrypt(sealed)["customers"] == 5_000
    assert content(plain) == before
    assert not (tmp_path / ".retinue" / "warehouse.duckdb.key").exists()


@pytest.mark.parametrize("act", [encrypt, decrypt])
def test_killed_before_the_new_file_counts_the_old_one_is_whole(tmp_path: Path, act: Any) -> None:
    sealed = act is decrypt
    chosen = settings(tmp_path, encrypted=sealed)
    plant(chosen, 300)
    child = os.fork()
    if child == 0:
        os.environ["RETINUE_FAULT"] = f"warehouse.copied_{'plain' if sealed else 'sealed'}:1:kill"
        act(chosen)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert len(content(chosen)) == 300
    assert act(chosen)["customers"] == 300
    assert len(content(settings(tmp_path, encrypted=not sealed))) == 300


def test_the_key_of_a_file_can_be_wrapped_by_another_key(tmp_path: Path) -> None:
    first, second = Kek.of(bytes(32)), Kek.of(os.urandom(32))
    file = tmp_path / "w.duckdb"
    key = FileKey(file, first).make()
    assert FileKey(file, first).make() == key
    assert FileKey(file, first).rewrap(second)
    assert FileKey(file, first).read() == FileKey(file, second).read() == key
    FileKey(file, second).forget_others()
    with pytest.raises(ArtefactError, match=f"wrapped by {second.id}"):
        FileKey(file, first).read()
    FileKey(file, second).path.write_text("{}")
    with pytest.raises(ArtefactError, match="damaged"):
        FileKey(file, second).read()
