"""The hash of what was known: it changes with every visible row and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.pipeline.visible import visible_hash
from retinue.testing import arrow_rows
from retinue.warehouse import Warehouse, utc_naive
from retinue.warehouse.engines.duckdb import DuckDBEngine

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def ago(days: float) -> datetime:
    return utc_naive(NOW - timedelta(days=days))


def event(key: str, *, recorded: float = 1.0) -> dict[str, Any]:
    return {
        "event_id": key,
        "customer_id": "c",
        "event_type": "login",
        "timestamp": ago(recorded),
        "source": "test",
        "recorded_at": ago(recorded),
    }


def correction(key: str, *, version: float = 1.0, told: float = 0.5, table: str = "events") -> dict[str, Any]:
    return {
        "table_name": table,
        "row_key": key,
        "row_recorded_at": ago(version),
        "superseded_at": ago(told),
    }


@pytest.fixture(scope="module")
def shared() -> Iterator[Warehouse]:
    with Warehouse(DuckDBEngine(threads=2)) as opened:
        yield opened


def hash_of(
    warehouse: Warehouse,
    events: list[dict[str, Any]],
    corrections: list[dict[str, Any]] | None = None,
    tickets: list[dict[str, Any]] | None = None,
) -> str:
    for name, rows in (("events", events), ("supersessions", corrections), ("tickets", tickets)):
        warehouse.engine.connection.raw_sql(f"DELETE FROM {name}")
        if rows:
            warehouse.engine.append(name, arrow_rows(name, rows))
    return visible_hash(warehouse, NOW)


BASE = [event("a"), event("b"), event("c", recorded=3)]
TICKET = {
    "ticket_id": "a",
    "customer_id": "c",
    "opened_at": ago(1),
    "source": "test",
    "recorded_at": ago(1),
}


def test_every_visible_change_changes_it_and_each_differently(shared: Warehouse) -> None:
    micro = 1e-6 / 86400
    hashes = [
        hash_of(shared, []),
        hash_of(shared, BASE),
        hash_of(shared, BASE[:2]),
        hash_of(shared, [*BASE, event("d")]),
        hash_of(shared, [*BASE, event("d", recorded=0)]),
        hash_of(shared, [*BASE, event("a")]),
        hash_of(shared, [*BASE, event("d"), event("d")]),
        hash_of(shared, [*BASE, event("e"), event("e")]),
        hash_of(shared, [event("a"), event("b"), event("c", recorded=3 + micro)]),
        hash_of(shared, BASE, [correction("a")]),
        hash_of(shared, BASE, [correction("b")]),
        hash_of(shared, BASE, [correction("a", told=0.25)]),
        hash_of(shared, BASE, [correction("a", version=3)]),
        hash_of(shared, BASE, [correction("a", table="tickets")]),
        hash_of(shared, BASE, None, [TICKET]),
    ]
    assert len(set(hashes)) == len(hashes)


def test_names_and_keys_do_not_run_into_each_other(shared: Warehouse) -> None:
    one = hash_of(shared, BASE, [{**correction("x"), "table_name": "a", "row_key": "bc"}])
    other = hash_of(shared, BASE, [{**correction("x"), "table_name": "ab", "row_key": "c"}])
    assert one != other


def test_what_is_learned_later_changes_nothing(shared: Warehouse) -> None:
    assert hash_of(shared, BASE) == hash_of(
        shared,
        [*BASE, event("late", recorded=-1e-6)],
        [correction("a", told=-1)],
        [{**TICKET, "recorded_at": ago(-1)}],
    )


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(
    ages=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    late=st.lists(st.integers(-5, -1), max_size=5),
    mix=st.randoms(use_true_random=False),
)
def test_neither_order_nor_later_rows_matter(
    shared: Warehouse, ages: list[int], late: list[int], mix: Any
) -> None:
    rows = [event(f"e{i}", recorded=age) for i, age in enumerate(ages)]
    first = hash_of(shared, rows)
    turned = rows + [event(f"l{i}", recorded=age) for i, age in enumerate(late)]
    mix.shuffle(turned)
    assert hash_of(shared, turned) == first
    assert hash_of(shared, rows[:-1]) != first
