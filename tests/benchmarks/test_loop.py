"""The loop's bench in small: rules kept, referees ranked, the page written from what there is."""

import numpy as np
import pytest
from benchmarks.loop import libraries
from benchmarks.loop.business import Business
from benchmarks.loop.learner import Retinue
from benchmarks.loop.page import page, plot
from benchmarks.loop.play import play
from benchmarks.loop.referees import Knowing
from benchmarks.loop.score import train
from benchmarks.loop.simple import EverybodyTwenty, Nobody

from retinue.simulation import World
from retinue.simulation.parameters import Parameters

BUDGET = 120.0


@pytest.fixture(scope="module")
def business():
    found = Business(World(500, years=2.0, seed=3, dirt=0, laws=Parameters(pilot_waves=0)))
    found.catch_up()
    return found, train(found, seed=1)


def lived(business, policy):
    return play(policy, *business, weeks=4, budget=BUDGET, seed=1, paths=2)


@pytest.mark.slow
def test_the_rules_hold_and_the_clairvoyant_loses_nothing(business):
    years = {
        p.name: lived(business, p) for p in (Nobody(), EverybodyTwenty(), Retinue(), Knowing("clairvoyant"))
    }
    assert sum(years["nobody"].expected) == sum(years["nobody"].spend) == 0
    for year in years.values():
        assert max(year.spend) <= BUDGET
        assert len(year.expected) == 4
    assert sum(years["clairvoyant"].expected) > 0
    assert sum(years["clairvoyant"].dogs) == 0
    assert sum(years["clairvoyant"].expected) > sum(years["Retinue"].expected)


def test_a_library_learns_from_its_own_log_and_keeps_to_the_budget(business, monkeypatch, tmp_path):
    """Whatever the library answers: it gets what is known then, and nobody who left counts as stayed."""
    asked = []

    def answer(_script, given, package, **_more):
        asked.append((package, given))
        chance = np.zeros((len(given["asked"]), int(given["arms"])))
        chance[:, 2] = 1.0
        return {"chance": chance}

    monkeypatch.setattr(libraries, "ask", answer)
    monkeypatch.setattr(libraries, "LEAST", 1)
    year = lived(business, libraries.Library("MABWiser, LinTS"))
    assert max(year.spend) <= BUDGET
    assert {package for package, _ in asked} == {"mabwiser"}
    rows = [len(given["arm"]) for _, given in asked]
    assert rows == sorted(rows)
    for _, given in asked:
        assert len(given["arm"]) == len(given["stayed"]) == len(given["context"]) == len(given["chance"])
        assert np.isin(given["stayed"], (0.0, 1.0)).all()
    assert year.by_arm[2] > 0


def test_a_library_that_is_not_installed_is_not_there(tmp_path):
    python = tmp_path / "bin" / "python"
    assert not libraries.there("MABWiser, LinTS", python)
    (tmp_path / "lib" / "python3.11" / "site-packages" / "mabwiser").mkdir(parents=True)
    assert libraries.there("MABWiser, LinTS", python)
    assert not libraries.there("Vowpal Wabbit, DR", python)


def test_the_world_is_not_changed_by_those_who_live_in_it(business):
    world = business[0].world
    before = world.weeks_played, world.state.ended_at.copy()
    first, second = (lived(business, EverybodyTwenty()) for _ in range(2))
    assert first.expected == second.expected
    assert world.weeks_played == before[0]
    assert np.array_equal(world.state.ended_at, before[1])


def test_the_page_tells_shares_of_the_observer():
    def year(policy, seed, gain, world="default"):
        return {
            "world": world,
            "customers": 4_000,
            "budget": 600.0,
            "seed": seed,
            "policy": policy,
            "expected": [gain] * 52,
            "spend": [10.0] * 52,
            "offers": [1] * 52,
            "dogs": [0] * 52,
            "by_arm": [0] * 9,
            "realised": 52.0 * gain,
        }

    years = [
        year(p, s, g) for s in (1, 2) for p, g in (("nobody", 0.0), ("Retinue", 80.0), ("observer", 100.0))
    ]
    years.append(year("Retinue", 1, -5.0, "nothing works"))
    text = page(years, ["nobody", "Retinue", "observer"])
    (row,) = [line for line in text.splitlines() if line.startswith("| Retinue | 4,160")]
    assert "80% ± 0%" in row
    assert "0 of 2" in row
    assert "| Retinue | -260 | -65 → -65 → -65 → -65 | – | – | 130 → 130 → 130 → 130 |" in text
    assert plot(years, ["nobody", "Retinue", "observer"]).count("<polyline") == 2
