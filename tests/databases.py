"""The databases that can hold the store.

PostgreSQL: the server at TEST_POSTGRES_URL, by default the one of this machine. Making the tables there takes
a second, so each process of tests keeps one schema and empties it before each test.
"""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from retinue.store import Store

__all__ = ["DATABASES", "a_place", "an_empty_place"]

DATABASES = ("sqlite", "postgresql")
SERVER = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")


@contextmanager
def an_empty_place(database: str, folder: Path) -> Iterator[Path | str]:
    """Where a store may be made: a file in the folder, or the URL of an empty schema."""
    if database == "sqlite":
        yield folder / "store.sqlite"
        return
    _or_skip()
    name = _made_schema()
    try:
        yield _url(name)
    finally:
        _dropped(name)


@contextmanager
def a_place(database: str, folder: Path) -> Iterator[Path | str]:
    """Where a store without rows is, or may be made."""
    if database == "sqlite":
        yield folder / "store.sqlite"
        return
    _or_skip()
    name = _kept_schema()
    import psycopg

    with psycopg.connect(SERVER) as server:
        server.execute("SET LOCAL session_replication_role = replica")  # past the triggers
        tables = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [name]).fetchall()
        for (table,) in tables:
            if table != "store_version":
                server.execute(f'DELETE FROM "{name}"."{table}"')
        server.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, 1, false) "
            "FROM pg_sequences WHERE schemaname = %s",
            [name],
        )
    yield _url(name)


def _or_skip() -> None:
    if missing := _missing():
        pytest.skip(missing)


@cache
def _missing() -> str:
    """Why there is no PostgreSQL here; empty when there is one."""
    try:
        import psycopg
    except ImportError:
        return "PostgreSQL: psycopg is not installed (pip install 'retinue[postgres]')"
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"PostgreSQL: no server answers ({str(error).splitlines()[0]}); see TEST_POSTGRES_URL"
    return ""


@cache
def _kept_schema() -> str:
    name = _made_schema()
    atexit.register(_dropped, name)
    Store(_url(name)).close()
    return name


def _made_schema() -> str:
    import psycopg

    name = f"store_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE SCHEMA {name}")
    return name


def _dropped(name: str) -> None:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute("SET client_min_messages = 'warning'")
        server.execute(f"DROP SCHEMA {name} CASCADE")


def _url(schema: str) -> str:
    return f"{SERVER}?options=-csearch_path%3D{schema}"
