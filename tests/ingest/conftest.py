"""A workspace, a warehouse and small helpers for the tests of ingest."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from retinue import ingest
from retinue.ingest import LoadReport, quarantine
from retinue.settings import Settings, load_settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

CLOCK = datetime(2026, 6, 1, tzinfo=UTC)


class Shop:
    """A workspace with an in-memory warehouse; `data` is a folder shaped as our tables."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        self.data.mkdir(parents=True)
        self.warehouse = Warehouse(DuckDBEngine())
        self.clock = CLOCK

    @property
    def settings(self) -> Settings:
        return load_settings(self.root)

    def mapping(self, text: str) -> None:
        (self.root / "retinue.toml").write_text(text, encoding="utf-8")

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def csv(self, name: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> Path:
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, columns or list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def ndjson(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
        return self.file(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def load(self, *, mapped: bool = False, clock: datetime | None = None) -> LoadReport:
        data = None if mapped else self.data
        report = ingest.load(self.warehouse, self.settings, clock=clock or self.clock, data=data)
        for file in report.files:
            parts = file.loaded + file.corrected + file.unchanged + file.duplicates + file.skipped
            assert file.read == parts + file.quarantined, file
        return report

    def replay(self, *, mapped: bool = False, **chosen: Any) -> quarantine.ReplayReport:
        data = None if mapped else self.data
        return quarantine.replay(self.warehouse, self.settings, clock=self.clock, data=data, **chosen)

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        chosen = ", ".join(f'"{c}"' for c in columns) or "*"
        order = ", ".join(str(i) for i in range(1, len(columns) + 1)) or "1"
        found = self.warehouse.engine.raw.execute(
            f'SELECT {chosen} FROM "{table}" ORDER BY {order}'
        ).fetchall()
        return list(found)

    def column(self, table: str, name: str) -> list[Any]:
        return [row[0] for row in self.rows(table, name)]

    def aside(self, **chosen: Any) -> list[quarantine.QuarantinedRow]:
        return quarantine.list_rows(self.warehouse, limit=None, **chosen)

    def as_of(self, table: str, moment: datetime, *columns: str) -> list[tuple[Any, ...]]:
        frame = self.warehouse.history(table, moment).select(*columns).to_pandas()
        return sorted(tuple(row) for row in frame.itertuples(index=False))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop")
    yield made
    made.warehouse.close()


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[Callable[[], Shop]]:
    made: list[Shop] = []

    def make() -> Shop:
        made.append(Shop(tmp_path / f"shop{len(made)}"))
        return made[-1]

    yield make
    for one in made:
        one.warehouse.close()
