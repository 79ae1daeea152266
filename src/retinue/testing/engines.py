"""What every engine must do for the warehouse to stand on it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.warehouse import Engine, Warehouse, utc_naive
from retinue.warehouse.base import declared_tables
from retinue.warehouse.tables import BOOKKEEPING, TABLES, Column, Kind, Table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_rows", "check_engine"]

_IBIS_TYPES: dict[Kind, str] = {
    "id": "string",
    "text": "string",
    "category": "string",
    "json": "string",
    "money": "decimal(18, 4)",
    "number": "float64",
    "probability": "float64",
    "boolean": "boolean",
    "timestamp": "timestamp",
}

LEARNED = utc_naive(datetime(2026, 1, 1, tzinfo=UTC))


def check_engine(factory: Callable[[], Engine]) -> None:
    """Check an engine against the contract of `retinue.warehouse.Engine`.

    `factory` gives an engine on an empty database each time it is called; the engine is closed here.

    Raises AssertionError with the first promise that is not kept.
    """
    for check in (_tables, _appending, _values, _transactions, _history, _parquet, _erasing):
        engine = factory()
        try:
            _expect(isinstance(engine, Engine), "it has every method of retinue.warehouse.Engine")
            engine.create_tables()
            check(engine)
        finally:
            engine.close()


def arrow_rows(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of a declared table as Arrow in the declared types, with the columns the first row has.

    >>> arrow_rows("tickets", [{"ticket_id": "t", "sentiment_score": 1}]).num_rows
    1
    """
    import pyarrow as pa

    declared = {column.name: column for column in _columns(_declared(name))}
    schema = pa.schema([(key, _arrow_type(declared[key])) for key in rows[0]])
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)


def _tables(engine: Engine) -> None:
    engine.create_tables()
    for declared in declared_tables():
        found = dict(engine.connection.table(declared.name).schema().items())
        for column in _columns(declared):
            kind = str(found.get(column.name))
            # Precision of a time is the engine's own affair as long as it keeps microseconds.
            kind = kind.split("(")[0] if column.kind == "timestamp" else kind
            _expect(
                kind == _IBIS_TYPES[column.kind],
                f"{declared.name}.{column.name} is {_IBIS_TYPES[column.kind]}, not {kind}",
            )
    engine.append("events", arrow_rows("events", [_event("e1")]))
    engine.create_tables()
    _expect(_count(engine, "events") == 1, "create_tables leaves what is there alone")


def _appending(engine: Engine) -> None:
    rows = arrow_rows("events", [_event("e1"), _event("e2")])
    _expect(engine.append("events", rows) == 2, "append returns how many rows it appended")
    _expect(engine.append("events", rows.to_reader(max_chunksize=1)) == 2, "append reads a stream of batches")
    _expect(engine.append("events", rows.slice(0, 0)) == 0, "append takes an empty table")
    _expect(_count(engine, "events") == 4, "append keeps every row it was given, equal ones too")
    turned = rows.select(list(reversed(rows.column_names)))
    engine.append("events", turned)
    last = _rows(engine, "events")[-1]
    _expect(last["event_type"] == "login", "append goes by the names of the columns, not their order")
    _expect(last["metadata"] is None, "a column that is not given is null")


def _values(engine: Engine) -> None:
    import pyarrow as pa

    amounts = [Decimal("99999999999999.9999"), Decimal("0.0001"), Decimal("-12.3400"), Decimal("0.1000")]
    rows = [
        {**_transaction(f"t{i}"), "amount": amount, "product_id": text}
        for i, (amount, text) in enumerate(zip(amounts, ["", "naïve 'quote'", "a\nb", "客"], strict=True))
    ]
    engine.append("transactions", arrow_rows("transactions", rows))
    found = sorted(_rows(engine, "transactions"), key=lambda row: str(row["transaction_id"]))
    _expect([row["amount"] for row in found] == amounts, "money is exact to four places")
    _expect([row["product_id"] for row in found] == [r["product_id"] for r in rows], "text is kept as it is")

    zoned = datetime(2026, 3, 29, 7, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    moment = utc_naive(zoned)
    event = {**_event("e"), "timestamp": zoned, "recorded_at": zoned}
    schema = pa.schema(
        [
            (k, pa.timestamp("us", "+05:30") if isinstance(v, datetime) else pa.string())
            for k, v in event.items()
        ]
    )
    engine.append("events", pa.Table.from_pylist([event], schema=schema))
    _expect(_rows(engine, "events")[0]["timestamp"] == moment, "a time with a zone is stored as UTC, whole")


def _transactions(engine: Engine) -> None:
    rows = arrow_rows("events", [_event("e1")])
    with engine.transaction():
        engine.append("events", rows)
    _expect(_count(engine, "events") == 1, "a transaction that ends well is kept")
    for kind in (RuntimeError, KeyboardInterrupt):
        with contextlib.suppress(kind):
            _broken_off(engine, rows, kind("in the middle"))
            _expect(False, "a transaction passes the error on")
        kept = (_count(engine, "events"), _count(engine, "transactions"))
        _expect(kept == (1, 0), f"nothing of a transaction that ends in {kind.__name__} is kept")
    with engine.transaction():
        engine.append("events", rows)
    _expect(_count(engine, "events") == 2, "after a failed transaction the next one works")


def _broken_off(engine: Engine, rows: pa.Table, error: BaseException) -> None:
    with engine.transaction():
        engine.append("events", rows)
        engine.append("transactions", arrow_rows("transactions", [_transaction("t")]))
        raise error


def _history(engine: Engine) -> None:
    opened, resolved = LEARNED, LEARNED + timedelta(days=5)
    first = {
        "ticket_id": "a",
        "customer_id": "c",
        "opened_at": opened,
        "resolved_at": resolved,
        "resolution_time": 120.0,
        "source": "check",
        "recorded_at": LEARNED + timedelta(days=1),
    }
    second = {**first, "resolution_time": 96.0, "recorded_at": LEARNED + timedelta(days=9)}
    engine.append("tickets", arrow_rows("tickets", [first, second]))
    correction = {
        "table_name": "tickets",
        "row_key": "a",
        "row_recorded_at": first["recorded_at"],
        "superseded_at": second["recorded_at"],
    }
    engine.append("supersessions", arrow_rows("supersessions", [correction]))
    warehouse = Warehouse(engine)
    told: list[tuple[float, list[tuple[datetime | None, float | None]]]] = [
        (0.5, []),
        (1, [(None, None)]),
        (5, [(resolved, 120.0)]),
        (8.9, [(resolved, 120.0)]),
        (9, [(resolved, 96.0)]),
    ]
    for days, expected in told:
        moment = (LEARNED + timedelta(days=days)).replace(tzinfo=UTC)
        seen = warehouse.history("tickets", moment).to_pyarrow().to_pylist()
        found = [(row["resolved_at"], row["resolution_time"]) for row in seen]
        _expect(found == expected, f"history as of day {days} is {expected}, not {found}")


def _erasing(engine: Engine) -> None:
    engine.append("events", arrow_rows("events", [_event("e1"), _event("e2"), _event("e3")]))
    engine.change("events", "event_id", ["e1", "unknown"], None)
    engine.change("events", "event_id", ["e2"], {"customer_id": "somebody", "metadata": None})
    engine.change("events", "event_id", ["e3"], None, where=("event_type", "of another type"))
    engine.change("events", "event_id", [], None)
    for again in (False, True):
        if again:
            engine.rewrite()
        rows = engine.connection.table("events").order_by("event_id").to_pyarrow().to_pylist()
        found = [(row["event_id"], row["customer_id"] == "somebody") for row in rows]
        _expect(found == [("e2", True), ("e3", False)], f"rows are changed and deleted by key, not {found}")
    with engine.transaction():
        engine.append("events", arrow_rows("events", [_event("e4")]))
    count = engine.connection.table("events").count().execute()
    _expect(int(count) == 3, "after it was written anew it goes on")


def _parquet(engine: Engine) -> None:
    import pyarrow.parquet as pq

    rows = [{**_transaction(f"t{i:04}"), "amount": Decimal((i * 37) % 1000)} for i in range(3000)]
    engine.append("transactions", arrow_rows("transactions", rows))
    table = engine.connection.table("transactions")
    wanted = table.order_by([table.amount.desc(), table.transaction_id]).select("transaction_id", "amount")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.parquet"
        engine.to_parquet(wanted, path)
        found = pq.read_table(path).to_pylist()
    ordered = sorted(rows, key=lambda row: (-row["amount"], row["transaction_id"]))
    _expect(
        [row["transaction_id"] for row in found] == [row["transaction_id"] for row in ordered],
        "to_parquet keeps the order of the expression",
    )
    _expect([row["amount"] for row in found] == [row["amount"] for row in ordered], "and exact amounts")


def _event(key: str) -> dict[str, Any]:
    return {
        "event_id": key,
        "customer_id": "c",
        "event_type": "login",
        "timestamp": LEARNED,
        "source": "check",
        "recorded_at": LEARNED,
    }


def _transaction(key: str) -> dict[str, Any]:
    return {
        "transaction_id": key,
        "customer_id": "c",
        "amount": Decimal(1),
        "date": LEARNED,
        "source": "check",
        "recorded_at": LEARNED,
    }


def _declared(name: str) -> Table:
    return next(t for t in declared_tables() if t.name == name)


def _columns(declared: Table) -> tuple[Column, ...]:
    return declared.columns + (BOOKKEEPING if declared in TABLES else ())


def _arrow_type(column: Column) -> Any:
    import pyarrow as pa

    return {
        "money": pa.decimal128(18, 4),
        "number": pa.float64(),
        "probability": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us"),
    }.get(column.kind, pa.string())


def _rows(engine: Engine, name: str) -> list[dict[str, Any]]:
    return list(engine.connection.table(name).to_pyarrow().to_pylist())


def _count(engine: Engine, name: str) -> int:
    return int(engine.connection.table(name).count().execute())


def _expect(kept: bool, promise: str) -> None:
    if not kept:
        raise AssertionError(f"This engine breaks a promise: {promise}.")
