"""Small warehouses and frames for the churn tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retinue.warehouse import Warehouse, table
from retinue.warehouse.engines.duckdb import DuckDBEngine

MakeWarehouse = Callable[..., Warehouse]


@pytest.fixture(scope="module")
def make_warehouse() -> Iterator[MakeWarehouse]:
    """Build a warehouse in memory from rows by table; what is not said is filled in."""
    with ExitStack() as opened:

        def build(**tables: list[dict[str, Any]]) -> Warehouse:
            warehouse = opened.enter_context(Warehouse(DuckDBEngine()))
            for name, rows in tables.items():
                if not rows:
                    continue
                declared = table(name)
                whole = []
                for number, row in enumerate(rows):
                    happened = row.get(declared.happened) if declared.happened else None
                    defaults = {
                        declared.key: f"{name}-{number}",
                        "source": "test",
                        "recorded_at": happened or datetime(2000, 1, 1),
                    }
                    whole.append(defaults | row)
                names = sorted({c for row in whole for c in row})
                columns = {}
                for column in names:
                    values = [row.get(column) for row in whole]
                    if column in ("amount", "mrr"):
                        columns[column] = pa.array([_decimal(v) for v in values], pa.decimal128(18, 4))
                    elif column == "recorded_at" or _kind(name, column) == "timestamp":
                        columns[column] = pa.array(values, pa.timestamp("us"))
                    else:
                        columns[column] = pa.array(values)
                warehouse.engine.append(name, pa.table(columns))
            return warehouse

        yield build


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.0001"))


def _kind(name: str, column: str) -> str:
    try:
        return table(name).column(column).kind
    except KeyError:
        return "text"


MakeHistory = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


@pytest.fixture(scope="session")
def make_history() -> MakeHistory:
    """A frame and labels of many customers at many dates, with a planted cause or pure noise."""

    def build(
        customers: int = 500,
        dates: int = 12,
        *,
        spacing: int = 45,
        strength: float = 1.6,
        rate: float = -1.5,
        seed: int = 0,
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        generator = np.random.default_rng(seed)
        rows = customers * dates
        first = datetime(2024, 1, 1)
        as_of = np.repeat(
            [np.datetime64(first + timedelta(days=spacing * i), "us") for i in range(dates)], customers
        )
        names = np.tile([f"c{i:05d}" for i in range(customers)], dates)
        personal = np.tile(generator.normal(size=customers), dates)
        cause = personal + 0.5 * generator.normal(size=rows)
        churned = (generator.random(rows) < 1 / (1 + np.exp(-(rate + strength * cause)))).astype(float)
        recency = np.floor(np.exp(2.5 + 0.3 * cause + generator.normal(size=rows)))
        frame = pd.DataFrame(
            {
                "customer_id": names,
                "as_of": as_of,
                "logins_30d": np.round(np.exp(2 - cause)),
                "days_since_last_transaction": recency,
                "noise": generator.normal(size=rows),
                "gappy": np.where(generator.random(rows) < 0.4, np.nan, generator.normal(size=rows)),
                "constant": 3.0,
                "empty": np.nan,
            }
        )
        duration = np.where(churned == 1, np.ceil(90 * generator.random(rows) ** 0.5), 90.0)
        labels = pd.DataFrame(
            {
                "customer_id": names,
                "as_of": as_of,
                "state": "active",
                "churned": churned,
                "days_to_churn": np.where(churned == 1, duration, np.nan),
                "duration_days": duration,
                "observed": churned,
            }
        )
        return frame, labels

    return build
