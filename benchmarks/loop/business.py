"""What the simulated business sees of its customers each week, as arrays.

Everything here is visible in the tables a business has: usage counts, tickets, failed payments, contracts,
notices and attributes. Nothing hidden (type, threshold, health) is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retinue.simulation import World
from retinue.simulation.billing import list_price
from retinue.simulation.dynamics import DUNNING, NORMAL, NOTICE
from retinue.simulation.parameters import ANNUAL, WEEK
from retinue.simulation.usage import KINDS, events_of_week

__all__ = ["Business", "View"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HISTORY = 26
_KINDS = len(KINDS)


@dataclass(frozen=True)
class View:
    """The active customers at the beginning of a week: positions, attributes (codes), features, price."""

    week: int
    who: Ints
    attributes: dict[str, Ints]
    features: Floats
    monthly: Floats
    notice: NDArray[np.bool_]


@dataclass
class Business:
    """Weekly counts of one world, kept up to date as it is played."""

    world: World
    use: list[NDArray[np.float32]] = field(default_factory=list)
    """Per week, customers x kinds of event."""
    tickets: list[NDArray[np.float32]] = field(default_factory=list)

    def fork(self, world: World) -> Business:
        """The same past for a copy of the world."""
        return Business(world, list(self.use), list(self.tickets))

    def catch_up(self) -> None:
        """Count the weeks played since."""
        world = self.world
        calendar = world.calendar
        for week in range(len(self.use), world.weeks_played):
            played = world.snapshots[week + 1] if week + 1 < world.weeks_played else world.state
            known = len(played.health)
            begin, end = calendar.begin(week), calendar.begin(week + 1)
            present = np.flatnonzero(
                (world.people.signup[:known] < end) & (world.state.ended_at[:known] > begin)
            )
            happened = events_of_week(
                world.people,
                present,
                played.health[present],
                world.state.ended_at[present],
                week,
                calendar,
                world.laws,
            )
            cell = happened.who.astype(np.int64) * _KINDS + happened.kind
            self.use.append(
                np.bincount(cell, minlength=known * _KINDS).reshape(known, _KINDS).astype(np.float32)
            )
            noted = world.journal.read("tickets", first=week)
            at = noted["who"][(noted["at"] >= begin) & (noted["at"] < end)] if noted else np.zeros(0, int)
            self.tickets.append(np.bincount(at, minlength=known).astype(np.float32))

    def view(self, week: int) -> View:
        """The active customers at the beginning of a week that was reached."""
        world = self.world
        people = world.people
        state = world.state if week == world.weeks_played else world.snapshots[week]
        who = np.flatnonzero(np.isin(state.phase, (NORMAL, NOTICE, DUNNING)))
        begin = world.calendar.begin(week)
        age = (begin - people.signup[who]) / WEEK
        annual = people.annual[who]
        to_renewal = (ANNUAL - (begin - people.signup[who]) % ANNUAL) / WEEK
        monthly = list_price(world._stage, state, who, week)
        recent = [
            self._window(who, week, a, b) for a, b in ((0, 1), (1, 2), (2, 4), (4, 8), (8, 13), (13, 26))
        ]
        total = [r.sum(axis=1) for r in recent]
        mix = sum(recent)
        share = mix[:, :9] / np.maximum(mix[:, :9].sum(axis=1, keepdims=True), 1.0)
        four = self._window(who, week, 0, 4)
        long = (total[3] + total[4] + total[5]) / 22.0
        quiet = self._silent(who, week)
        features = np.column_stack(
            [
                *[t / n for t, n in zip(total, (1, 1, 2, 4, 5, 13), strict=True)],
                (four.sum(axis=1) / 4 + 0.3) / (long + 0.3),
                four[:, 0] / np.maximum(four.sum(axis=1), 1.0),
                (four > 0).sum(axis=1),
                *[self._window(who, week, 0, 13)[:, k] for k in (9, 10)],
                *[four[:, k] for k in (9, 10)],
                self._tickets(who, week, 4),
                self._tickets(who, week, 13),
                quiet,
                age,
                annual,
                np.where(annual, to_renewal, 0.0),
                state.phase[who] == NOTICE,
                state.phase[who] == DUNNING,
                state.attempt[who],
                state.plan[who],
                monthly,
                people.method[who],
                people.channel[who],
                people.size[who],
                people.industry[who],
                *share.T,
                np.full(who.size, world.calendar.year_phase(week)),
            ]
        ).astype(np.float64)
        attributes = {
            "channel": people.channel[who].astype(np.int64),
            "industry": people.industry[who].astype(np.int64),
            "size": people.size[who].astype(np.int64),
            "country": people.country[who].astype(np.int64),
            "plan": state.plan[who].astype(np.int64),
            "annual": annual.astype(np.int64),
            "method": people.method[who].astype(np.int64),
        }
        return View(week, who, attributes, features, monthly, state.phase[who] == NOTICE)

    def _window(self, who: Ints, week: int, first: int, last: int) -> NDArray[np.float32]:
        """Counts by kind from `last` to `first` weeks before."""
        total = np.zeros((who.size, _KINDS), dtype=np.float32)
        for back in range(first, last):
            index = week - 1 - back
            if index >= 0:
                counts = self.use[index]
                known = who < len(counts)
                total[known] += counts[who[known]]
        return total

    def _tickets(self, who: Ints, week: int, weeks: int) -> NDArray[np.float32]:
        total = np.zeros(who.size, dtype=np.float32)
        for index in range(max(0, week - weeks), week):
            known = who < len(self.tickets[index])
            total[known] += self.tickets[index][who[known]]
        return total

    def _silent(self, who: Ints, week: int) -> NDArray[np.float32]:
        """Weeks since the last use, up to `HISTORY`."""
        silent = np.full(who.size, HISTORY, dtype=np.float32)
        for back in range(min(HISTORY, week) - 1, -1, -1):
            counts = self.use[week - 1 - back]
            known = np.flatnonzero(who < len(counts))
            used = known[counts[who[known]].sum(axis=1) > 0]
            silent[used] = back
        return silent
