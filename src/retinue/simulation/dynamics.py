"""One week of the business: health moves, some leave, invoices fall due, offers do or do not work."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from retinue.simulation import billing, support
from retinue.simulation.calendar import Calendar
from retinue.simulation.customers import Population
from retinue.simulation.hazards import downgrade, evolve, failure, retry, voluntary
from retinue.simulation.journal import Journal
from retinue.simulation.parameters import MONTH, WEEK, Parameters
from retinue.simulation.response import PERSUADABLE
from retinue.simulation.streams import Draws, Ints, Small, Stream

__all__ = [
    "DUNNING",
    "GONE",
    "NEVER",
    "NORMAL",
    "NOTICE",
    "REASONS",
    "Stage",
    "State",
    "advance",
    "offer",
    "welcome",
]

NOT_YET, NORMAL, NOTICE, DUNNING, GONE = range(5)
REASONS = ("", "voluntary", "payment", "other")
VOLUNTARY, PAYMENT, OTHER = 1, 2, 3
NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class State:
    """What changes about each customer. `offer_until` is the first week in which the offer works no more."""

    health: npt.NDArray[np.float32]
    slump: npt.NDArray[np.bool_]
    plan: Small
    phase: Small
    attempt: Small
    """The next retry (1 to 3) of a failed invoice; 0 without one."""
    offer: Small
    offer_until: npt.NDArray[np.int32]
    credit: npt.NDArray[np.float32]
    cancel_at: Ints
    ended_at: Ints
    reason: Small

    @classmethod
    def of(cls, people: Population) -> State:
        n = len(people)
        return cls(
            health=people.first_health.copy(),
            slump=people.first_slump.copy(),
            plan=people.first_plan.copy(),
            phase=np.zeros(n, dtype=np.int8),
            attempt=np.zeros(n, dtype=np.int8),
            offer=np.zeros(n, dtype=np.int8),
            offer_until=np.zeros(n, dtype=np.int32),
            credit=np.zeros(n, dtype=np.float32),
            cancel_at=np.full(n, NEVER, dtype=np.int64),
            ended_at=np.full(n, NEVER, dtype=np.int64),
            reason=np.zeros(n, dtype=np.int8),
        )

    def copy(self) -> State:
        return State(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def joined(self, more: State) -> State:
        return State(
            **{f.name: np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(self)}
        )


class Stage(NamedTuple):
    """Where a week is played: who, when, by which laws; `journal` None plays without taking notes."""

    people: Population
    calendar: Calendar
    laws: Parameters
    journal: Journal | None


def offer(stage: Stage, state: State, chosen: Ints, arms: Small, week: int) -> None:
    """Give each chosen customer the offer with that code, at the beginning of a week. Code 0 does nothing.

    A new offer replaces a running one. Someone who has given notice and gets enough may withdraw it.
    Customers who are gone, or not there yet, are passed over.
    """
    reached = (arms > 0) & np.isin(state.phase[chosen], (NORMAL, NOTICE, DUNNING))
    chosen, arms = chosen[reached], arms[reached]
    people, laws = stage.people, stage.laws
    state.offer[chosen] = arms
    state.offer_until[chosen] = week + laws.effect_weeks
    state.credit[chosen] = np.where(arms == 5, laws.credit, 0.0)
    enough = people.response.multiplier[chosen, arms] < 1
    stays = Draws(people.key[chosen]).uniform(Stream.RESCIND, week) < laws.effect
    back = chosen[
        (state.phase[chosen] == NOTICE) & enough & stays & (people.response.type[chosen] == PERSUADABLE)
    ]
    if back.size:
        state.phase[back] = NORMAL
        state.cancel_at[back] = NEVER
        begin = np.full(back.size, stage.calendar.begin(week), dtype=np.int64)
        billing.note_version(stage, state, back, begin, week)


def running_offer(state: State, chosen: Ints, week: int) -> Small:
    """The code of the offer that works in this week, 0 without one."""
    return np.where(state.offer_until[chosen] > week, state.offer[chosen], np.int8(0)).astype(np.int8)


def welcome(stage: Stage, state: State, newcomers: Ints, week: int) -> None:
    """Let customers in: from now on they are there; the first bill is paid on joining."""
    state.phase[newcomers] = NORMAL
    if stage.journal is None or not newcomers.size:
        return
    joined = stage.people.signup[newcomers]
    stage.journal.add("customers", week, who=newcomers, plan=state.plan[newcomers], at=joined)
    billing.note_version(stage, state, newcomers, joined, week)
    inside = newcomers[joined >= stage.calendar.start]
    billing.note_payment(
        stage, state, inside, week, stage.people.signup[inside], 0, np.ones(inside.size, dtype=np.bool_)
    )


def advance(stage: Stage, state: State, week: int) -> None:
    """Play one week for everybody.

    Order within the week: plan changes in its first hour; then leaving at a uniform moment; a month's
    boundary collects the invoice or ends a contract under notice; retries come 7, 14 and 21 days after the
    failed attempt.
    """
    people, calendar, laws, _ = stage
    begin = calendar.begin(week)
    end = begin + WEEK
    who = np.flatnonzero((state.phase != NOT_YET) & (state.phase != GONE))
    draws = Draws(people.key[who])
    before = state.plan[who]
    moved = evolve(people, who, state.health[who], state.slump[who], before, week, draws, calendar, laws)
    state.health[who] = moved.health
    state.slump[who] = moved.slump
    state.plan[who] = moved.plan
    moment = draws.uniform(Stream.MOMENT, week)
    changed = np.flatnonzero(moved.plan != before)
    if stage.journal is not None and changed.size:
        times = begin + 1 + (moment[changed] * 3600).astype(np.int64)
        stage.journal.add("customers", week, who=who[changed], plan=moved.plan[changed], at=times)
        billing.note_version(stage, state, who[changed], times, week)

    phase = state.phase[who]
    normal = phase == NORMAL
    multiplier = people.response.multiplier[who, running_offer(state, who, week)].astype(np.float64)
    wants = normal & (
        draws.uniform(Stream.VOLUNTARY, week)
        < -np.expm1(-multiplier * voluntary(people, who, moved.health, week, calendar, laws))
    )
    drops = (normal & ~wants) & (
        draws.uniform(Stream.DOWNGRADE, week)
        < -np.expm1(-multiplier * downgrade(people, who, moved.health, moved.plan, laws))
    )
    notice = wants & (draws.uniform(Stream.NOTICE, week) < laws.notice)
    leaves = (wants & ~notice) | drops
    when = begin + 3601 + (moment * (WEEK - 3602)).astype(np.int64)
    ended = np.where(leaves, when, NEVER)
    reason = np.where(leaves, np.where(drops, OTHER, VOLUNTARY), 0).astype(np.int8)

    months = -((people.signup[who] - begin) // MONTH)
    boundary = people.signup[who] + months * MONTH
    due = (boundary < end) & (months >= 1)
    out = (phase == NOTICE) & due
    ended[out] = boundary[out]
    reason[out] = VOLUNTARY
    invoiced = normal & due & (~people.annual[who] | (months % 12 == 0)) & (boundary < ended)
    failed = invoiced & (draws.uniform(Stream.CARD_FAILURE, week) < failure(people, who, moved.health, laws))
    if stage.journal is not None:
        first = np.flatnonzero(invoiced)
        billing.note_payment(stage, state, who[first], week, boundary[first], 0, ~failed[first])

    attempt = state.attempt[who].astype(np.int64)
    retried = np.flatnonzero(phase == DUNNING)
    at = boundary[retried] - MONTH + attempt[retried] * WEEK
    collected = draws.take(retried).uniform(Stream.RETRY, week) < retry(moved.health[retried], laws)
    if stage.journal is not None:
        billing.note_payment(stage, state, who[retried], week, at, attempt[retried], collected)
    given_up = ~collected & (attempt[retried] == 3)
    ended[retried[given_up]] = np.minimum(at[given_up] + 30, end - 1)
    reason[retried[given_up]] = PAYMENT
    attempt[retried] = np.where(collected, 0, attempt[retried] + 1)
    attempt[failed] = 1

    over = ended < NEVER
    after = phase.copy()
    after[retried[collected]] = NORMAL
    after[failed] = DUNNING
    after[notice] = NOTICE
    after[over] = GONE
    attempt[after != DUNNING] = 0
    state.phase[who] = after
    state.attempt[who] = attempt
    given = np.flatnonzero(notice)
    state.cancel_at[who[given]] = when[given]
    gone = np.flatnonzero(over)
    state.ended_at[who[gone]] = ended[gone]
    state.reason[who[gone]] = reason[gone]
    if stage.journal is not None:
        billing.note_version(stage, state, who[given], when[given], week)
        billing.note_end(stage, state, who[gone], week, draws.take(gone))
        asked = np.flatnonzero(moved.ticket)
        support.note_tickets(stage, state, who[asked], week, draws.take(asked))
    newcomers = np.flatnonzero((state.phase == NOT_YET) & (people.signup < end))
    welcome(stage, state, newcomers, week)
