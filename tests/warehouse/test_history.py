"""Reading as of a time, against a literal reading of the rules in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.testing import arrow_rows
from retinue.warehouse import TABLES, Table, Warehouse, table
from retinue.warehouse.engines.duckdb import DuckDBEngine

START = datetime(2026, 1, 1)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


@dataclass(frozen=True)
class World:
    rows: dict[str, list[dict[str, Any]]]
    corrections: list[dict[str, Any]]


def literal_history(world: World, declared: Table, moment: datetime) -> list[dict[str, Any]]:
    """The rules of `retinue.warehouse.tables`, row by row."""
    seen = []
    for row in world.rows[declared.name]:
        if row["recorded_at"] > moment:
            continue
        replaced = [
            c["superseded_at"]
            for c in world.corrections
            if c["table_name"] == declared.name
            and c["row_key"] == row[declared.key]
            and c["row_recorded_at"] == row["recorded_at"]
        ]
        if replaced and min(replaced) <= moment:
            continue
        happened = row[declared.happened] if declared.happened else None
        if happened is not None and happened > moment:
            continue
        shown = dict(row)
        for column in declared.columns:
            if column.known_from is not None:
                known = row[column.known_from]
                if known is None or known > moment:
                    shown[column.name] = None
        seen.append(shown)
    return sorted(seen, key=lambda r: (r[declared.key], r["recorded_at"]))


MOMENTS = st.integers(0, 12).map(lambda half: day(half / 2))
MAYBE = st.none() | MOMENTS


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rows: dict[str, list[dict[str, Any]]] = {"tickets": [], "subscriptions": [], "customers": []}
    corrections: list[dict[str, Any]] = []
    for name, declared in ((n, table(n)) for n in rows):
        for number in range(draw(st.integers(0, 4))):
            versions = sorted(draw(st.lists(MOMENTS, min_size=1, max_size=3, unique=True)))
            for index, recorded in enumerate(versions):
                row: dict[str, Any] = {declared.key: f"{name[0]}{number}", "customer_id": f"c{number}"}
                if name == "tickets":
                    row |= {"opened_at": draw(MOMENTS), "resolved_at": draw(MAYBE), "resolution_time": 4.5}
                elif name == "subscriptions":
                    row |= {
                        "started_at": draw(MOMENTS),
                        "cancel_requested_at": draw(MAYBE),
                        "ended_at": draw(MAYBE),
                        "end_reason": draw(st.sampled_from([None, "voluntary", "payment"])),
                    }
                else:
                    row |= {"account_created_date": draw(MAYBE), "country": f"v{index}"}
                rows[name].append({**row, "source": "test", "recorded_at": recorded})
                if index + 1 < len(versions):
                    correction = {
                        "table_name": name,
                        "row_key": row[declared.key],
                        "row_recorded_at": recorded,
                        "superseded_at": versions[index + 1],
                    }
                    # A correction may be told twice, for instance when a load is repeated.
                    corrections += [correction] * draw(st.integers(1, 2))
    return World({k: draw(st.permutations(v)) for k, v in rows.items()}, draw(st.permutations(corrections)))


@pytest.fixture(scope="module")
def shared() -> Iterator[Warehouse]:
    with Warehouse(DuckDBEngine(threads=1)) as opened:
        yield opened


def fill(warehouse: Warehouse, world: World) -> None:
    for name in ("customers", "tickets", "subscriptions", "supersessions"):
        warehouse.engine.connection.raw_sql(f"DELETE FROM {name}")
    for name, rows in {**world.rows, "supersessions": world.corrections}.items():
        if rows:
            warehouse.engine.append(name, arrow_rows(name, rows))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), moment=MOMENTS)
def test_history_is_the_literal_reading(shared: Warehouse, world: World, moment: datetime) -> None:
    fill(shared, world)
    for name in world.rows:
        declared = table(name)
        expected = literal_history(world, declared, moment)
        found = shared.history(name, moment).to_pyarrow().to_pylist()
        found.sort(key=lambda r: (r[declared.key], r["recorded_at"]))
        keys = expected[0].keys() if expected else ()
        assert [{k: row[k] for k in keys} for row in found] == expected


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), moment=MOMENTS)
def test_there_is_one_version_per_key_and_later_rows_change_nothing(
    shared: Warehouse, world: World, moment: datetime
) -> None:
    fill(shared, world)
    before = {n: shared.history(n, moment).to_pyarrow().to_pylist() for n in world.rows}
    for name, rows in before.items():
        keys = [row[table(name).key] for row in rows]
        assert len(keys) == len(set(keys))
    earlier = World(
        {n: [r for r in rows if r["recorded_at"] <= moment] for n, rows in world.rows.items()},
        [c for c in world.corrections if c["superseded_at"] <= moment],
    )
    fill(shared, earlier)
    for name, rows in before.items():
        after = shared.history(name, moment).to_pyarrow().to_pylist()
        order = [table(name).key, "recorded_at"]
        assert sorted(after, key=lambda r: [r[k] for k in order]) == sorted(
            rows, key=lambda r: [r[k] for k in order]
        )


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds())
def test_facts_has_every_version_with_the_time_it_was_replaced(shared: Warehouse, world: World) -> None:
    fill(shared, world)
    for name, rows in world.rows.items():
        declared = table(name)
        replaced = {
            (c["row_key"], c["row_recorded_at"]): c["superseded_at"]
            for c in world.corrections
            if c["table_name"] == name
        }
        expected = sorted(
            (r[declared.key], r["recorded_at"], str(replaced.get((r[declared.key], r["recorded_at"]))))
            for r in rows
        )
        found = shared.facts(name).to_pyarrow().to_pylist()
        assert sorted((r[declared.key], r["recorded_at"], str(r["superseded_at"])) for r in found) == expected


def test_the_moment_itself_counts_and_a_microsecond_later_does_not(warehouse: Warehouse, add: Any) -> None:
    row = {"event_id": "e", "customer_id": "c", "event_type": "login", "timestamp": day(1)}
    add("events", [row])
    assert warehouse.history("events", day(1)).count().execute() == 1
    assert warehouse.history("events", day(1) - timedelta(microseconds=1)).count().execute() == 0


def test_a_time_with_a_zone_is_read_as_utc(warehouse: Warehouse, add: Any) -> None:
    add("events", [{"event_id": "e", "customer_id": "c", "event_type": "login", "timestamp": day(1)}])
    berlin = timezone(timedelta(hours=1))
    inside = (day(1) + timedelta(hours=1)).replace(tzinfo=berlin)
    assert warehouse.history("events", inside).count().execute() == 1
    assert warehouse.history("events", inside - timedelta(seconds=1)).count().execute() == 0
    assert warehouse.history("events", day(1).replace(tzinfo=UTC)).count().execute() == 1


def test_a_later_moment_of_a_row_reads_as_null_before_it(warehouse: Warehouse, add: Any) -> None:
    contract = {
        "subscription_id": "s",
        "customer_id": "c",
        "started_at": day(0),
        "current_period_end": day(30),
        "cancel_requested_at": day(3),
        "ended_at": day(5),
        "end_reason": "voluntary",
        "recorded_at": day(0),
    }
    add("subscriptions", [contract])
    told = {}
    for number in (2, 3, 5):
        row = warehouse.history("subscriptions", day(number)).to_pyarrow().to_pylist()[0]
        told[number] = (row["cancel_requested_at"], row["ended_at"], row["end_reason"])
        assert row["current_period_end"] == day(30), "the end that was agreed is known from the start"
    assert told == {
        2: (None, None, None),
        3: (day(3), None, None),
        5: (day(3), day(5), "voluntary"),
    }


def test_a_correction_of_one_table_leaves_equal_keys_elsewhere_alone(warehouse: Warehouse, add: Any) -> None:
    add("events", [{"event_id": "x", "customer_id": "c", "event_type": "login", "timestamp": day(1)}])
    add("tickets", [{"ticket_id": "x", "customer_id": "c", "opened_at": day(1)}])
    add(
        "supersessions",
        [{"table_name": "tickets", "row_key": "x", "row_recorded_at": day(1), "superseded_at": day(2)}],
    )
    assert warehouse.history("events", day(3)).count().execute() == 1
    assert warehouse.history("tickets", day(3)).count().execute() == 0


def test_present_names_the_tables_with_rows(warehouse: Warehouse, add: Any) -> None:
    assert warehouse.present() == ()
    add("tickets", [{"ticket_id": "x", "customer_id": "c", "opened_at": day(1)}])
    assert warehouse.present() == ("tickets",)
    assert warehouse.check() == {"tickets": 1}


@pytest.mark.parametrize("declared", TABLES, ids=lambda t: t.name)
def test_declarations_hold_together(declared: Table) -> None:
    names = declared.column_names
    assert len(set(names)) == len(names)
    assert declared.key in names
    assert declared.column(declared.key).kind == "id"
    assert declared.column(declared.key).required
    assert declared.happened is None or declared.column(declared.happened).kind == "timestamp"
    assert not declared.references_customer or "customer_id" in names
    for column in declared.columns:
        assert column.description
        assert column.known_from is None or declared.column(column.known_from).kind == "timestamp"
        assert not column.personal or column.kind == "text", "only text can be replaced by a token"
    with pytest.raises(KeyError):
        declared.column("no_such_column")
