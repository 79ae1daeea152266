"""The public conformance check, on DuckDB in memory and on file, and on engines that break a promise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from retinue.testing import check_engine
from retinue.warehouse.engines.duckdb import DuckDBEngine


def test_duckdb_in_memory_conforms() -> None:
    check_engine(DuckDBEngine)


def test_duckdb_on_file_conforms(tmp_path: Path) -> None:
    number = itertools.count()
    check_engine(lambda: DuckDBEngine(tmp_path / f"{next(number)}.duckdb", threads=1))


def test_an_encrypted_file_honours_the_contract_of_engines(tmp_path: Path) -> None:
    number = itertools.count()
    check_engine(lambda: DuckDBEngine(tmp_path / f"{next(number)}.duckdb", threads=1, key="ab" * 32))


class ForgetsRollback(DuckDBEngine):
    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield


class RoundsMoney(DuckDBEngine):
    def create_tables(self) -> None:
        super().create_tables()
        self.raw.execute("ALTER TABLE transactions ALTER amount TYPE DECIMAL(18, 2)")


class SwallowsErrors(DuckDBEngine):
    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            with super().transaction():
                yield
        except RuntimeError:
            return


class LosesOrder(DuckDBEngine):
    def to_parquet(self, expression: Any, path: Path) -> None:
        super().to_parquet(expression.order_by("transaction_id"), path)


class StartsAnew(DuckDBEngine):
    def create_tables(self) -> None:
        for name in ("events", "tickets"):
            self.raw.execute(f"DROP TABLE IF EXISTS {name}")
        super().create_tables()


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (ForgetsRollback, "nothing of a transaction"),
        (RoundsMoney, r"amount is decimal\(18, 4\)"),
        (SwallowsErrors, "passes the error on"),
        (LosesOrder, "keeps the order"),
        (StartsAnew, "leaves what is there alone"),
    ],
)
def test_a_broken_promise_is_named(broken: type[DuckDBEngine], promise: str) -> None:
    with pytest.raises(AssertionError, match=promise):
        check_engine(broken)
