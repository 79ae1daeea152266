"""A randomised pilot in the business's past: who got which offer by lot, and with which odds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from retinue.simulation.billing import list_price
from retinue.simulation.parameters import ARMS, Parameters
from retinue.simulation.response import offer_cost
from retinue.simulation.streams import Draws, Ints, Small, Stream

if TYPE_CHECKING:
    from retinue.simulation.calendar import Calendar
    from retinue.simulation.dynamics import Stage, State

__all__ = ["HORIZON", "POLICY", "draw_wave", "note_wave", "propensities", "waves"]

HORIZON = 90 * 86_400
"""An outcome is observed 90 days after the action."""
POLICY = "pilot-2"


def waves(calendar: Calendar, laws: Parameters) -> tuple[int, ...]:
    """The weeks of the pilot: every fourth, the last 14 weeks before the end, so that outcomes are known."""
    last = calendar.weeks - 14
    return tuple(w for w in range(last - 4 * (laws.pilot_waves - 1), last + 1, 4) if w >= 4)


def propensities(laws: Parameters) -> dict[str, float]:
    """The odds of each arm for a customer in a wave.

    >>> round(sum(propensities(Parameters()).values()), 9)
    1.0
    """
    share = round((1 - laws.pilot_control) / (len(ARMS) - 1), 6)
    odds = dict.fromkeys(ARMS[1:], share)
    return {ARMS[0]: round(1 - sum(odds.values()), 6), **odds}


def draw_wave(stage: Stage, state: State, week: int) -> tuple[Ints, Small]:
    """Who is in the wave (a random share of the active, whatever their risk) and the arm each drew."""
    active = np.flatnonzero((state.phase >= 1) & (state.phase <= 3))
    draws = Draws(stage.people.key[active])
    chosen = draws.uniform(Stream.PILOT, week) < stage.laws.pilot_share
    odds = np.cumsum(list(propensities(stage.laws).values()))[:-1]
    arms = np.searchsorted(odds, draws.take(chosen).uniform(Stream.PILOT_ARM, week), side="right")
    return active[chosen], arms.astype(np.int8)


def note_wave(stage: Stage, state: State, chosen: Ints, arms: Small, week: int) -> None:
    """Log the actions of a wave as the pilot's owners did."""
    if stage.journal is None:
        return
    monthly = list_price(stage, state, chosen, week)
    stage.journal.add(
        "interventions",
        week,
        number=stage.people.number[chosen] * 10_000 + week,
        who=chosen,
        arm=arms,
        cost=offer_cost(arms, monthly, stage.laws),
        at=np.full(chosen.size, stage.calendar.begin(week), dtype=np.int64),
    )


def odds_as_json(laws: Parameters) -> str:
    return json.dumps(propensities(laws))
