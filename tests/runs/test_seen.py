"""A run on old data says so, with the date to take; on fresh data it says nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from retinue import Retinue
from retinue.runs.seen import STALE_DAYS, earned, newest_row, notes
from retinue.simulation import World

END = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    world = World(60, years=0.5, seed=2, end=END, dirt=0.0)
    world.write(folder / "data")
    with Retinue(folder / "w", clock=END) as retinue:
        retinue.load(folder / "data")
        yield retinue


def said_of(retinue, as_of):
    stages = retinue.stages(as_of)
    return notes(stages, newest_row(stages.warehouse, stages.as_of))


def test_fresh_data_need_no_note(shop):
    assert said_of(shop, END) == []
    assert said_of(shop, END + timedelta(days=STALE_DAYS - 1)) == []


def test_old_data_are_named_with_the_date_to_take(shop):
    (said,) = said_of(shop, END + timedelta(days=300))
    assert "of 2025-12-31" in said
    assert "before 2026-10-28" in said
    assert said.endswith("--as-of 2026-01-01")


def test_only_what_was_known_then_counts(shop):
    assert said_of(shop, END - timedelta(days=30)) == []


def test_a_warehouse_without_rows_has_no_age(tmp_path):
    with Retinue(tmp_path, clock=END) as retinue:
        assert said_of(retinue, END) == []
        assert earned(retinue.stages(END)) is None
