"""Contracts and invoices as the billing system would note them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retinue.simulation.customers import monthly_price
from retinue.simulation.parameters import MONTH, WEEK
from retinue.simulation.streams import Bools, Draws, Floats, Ints, Stream

if TYPE_CHECKING:
    from retinue.simulation.dynamics import Stage, State

__all__ = ["billed", "list_price", "note_end", "note_payment", "note_version", "period_end"]

_DISCOUNT_OF_ARM = np.array([0.0, 0.05, 0.10, 0.15, 0.20, 0.0, 0.0, 0.0, 0.0])
_BUNDLE = 8
_BUNDLE_OFF = 0.10
_NEVER = np.iinfo(np.int64).max


def list_price(stage: Stage, state: State, chosen: Ints, week: int) -> Floats:
    """The list price per month in this week, in cents' precision."""
    raised = week >= stage.calendar.price_week(stage.laws)
    people = stage.people
    return monthly_price(
        state.plan[chosen], people.seats[chosen], people.annual[chosen], stage.laws, raised=raised
    )


def period_end(stage: Stage, chosen: Ints, at: Ints, *, unpaid: Bools) -> Ints:
    """The end of the period paid for at a moment; a period whose invoice is still unpaid does not count."""
    length = np.where(stage.people.annual[chosen], 12 * MONTH, MONTH)
    signup = stage.people.signup[chosen]
    return signup + ((at - signup) // length + np.where(unpaid, 0, 1)) * length


def billed(stage: Stage, state: State, chosen: Ints, week: int) -> Floats:
    """What an invoice asks for: the period's price, less the running offer.

    A discount of p % takes p % off a monthly bill while it runs, and p % of three months off an annual one;
    the bundle takes 10 % off likewise for one month; a credit is used up by the next invoice.
    """
    monthly = list_price(stage, state, chosen, week)
    annual = stage.people.annual[chosen]
    remaining = state.offer_until[chosen] - week
    running = np.where(remaining > 0, state.offer[chosen], 0)
    share = _DISCOUNT_OF_ARM[running] * np.where(annual, 3.0, 1.0)
    fresh = remaining > stage.laws.effect_weeks - 5
    share += _BUNDLE_OFF * ((running == _BUNDLE) & fresh)
    amount = monthly * np.where(annual, 12.0, 1.0) - monthly * share
    asked: Floats = np.round(np.maximum(amount - state.credit[chosen], 0.0), 2)
    return asked


def note_version(stage: Stage, state: State, chosen: Ints, at: Ints, week: int) -> None:
    """A new version of each contract, learned at `at` and saying what is known then."""
    if stage.journal is None or not chosen.size:
        return
    gone = state.ended_at[chosen] <= at
    stage.journal.add(
        "subscriptions",
        week,
        who=chosen,
        plan=state.plan[chosen],
        mrr=list_price(stage, state, chosen, week),
        period_end=period_end(stage, chosen, at - gone, unpaid=state.attempt[chosen] > 0),
        cancel_at=state.cancel_at[chosen],
        ended_at=np.where(gone, state.ended_at[chosen], _NEVER),
        reason=np.where(gone, state.reason[chosen], 0).astype(np.int8),
        at=at,
    )


def note_payment(
    stage: Stage, state: State, chosen: Ints, week: int, at: Ints, attempt: Ints | int, paid: Bools
) -> None:
    """One attempt to collect per customer, and the renewed period of those who paid.

    A small share of what was paid is refunded some days later.
    """
    if stage.journal is None or not chosen.size:
        return
    people = stage.people
    draws = Draws(people.key[chosen])
    amount = billed(stage, state, chosen, week)
    attempts = np.broadcast_to(np.asarray(attempt, dtype=np.int64), chosen.shape)
    months = (at - attempts * WEEK - people.signup[chosen]) // MONTH
    number = people.number[chosen] * 100_000 + months * 10 + attempts
    due = amount > 0
    stage.journal.add(
        "transactions",
        week,
        number=number[due],
        who=chosen[due],
        plan=state.plan[chosen[due]],
        amount=amount[due],
        at=at[due],
        status=np.where(paid[due], 0, 1).astype(np.int8),
    )
    state.credit[chosen[paid]] = 0
    back = paid & due & (draws.uniform(Stream.REFUND, week) < stage.laws.refund)
    if back.any():
        delay = (draws.bits(Stream.REFUND, week) >> np.uint64(40)).astype(np.int64) % (10 * 86_400)
        stage.journal.add(
            "transactions",
            week,
            number=number[back] + 5,
            who=chosen[back],
            plan=state.plan[chosen[back]],
            amount=-amount[back],
            at=(at + 3_600 + delay)[back],
            status=np.full(int(back.sum()), 2, dtype=np.int8),
        )
    renewed = np.flatnonzero(paid & (months > 0))
    if renewed.size:
        saved = state.attempt[chosen].copy()
        state.attempt[chosen[renewed]] = 0
        note_version(stage, state, chosen[renewed], at[renewed], week)
        state.attempt[chosen] = saved


def note_end(stage: Stage, state: State, gone: Ints, week: int, draws: Draws) -> None:
    """The last version of each contract; half of the annual customers get the unused months back."""
    if stage.journal is None or not gone.size:
        return
    ended = state.ended_at[gone]
    note_version(stage, state, gone, ended, week)
    people = stage.people
    unused = (period_end(stage, gone, ended, unpaid=np.zeros(gone.size, dtype=np.bool_)) - ended) // MONTH
    lucky = draws.uniform(Stream.REFUND, week) < 0.5
    back = people.annual[gone] & (unused > 0) & (state.reason[gone] != 2) & lucky
    months = (ended - people.signup[gone]) // MONTH
    amount = np.round(list_price(stage, state, gone, week) * unused, 2)
    stage.journal.add(
        "transactions",
        week,
        number=(people.number[gone] * 100_000 + months * 10 + 9)[back],
        who=gone[back],
        plan=state.plan[gone[back]],
        amount=-amount[back],
        at=ended[back] + 60,
        status=np.full(int(back.sum()), 2, dtype=np.int8),
    )
