"""The tables are those of the newest migration; a store of any version is brought up or refused by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, insert, inspect, select, text

from retinue.errors import ArtefactError, StoreUnavailable, UsageError
from retinue.store import STORE_VERSION, Store
from retinue.store.base import declared
from retinue.store.consents import newest_from_warehouse, words_of_one
from retinue.store.deliveries import delivery_of
from retinue.store.engines import address_of, hold_writing, open_engine
from retinue.store.history import protection
from retinue.store.ledger import Claim, Grant, reserve
from retinue.store.migrating import bring, configured
from retinue.store.runs import open_run
from retinue.store.versions import VERSION_TABLE, migrate, status, version_of

NOW = datetime(2026, 2, 14, tzinfo=UTC)


@contextmanager
def writing(place: Path | str) -> Iterator[Connection]:
    engine = open_engine(address_of(place))
    with engine.connect() as connection:
        hold_writing(connection)
        yield connection
        connection.commit()
    engine.dispose()


def protections(connection: Connection) -> set[tuple[str, ...]]:
    """Every trigger with what it does, and every function."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname::text, replace(pg_get_triggerdef(t.oid) || prosrc, current_schema() || '.', '') "
            "FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid JOIN pg_class c ON c.oid = tgrelid "
            "WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        )
    return {tuple(row) for row in connection.execute(text(query))}


def differences(connection: Connection) -> list[Any]:
    """What the declared tables have more or less than the database."""
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name != VERSION_TABLE,
        },
    )
    return list(compare_metadata(context, declared().metadata))


def some_rows(connection: Connection) -> dict[str, list[Any]]:
    """A row in each table that is there, and what the tables hold then."""
    for table in tables_of(connection):
        values: dict[str, Any] = {}
        for column in table.columns:
            kind = column.type.python_type
            values[column.name] = {
                str: column.name[:5],
                int: 7,
                float: 0.25,
                bool: True,
                datetime: datetime(2026, 2, 14, 9, 30, 0, 123456),
                bytes: b"\x00sealed\xff",
                object: {"name": "Zoë", "list": [1, None], "customer_id": "custo"},
            }[kind]
        there = columns_of(connection, table)
        connection.execute(insert(table).values({name: values[name] for name in there}))
    return all_rows(connection)


def all_rows(connection: Connection) -> dict[str, list[Any]]:
    """Table to its rows, each by the columns that are there."""
    found = {}
    for table in tables_of(connection):
        there = columns_of(connection, table)
        rows = connection.execute(select(*(table.c[name] for name in there)))
        found[table.name] = [dict(row) for row in rows.mappings()]
    return found


def columns_of(connection: Connection, table: Table) -> list[str]:
    """The declared columns that are there; later versions have more."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return [column.name for column in table.columns if column.name in there]


def of_then(rows: dict[str, list[Any]], then: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Rows without the columns that there were not then."""
    return {
        name: [
            {column: value for column, value in row.items() if not then.get(name) or column in then[name][0]}
            for row in held
        ]
        for name, held in rows.items()
    }


LATER = {
    "audit",
    "audit_head",
    "inbox_events",
    "keysets",
    "oauth_clients",
    "oauth_codes",
    "oauth_grants",
    "oauth_refresh_tokens",
    "oauth_revoked_tokens",
    "prediction_jobs",
    "privacy_requests",
    "signing_keys",
    "subject_keys",
}
"""Tables that are not of the first version: going back to it takes them away."""


def tables_of(connection: Connection) -> list[Table]:
    """The declared tables that are there; later versions have more."""
    there = set(inspect(connection).get_table_names())
    return [table for table in declared().metadata.sorted_tables if table.name in there]


def filled(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without the tables that hold nothing."""
    return {name: held for name, held in rows.items() if held}


def test_the_declared_tables_are_those_of_the_migrations(empty_place: Path | str) -> None:
    with writing(empty_place) as connection:
        bring(connection, STORE_VERSION)
        assert differences(connection) == []
        migrated = protections(connection)
        bring(connection, "base")
        assert version_of(connection) is None
        assert set(inspect(connection).get_table_names()) <= {VERSION_TABLE}
        assert protections(connection) == set()
    store = Store(empty_place)
    with store.engine.connect() as connection:
        assert differences(connection) == []
        assert protections(connection) == migrated
        assert version_of(connection) == STORE_VERSION
    store.close()


def test_the_newest_migration_is_the_version_that_is_needed() -> None:
    with open_engine(address_of("sqlite://" + "/:memory:")).connect() as connection:
        script = ScriptDirectory.from_config(configured(connection))
    assert script.get_current_head() == STORE_VERSION
    numbers = [found.revision for found in script.walk_revisions()]
    assert numbers == [f"{n:04}" for n in range(len(numbers), 0, -1)]


def test_a_file_of_the_first_version_is_brought_up_and_keeps_its_rows(tmp_path: Path) -> None:
    place = tmp_path / "store.sqlite"
    with writing(place) as connection:
        bring(connection, "0001")
        before = some_rows(connection)
    Store(place).close()
    with writing(place) as connection:
        assert of_then(filled(all_rows(connection)), before) == before
        assert [row["customer_id"] for row in all_rows(connection)["inbox_outcomes"]] == ["custo"]
        assert version_of(connection) == STORE_VERSION
    backups = list(tmp_path.glob("*.backup"))
    assert len(backups) == 1
    for backup in backups:
        with closing(sqlite3.connect(backup)) as kept:
            assert kept.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() == ("0001",)


def test_up_and_down_and_up_keeps_every_row(empty_place: Path | str) -> None:
    Store(empty_place).close()
    with writing(empty_place) as connection:
        before = some_rows(connection)
    with pytest.raises(ArtefactError, match="Sealed values would be lost"):
        migrate(empty_place, "0001")
    with writing(empty_place) as connection:
        assert all_rows(connection) == before
        connection.execute(text("DELETE FROM subject_keys"))
        connection.execute(text("DELETE FROM keysets"))
    assert migrate(empty_place, "0001") == (STORE_VERSION, "0001")
    with writing(empty_place) as connection:
        kept = all_rows(connection)
    assert kept == of_then({name: before[name] for name in kept}, kept)
    assert before.keys() - kept.keys() == LATER
    assert status(empty_place).state == "older"
    assert migrate(empty_place) == ("0001", STORE_VERSION)
    with writing(empty_place) as connection:
        for row in before["rules"]:
            row["examples"] = None  # a column that is not of the first version comes back empty
        assert filled(all_rows(connection)) == {name: before[name] for name in before.keys() - LATER}
        assert differences(connection) == []


def test_older_tables_on_a_server_are_refused_with_the_command(empty_place: Path | str) -> None:
    if isinstance(empty_place, Path):
        return
    with writing(empty_place) as connection:
        bring(connection, "0001")
    with pytest.raises(ArtefactError, match=f"of version 0001; this Retinue needs {STORE_VERSION}") as caught:
        Store(empty_place)
    assert "retinue store migrate" in caught.value.fix
    assert status(empty_place).version == "0001"
    assert migrate(empty_place) == ("0001", STORE_VERSION)
    Store(empty_place).close()


def test_a_newer_store_is_refused_and_left_as_it_is(empty_place: Path | str) -> None:
    with writing(empty_place) as connection:
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('9999')"))
    for attempt in (Store, migrate):
        with pytest.raises(ArtefactError, match="newer version"):
            attempt(empty_place)
    assert status(empty_place).state == "newer"
    with writing(empty_place) as connection:
        assert inspect(connection).get_table_names() == [VERSION_TABLE]


def test_a_file_of_a_program_after_this_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 5")
    with pytest.raises(ArtefactError, match="newer version"):
        Store(path)
    Store(tmp_path / "new.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "new.sqlite")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,), "programs from before refuse it"


def test_there_is_no_such_version(tmp_path: Path) -> None:
    for name in ("base", "0000", "9999", "-1", "1"):
        with pytest.raises(UsageError, match=f"no version {name}"):
            migrate(tmp_path / "store.sqlite", name)
    assert list(tmp_path.iterdir()) == []


def test_tables_of_another_program_are_left_alone(empty_place: Path | str) -> None:
    if isinstance(empty_place, Path):
        return
    with writing(empty_place) as connection:
        connection.execute(text("CREATE TABLE rules (id integer)"))
    for attempt in (Store, migrate):
        with pytest.raises(ArtefactError, match="another program"):
            attempt(empty_place)
    assert status(empty_place).state == "unnumbered"
    with writing(empty_place) as connection:
        assert inspect(connection).get_table_names() == ["rules"]


def unnumbered(path: Path, *statements: str) -> None:
    """A file as programs made it before versions were numbered."""
    with writing(path) as connection:
        bring(connection, "0001")
        for statement in (
            f"DROP TABLE {VERSION_TABLE}",
            *statements,
            "PRAGMA user_version = 3",
        ):
            connection.exec_driver_sql(statement)


def test_a_file_without_a_number_is_numbered(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    unnumbered(path)
    Store(path).close()
    assert status(path).state == "current"


DELIVERY = (
    "INSERT INTO deliveries (delivery_id, decision_id, campaign_id, customer_id, channel, kind, purpose,"
    " content, planned_cents, state, reason, planned_at, due_at, expires_at, tries, fence, changed_at, over)"
    " VALUES ('{0}', 'd', 'c', 'C1', 'hook', 'message', 'retention', '{{}}', 5, '{0}', '',"
    " '2026-02-14', '2026-02-14', '2026-02-14', 1, 1, '2026-02-14', 1)"
)
WORD = (
    "INSERT INTO consent_words (consent_id, customer_id, channel, purpose, granted, valid_from, recorded_at,"
    " copied, told) VALUES ('k', 'C1', 'email', 'retention', 0, '2026-02-14 00:00:00', '2026-02-14 00:00:00',"
    " 1, 1)"
)


def test_a_file_that_lacks_columns_and_tables_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    unnumbered(
        path,
        DELIVERY.format("sending"),
        DELIVERY.format("sent"),
        WORD,
        "ALTER TABLE deliveries DROP COLUMN over",
        "ALTER TABLE deliveries DROP COLUMN announced_at",
        "ALTER TABLE consent_words DROP COLUMN copied",
        "ALTER TABLE runs ADD COLUMN folder VARCHAR NOT NULL DEFAULT ''",
        "DROP TABLE budget_entries",
        "DROP TABLE budget_accounts",
        "DROP TABLE budget_grants",
        "DROP TABLE reviews",
    )
    store = Store(path)
    sending, sent = delivery_of(store, "sending"), delivery_of(store, "sent")
    assert sending is not None
    assert sent is not None
    assert (sending.over, sent.over) == (False, True), "what was being sent may still be under way"
    assert len(words_of_one(store, "C1")) == 1
    assert newest_from_warehouse(store) is None, "they are copied again"
    assert open_run(store, "a", as_of=NOW, clock=NOW).campaign_id == "CAMP_2026_02_14_001"
    assert reserve(store, "a", [Claim("a-1", "Basic", 1_000)], Grant(), as_of=NOW) == 1_000
    with store.engine.connect() as connection:
        assert differences(connection) == []
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.sqlite.unnumbered.backup")) as kept:
        assert kept.execute("SELECT count(*) FROM deliveries").fetchone() == (2,)


def test_a_file_that_cannot_be_brought_up_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    unnumbered(path, DELIVERY.format("sent"), "ALTER TABLE deliveries DROP COLUMN purpose")
    with pytest.raises(ArtefactError, match="cannot be brought up to date") as caught:
        Store(path)
    assert caught.value.where == "table deliveries, column purpose"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM deliveries").fetchone() == (1,)
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)


def test_a_migration_that_fails_leaves_everything_as_it_was(empty_place: Path | str) -> None:
    with writing(empty_place) as connection:
        bring(connection, "0001")
        last = protection("delivery_steps", "theirs", connection.dialect.name, ("UPDATE",))[-1]
        in_the_way = last.replace("delivery_steps_only_added()", "switches_only_added()")
        connection.exec_driver_sql(in_the_way)
        before = protections(connection)
    with pytest.raises(ArtefactError, match=r"they are as they were.*\n.*\n.*already exists"):
        migrate(empty_place)
    with writing(empty_place) as connection:
        assert protections(connection) == before
        assert version_of(connection) == "0001"


def test_the_password_of_a_server_is_never_shown() -> None:
    place = "postgresql://ada:geheim@127.0.0.1:1/nowhere"
    for attempt in (Store, status, migrate):
        with pytest.raises(StoreUnavailable) as caught:
            attempt(place)
        assert "geheim" not in f"{caught.value} {caught.value.as_dict()}"
