"""The history of a roll-out: only added to, and read as of a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from retinue.store import Store
from retinue.store.rollout import Kind, Phase, Size, Step, add_step, fix_size, size_of, step_at, steps

DAY = timedelta(days=1)
T0 = datetime(2026, 2, 14, 5)


def step(phase: Phase, since: datetime, kind: Kind = "advance") -> Step:
    return Step(phase, kind, since, since, "ada", "why", True, ({"condition": "days", "met": False},))


def test_the_newest_step_by_a_time_is_in_force(store: Store) -> None:
    assert step_at(store, T0) is None
    made = [step("pilot", T0, "begin"), step("expand", T0 + 30 * DAY), step("pilot", T0 + 40 * DAY, "back")]
    for one in made:
        add_step(store, one)
    assert step_at(store, T0 - DAY) is None
    assert step_at(store, T0.replace(tzinfo=UTC)) == made[0]
    assert step_at(store, T0 + 35 * DAY) == made[1]
    assert step_at(store, T0 + 99 * DAY) == made[2]
    assert steps(store) == made[::-1]
    assert made[1].as_dict()["since"] == "2026-03-16T05:00:00Z"


def test_whom_a_phase_takes_in_is_fixed_once(store: Store) -> None:
    assert size_of(store, "pilot") is None
    first = Size("pilot", 0.25, 40_000, "salt")
    assert fix_size(store, first, clock=T0) == first
    assert fix_size(store, Size("pilot", 0.5, 80_000, "other"), clock=T0) == first
    assert size_of(store, "pilot") == first


@pytest.mark.parametrize("table", ["rollout_steps", "rollout_sizes"])
@pytest.mark.parametrize("change", ["UPDATE {} SET phase = 'full'", "DELETE FROM {}"])
def test_history_cannot_be_changed(store: Store, table: str, change: str) -> None:
    add_step(store, step("pilot", T0))
    fix_size(store, Size("pilot", 0.25, 1, "salt"), clock=T0)
    with pytest.raises(DatabaseError, match="only ever added to"), store.transaction() as session:
        session.execute(text(change.format(table)))
