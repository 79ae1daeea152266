"""Determinism, stepping, and independence of customers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retinue.errors import UsageError
from retinue.simulation import World, write_world
from retinue.simulation.parameters import Parameters
from retinue.simulation.rows import TABLES, rows


def digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    arguments = {"customers": 250, "years": 1.0, "truth_paths": 2}
    write_world(tmp_path / "a", seed=5, **arguments)
    write_world(tmp_path / "b", seed=5, **arguments)
    write_world(tmp_path / "c", seed=6, **arguments)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a_truth") == digest(tmp_path / "b_truth")
    assert not set(digest(tmp_path / "a").values()) & set(digest(tmp_path / "c").values())
    assert len(digest(tmp_path / "a")) == 8


def test_in_one_go_equals_week_by_week_equals_any_days(tmp_path: Path) -> None:
    start = World(400, years=1, seed=9, dirt=0.01)
    until = start.now + timedelta(days=60, hours=7)
    worlds = [start.copy() for _ in range(3)]
    increments = []
    worlds[0].step({}, until)
    while worlds[1].now < until:
        step = worlds[1].step({}, min(worlds[1].now + timedelta(days=7), until))
        increments.append(step.tables)
    for days in (1, 2, 30, 41):
        worlds[2].step({}, min(start.now + timedelta(days=days), until))
    worlds[2].step({}, until)
    for number, world in enumerate(worlds):
        world.write(tmp_path / str(number))
    assert digest(tmp_path / "0") == digest(tmp_path / "1") == digest(tmp_path / "2")

    for name in TABLES:
        before = rows(start, name).to_pandas()
        pieces = pd.concat([before, *(piece[name] for piece in increments)])
        whole = rows(worlds[0], name).to_pandas()
        order = [whole.columns[0], "recorded_at"]
        pd.testing.assert_frame_equal(
            pieces.sort_values(order).reset_index(drop=True), whole.sort_values(order).reset_index(drop=True)
        )


def test_written_increments_add_up_to_the_whole(tmp_path: Path, read) -> None:
    world = World(300, years=1, seed=4, dirt=0.02)
    world.write(tmp_path / "first")
    step = world.step({}, world.now + timedelta(days=30))
    summary = step.write(tmp_path / "increment")
    world.write(tmp_path / "whole")
    assert summary["rows"]["events"] > 0
    for name in TABLES:
        both = pd.concat([read(tmp_path / part, name) for part in ("first", "increment")])
        whole = read(tmp_path / "whole", name)
        order = list(whole.columns)
        as_text = [frame.astype(str).sort_values(order).reset_index(drop=True) for frame in (both, whole)]
        pd.testing.assert_frame_equal(*as_text)


def test_acting_on_some_changes_nothing_for_the_others(clean_world: World, later: datetime) -> None:
    quiet, acted = clean_world.copy(), clean_world.copy()
    active = clean_world.active()
    chosen = set(active[::3])
    first = quiet.step({}, later)
    second = acted.step(dict.fromkeys(chosen, "percentage_discount_20"), later)
    for name in ("customers", "subscriptions", "transactions", "events", "tickets", "consents"):
        one, two = first.table(name), second.table(name)
        pd.testing.assert_frame_equal(
            one[~one.customer_id.isin(chosen)].reset_index(drop=True),
            two[~two.customer_id.isin(chosen)].reset_index(drop=True),
        )
    one, two = first.outcomes, second.outcomes
    others = ~one.customer_id.isin(chosen)
    pd.testing.assert_frame_equal(one[others], two[others])
    assert (one[~others].retained.to_numpy() != two[~others].retained.to_numpy()).any()
    assert set(two[~others].incentive) == {"percentage_discount_20"}


def test_a_copy_goes_its_own_way(later: datetime) -> None:
    world = World(200, years=1, seed=2)
    before = rows(world, "subscriptions")
    other = world.copy()
    other.step({}, later)
    assert world.now == datetime(2026, 1, 1, tzinfo=UTC)
    assert rows(world, "subscriptions").equals(before)
    assert len(other.people) > len(world.people)


def test_newcomers_can_be_switched_off(later: datetime) -> None:
    world = World(200, years=1, seed=2, newcomers=False)
    world.step({}, later)
    assert len(world.people) == 200


def test_an_action_in_mid_week_works_from_the_next_week(clean_world: World) -> None:
    customer = clean_world.active()[3]
    world = clean_world.copy()
    position = int(customer[1:]) - 1
    when = world.now + timedelta(days=3)
    actions = pd.DataFrame(
        {"customer_id": [customer], "incentive": ["fixed_credit"], "executed_at": [pd.Timestamp(when)]}
    )
    world.step(actions, when)
    assert world.state.offer_until[position] <= world.weeks_played
    world.step({}, when + timedelta(days=7))
    assert world.state.offer[position] == 5
    assert world.state.offer_until[position] == clean_world.weeks_played + 1 + 13


@pytest.mark.parametrize(
    ("actions", "days", "words"),
    [
        ({"C000001": "free_lunch"}, 7, "Unknown incentive"),
        ({"X17": "none"}, 7, "No customer"),
        ({"C999999": "none"}, 7, "No customer"),
        ({}, -1, "backwards"),
        (pd.DataFrame({"customer_id": ["C000001"]}), 7, "lacks incentive"),
    ],
)
def test_wrong_steps_say_what_is_wrong(clean_world: World, actions, days: int, words: str) -> None:
    world = clean_world.copy()
    with pytest.raises(UsageError, match=words):
        world.step(actions, world.now + timedelta(days=days))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"customers": 0}, "customers"), ({"years": 0.01}, "years"), ({"dirt": 0.9}, "dirt")],
)
def test_wrong_worlds_say_what_is_wrong(arguments: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        World(**{"customers": 10, **arguments})


def test_the_truth_is_never_written_among_the_data(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="truth"):
        write_world(tmp_path / "d", customers=50, years=1, truth_folder=tmp_path / "d" / "truth")
    write_world(tmp_path / "d", customers=50, years=1, truth_paths=2)
    assert {p.name for p in (tmp_path / "d_truth").iterdir()} == {
        "about.json",
        "customers.parquet",
        "dirt.json",
        "outcomes.parquet",
    }
    assert not any("truth" in p.name for p in (tmp_path / "d").iterdir())


def test_usage_can_be_scaled(clean_world: World) -> None:
    from retinue.simulation import Parameters

    busy = World(200, years=1, seed=3, laws=Parameters(events_per_customer_year=400))
    usual = World(200, years=1, seed=3)
    ratio = rows(busy, "events").num_rows / rows(usual, "events").num_rows
    assert ratio == pytest.approx(4, rel=0.05)
    people, state = clean_world.people, clean_world.state
    end = clean_world.calendar.begin(clean_world.calendar.weeks)
    begin = np.maximum(people.signup, clean_world.calendar.start)
    years = np.clip(np.minimum(state.ended_at, end) - begin, 0, None).sum() / (365.25 * 86_400)
    assert rows(clean_world, "events").num_rows / years == pytest.approx(100, rel=0.12)


def test_customers_can_come_to_respond_by_other_laws():
    world = World(300, years=1, seed=3)
    same, other = world.copy(), world.copy()
    same.respond_by(world.laws)
    assert np.array_equal(same.people.response.multiplier, world.people.response.multiplier)
    weak_discounts = (0.1, 0.1, 0.1, 0.1, 1.0, 1.0, 1.0, 1.0)
    other.respond_by(replace(world.laws, strength=weak_discounts))
    before, after = world.people.response, other.people.response
    assert np.array_equal(before.type, after.type)
    persuadable = before.type == 0
    assert (before.multiplier[persuadable, 4] < 1).any()
    assert (after.multiplier[persuadable, 4] == 1).all()
    assert np.array_equal(before.multiplier[:, 5], after.multiplier[:, 5])
    later = world.now + timedelta(days=60)
    quiet, changed = world.copy().step({}, later).outcomes, other.step({}, later).outcomes
    assert quiet.equals(changed)  # as long as nobody gets an offer


def test_more_sleeping_dogs():
    few = World(2_000, years=0.25, seed=3).people.response.type
    many = World(2_000, years=0.25, seed=3, laws=Parameters(dogs=1.2)).people.response.type
    assert (many == 3).mean() > 1.7 * (few == 3).mean()
