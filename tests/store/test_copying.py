"""A store moves to another database with every row, and its numbers go on from where they were."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.databases import DATABASES, an_empty_place
from tests.store.test_versions import all_rows, some_rows, writing

from retinue.errors import UsageError
from retinue.store import Store
from retinue.store.copying import copy
from retinue.store.stops import stop

CLOCK = datetime(2026, 2, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize("to", DATABASES)
def test_every_row_moves_and_numbers_go_on(place: Path | str, to: str, tmp_path: Path) -> None:
    Store(place).close()
    with writing(place) as connection:
        before = some_rows(connection)
    with an_empty_place(to, tmp_path / "other") as target:
        assert copy(place, target) == {table: len(rows) for table, rows in before.items()}
        with writing(target) as connection:
            assert all_rows(connection) == before
        with writing(place) as connection:
            assert all_rows(connection) == before
        moved = Store(target)
        assert stop(moved, who="ada", clock=CLOCK).number == before["switches"][0]["number"] + 1
        moved.close()
        with pytest.raises(UsageError, match="holds something already"):
            copy(place, target)


def test_not_onto_itself(place: Path | str) -> None:
    with pytest.raises(UsageError, match="onto itself"):
        copy(place, place)
