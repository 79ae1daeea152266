"""Who is in, in which phase: exact, nested, stable, and apart from the holdout."""

from __future__ import annotations

import numpy as np
import pytest

from retinue.decisions.rollout import NOT_IN_ROLLOUT, Rollout, threshold_for
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import WITHHELD
from retinue.settings import HoldoutSettings, Settings

IDS = [f"C{number:06d}" for number in range(20_000)]
SALT = "retinue-rollout"


def inside(threshold: float, ids: list[str] = IDS) -> set[str]:
    out = Rollout("pilot", threshold, SALT).outside(ids)
    return {name for name, left in zip(ids, out, strict=True) if not left}


@pytest.mark.parametrize("most", [1, 100, 19_999])
def test_exactly_so_many_are_in(most: int) -> None:
    assert len(inside(threshold_for(IDS, SALT, most))) == most


def test_everybody_is_in_where_there_are_no_more() -> None:
    assert threshold_for(IDS, SALT, len(IDS)) == threshold_for([], SALT, 10) == 1.0


def test_a_larger_phase_contains_the_smaller_and_nobody_moves_when_others_come_or_go() -> None:
    pilot, expand = (threshold_for(IDS, SALT, most) for most in (1_000, 10_000))
    assert inside(pilot) < inside(expand)
    later = IDS[5_000:] + [f"N{number:06d}" for number in range(10_000)]
    assert inside(pilot, later) & set(IDS) == inside(pilot) & set(later)
    assert inside(pilot, later) < inside(expand, later)


def test_another_salt_draws_others_and_the_holdout_is_drawn_apart() -> None:
    from retinue.campaigns.holdout import is_held_out

    line = threshold_for(IDS, SALT, 10_000)
    out = Rollout("pilot", line, SALT).outside(IDS)
    other = Rollout("pilot", line, "another").outside(IDS)
    assert 0.45 < np.mean(out == other) < 0.55
    held = is_held_out(IDS, HoldoutSettings(share=0.1))
    # of 10,000 members 1,000 are expected to be held out, with a standard deviation of about 21
    assert abs(int((held & ~out).sum()) - 1_000) < 110


def test_terms_state_the_roll_out_only_where_there_is_one() -> None:
    plain = Terms.of(Settings())
    assert "rollout" not in plain.as_dict()
    pilot = Terms.of(Settings(), rollout=Rollout("pilot", 0.25, SALT))
    assert Terms.from_dict(pilot.as_dict()) == pilot
    assert pilot.versions()["policy"] != plain.versions()["policy"]
    assert NOT_IN_ROLLOUT in WITHHELD
