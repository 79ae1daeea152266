"""The weekly chances of leaving, by cause, and how health moves: the formulas shared by what happens and by
the truth.

For a customer with health x, tenure in weeks and multiplier m of the running offer (1 without):

    voluntary   p = 1 - exp(-m exp(a + frailty + type offset - 1.65 x + 0.7 exp(-tenure / 15)
                                    + 0.15 [January] + 0.15 [after the drift date] + contract))
                contract = 0 on monthly plans; on annual ones +1.3 in the four weeks before the renewal,
                else -0.9
    downgrade   p = 1 - exp(-m exp(b + frailty / 2 - 0.9 x + 0.6 [starter plan]))
                to the free plan, which pays nothing and counts as the end
    payment     an invoice fails with p = min(0.5, method's rate x card quality x exp(-0.15 x)); three
                weekly retries each succeed with p = 1 / (1 + exp(-0.5 x)); when all fail the contract ends

Health is an autoregression around a personal mean with slumps (a Markov chain of two states) and shocks:

    x' = x + 0.05 (mean - 4.5 [slump] - 0.35 [integrator, after the drift date] - x) + 0.15 e
           - 0.22 [bad ticket] - 0.30 sensitivity [week of the price rise]

The numbers are the defaults of `Parameters`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retinue.simulation.calendar import Calendar, moment
from retinue.simulation.customers import Population
from retinue.simulation.parameters import ANNUAL, PLANS, PROFILES, WEEK, Parameters
from retinue.simulation.streams import Bools, Draws, Floats, Ints, Small, Stream

__all__ = ["Evolved", "downgrade", "evolve", "failure", "retry", "voluntary"]

_INTEGRATOR = PROFILES.index("integrator")
_FOUR_WEEKS = 4 * WEEK


@dataclass(slots=True)
class Evolved:
    """The state of some customers after a week's movements, and who opened a ticket."""

    health: npt.NDArray[np.float32]
    slump: Bools
    plan: Small
    ticket: Bools


def evolve(
    people: Population,
    chosen: Ints,
    health: npt.NDArray[np.float32],
    slump: Bools,
    plan: Small,
    week: int,
    draws: Draws,
    calendar: Calendar,
    laws: Parameters,
) -> Evolved:
    """Move the health, slumps and plans of `chosen` customers through one week.

    Offers never enter here: they change hazards and bills, not health. So one imagined path of health
    serves all offers.
    """
    luck = draws.uniform(Stream.SLUMP, week)
    slump = np.where(slump, luck >= laws.slump_ends, luck < laws.slump_begins)
    target = people.mean_health[chosen] - laws.slump_depth * slump
    if week >= calendar.drift_week(laws):
        target = target - laws.product_shift * (people.profile[chosen] == _INTEGRATOR)
    moved = health + laws.health_return * (target - health)
    moved += laws.health_noise * draws.normal(Stream.HEALTH, week)
    if week == calendar.price_week(laws):
        existing = people.signup[chosen] < calendar.begin(week)
        moved -= laws.price_shock * people.price_sensitivity[chosen] * existing

    rate = laws.tickets * people.ticket_habit[chosen] * np.exp(np.clip(-0.4 * moved, -2.0, 2.5))
    ticket = draws.uniform(Stream.TICKET, week) < 1 - np.exp(-rate)
    bad = ticket & (draws.uniform(Stream.TICKET_MOOD, week) < 0.45)
    moved -= laws.ticket_shock * bad

    luck = draws.uniform(Stream.PLAN_CHANGE, week)
    up = luck < 0.0025 * np.exp(np.clip(0.5 * moved, -3, 1.5))
    down = luck > 1 - 0.0022 * np.exp(np.clip(-0.7 * moved, -3, 2.5))
    top = len(PLANS) - 1
    plan = (plan + (up & (plan < top)) - (down & (plan > 0))).astype(np.int8)
    return Evolved(moved.astype(np.float32), slump, plan, ticket)


def voluntary(
    people: Population,
    chosen: Ints,
    health: npt.NDArray[np.float32],
    week: int,
    calendar: Calendar,
    laws: Parameters,
) -> Floats:
    """The rate exp(...) of leaving of one's own will, before the multiplier of an offer."""
    begin = calendar.begin(week)
    age = begin - people.signup[chosen]
    eta = laws.voluntary + people.frailty[chosen] + people.response.hazard_offset[chosen]
    eta += laws.early * np.exp(-np.maximum(age, 0) / (15.0 * WEEK))
    eta -= laws.voluntary_slope * health.astype(np.float64)
    if moment(begin).month == 1:
        eta += laws.january
    if week >= calendar.drift_week(laws):
        eta += laws.drift
    near = (ANNUAL - age % ANNUAL) <= _FOUR_WEEKS
    eta += people.annual[chosen] * np.where(near, laws.before_renewal, laws.off_renewal)
    rate: Floats = np.exp(np.minimum(eta, 1.0))
    return rate


def downgrade(
    people: Population, chosen: Ints, health: npt.NDArray[np.float32], plan: Small, laws: Parameters
) -> Floats:
    """The rate of moving to the free plan, before the multiplier of an offer."""
    eta = laws.downgrade + 0.5 * people.frailty[chosen] + 0.6 * (plan == 0)
    rate: Floats = np.exp(np.minimum(eta - laws.downgrade_slope * health.astype(np.float64), 1.0))
    return rate


def failure(people: Population, chosen: Ints, health: npt.NDArray[np.float32], laws: Parameters) -> Floats:
    """The chance that an invoice cannot be collected at the first attempt."""
    base = np.asarray(laws.card_failure)[people.method[chosen]] * people.card[chosen]
    return np.minimum(0.5, base * np.exp(-0.15 * health.astype(np.float64)))


def retry(health: npt.NDArray[np.float32], laws: Parameters) -> Floats:
    """The chance that a retry collects."""
    return 1 / (1 + np.exp(-laws.retry - 0.5 * health.astype(np.float64)))
