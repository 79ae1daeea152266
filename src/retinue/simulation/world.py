"""The world: a subscription business whose past, present and possible futures are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retinue.errors import UsageError
from retinue.simulation import pilot, truth
from retinue.simulation.calendar import Calendar, moment, seconds
from retinue.simulation.customers import Population, arrivals, first_signups
from retinue.simulation.dynamics import Stage, State, advance, offer, welcome
from retinue.simulation.journal import Journal
from retinue.simulation.parameters import ARMS, WEEK, Parameters
from retinue.simulation.rows import TABLES, rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Step", "World"]

END = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """A subscription business of `customers` over `years`, brought to `end`, and steerable from there.

    Parameters
    ----------
    customers: how many have ever joined by `end`.
    years: length of the history; it begins a whole number of weeks before `end`.
    seed: the same seed, laws and actions give the same world, to the last byte.
    end: the present (UTC). The world can be stepped beyond it.
    dirt: share of broken rows added to what is written; 0 writes clean tables.
    laws: the numbers behind everything (`Parameters`).
    newcomers: whether customers go on joining after `end`.

    Time moves in weeks counted back from `end`. Each customer's luck is a function of seed, customer and
    week, so a customer's future depends on nobody else, and acting changes only what the action causes.

    >>> world = World(300, years=1, seed=7)
    >>> quiet, acted = world.copy(), world.copy()
    >>> later = datetime(2026, 4, 1, tzinfo=UTC)
    >>> someone = quiet.active()[0]
    >>> after = acted.step({someone: "percentage_discount_20"}, later).outcomes
    >>> before = quiet.step({}, later).outcomes
    >>> others = before.customer_id != someone
    >>> bool(before[others].equals(after[others]))
    True
    """

    def __init__(
        self,
        customers: int,
        years: float = 2.0,
        seed: int = 7,
        end: datetime = END,
        *,
        dirt: float = 0.002,
        laws: Parameters | None = None,
        newcomers: bool = True,
    ) -> None:
        if customers < 1:
            raise UsageError("A world needs customers.", where="customers", fix="Give a number of 1 or more.")
        if not 0 <= dirt <= 0.2:
            raise UsageError("The share of dirt lies between 0 and 0.2.", where="dirt", fix="0.002 is usual.")
        self.customers = customers
        self.seed = seed
        self.dirt = dirt
        self.laws = laws or Parameters()
        self.newcomers = newcomers
        self.calendar = Calendar.of(end, years)
        numbers = np.arange(1, customers + 1, dtype=np.int64)
        signup = first_signups(customers, self.calendar, seed=seed, laws=self.laws)
        self.people = Population.draw(numbers, signup, start=self.calendar.start, seed=seed, laws=self.laws)
        self.state = State.of(self.people)
        self.journal = Journal()
        self.snapshots: list[State] = []
        """The state at the beginning of each week played, before that week's actions."""
        welcome(self._stage, self.state, np.flatnonzero(signup < self.calendar.start), 0)
        self._actions: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
        self.now = moment(self.calendar.begin(self.calendar.weeks))
        self._waves = pilot.waves(self.calendar, self.laws)
        while len(self.snapshots) < self.calendar.weeks:
            self._play_week()

    @property
    def _stage(self) -> Stage:
        return Stage(self.people, self.calendar, self.laws, self.journal)

    @property
    def start(self) -> datetime:
        """The beginning of the history (UTC)."""
        return moment(self.calendar.start)

    @property
    def weeks_played(self) -> int:
        return len(self.snapshots)

    def ids(self) -> np.ndarray:
        """The customer ids, in the order of the world's arrays."""
        from retinue.simulation.columns import customer_ids

        return np.asarray(customer_ids(self).to_numpy(zero_copy_only=False), dtype=object)

    def active(self, as_of: datetime | None = None) -> list[str]:
        """Ids of the customers with a running contract at a moment (now by default), in order."""
        at = seconds(as_of or self.now)
        alive = (self.people.signup <= at) & (self.state.ended_at > at)
        return [str(i) for i in self.ids()[alive]]

    def copy(self) -> World:
        """The same world, free to meet another fate: for playing several policies from one present."""
        other = object.__new__(World)
        other.__dict__.update(self.__dict__)
        other.state = self.state.copy()
        other.journal = self.journal.copy()
        other.snapshots = list(self.snapshots)
        other._actions = {week: list(acts) for week, acts in self._actions.items()}
        return other

    def respond_by(self, laws: Parameters) -> None:
        """From now on customers respond to offers by other laws (`strength`, `effect`), with the same luck.

        Only the response may differ: what was before is told by these laws too. For worlds in which what
        works changes with time.
        """
        self.laws = laws
        self.people = self.people.responding(laws)

    def step(
        self, actions: Mapping[str, str] | pd.DataFrame | None = None, until: datetime | None = None
    ) -> Step:
        """Take actions now, let time pass, and see what happened.

        Parameters
        ----------
        actions: customer id -> incentive id or ``"none"``; or a frame with `customer_id`, `incentive` and,
            if it likes, `executed_at` (between now and `until`; now without it). An action works from the
            first week that begins at or after it. Acting on a customer who is gone does nothing.
        until: the time to go to (UTC), a week from now by default.

        Returns
        -------
        Step: the rows learned since (`tables`), and per customer active at the beginning whether they were
        retained and what they paid net of refunds (`outcomes`).
        """
        since = self.now
        until = until if until is not None else since + timedelta(days=7)
        until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
        if until < since:
            raise UsageError(
                "Time does not run backwards.",
                where=f"until={until.isoformat()}",
                fix=f"It is {since.isoformat()}.",
            )
        taken = self._plan_actions(actions, since, until)
        while self.calendar.begin(self.weeks_played) < seconds(until):
            self._play_week()
        self.now = until
        return Step(self, since, until, taken)

    def _plan_actions(
        self, actions: Mapping[str, str] | pd.DataFrame | None, since: datetime, until: datetime
    ) -> dict[int, int]:
        """File the actions under the week from which they work; position -> arm, the last one wins."""
        taken: dict[int, int] = {}
        filed: dict[int, dict[int, int]] = {}
        for customer, incentive, at in _listed(actions, since):
            position = self._position(customer)
            if incentive not in ARMS:
                raise UsageError(
                    f"Unknown incentive {incentive!r}.",
                    where=f"customer {customer}",
                    fix=f"One of {', '.join(ARMS)}.",
                )
            if not since <= at <= until:
                raise UsageError(
                    "An action lies outside the step.",
                    where=f"customer {customer}, executed_at={at.isoformat()}",
                    fix=f"Between {since.isoformat()} and {until.isoformat()}.",
                )
            week = max(-((self.calendar.start - seconds(at)) // WEEK), self.weeks_played)
            filed.setdefault(week, {})[position] = taken[position] = ARMS.index(incentive)
        for week, acts in filed.items():
            positions = np.fromiter(acts, dtype=np.int64)
            arms = np.fromiter(acts.values(), dtype=np.int8)
            self._actions.setdefault(week, []).append((positions, arms))
        return taken

    def _position(self, customer: str) -> int:
        digits = customer.removeprefix("C")
        position = int(digits) - 1 if digits.isdigit() and customer.startswith("C") else -1
        if not 0 <= position < len(self.people):
            raise UsageError(
                f"No customer {customer!r} in this world.", where="actions", fix="See World.ids()."
            )
        return position

    def _play_week(self) -> None:
        week = self.weeks_played
        if week >= self.calendar.weeks and self.newcomers:
            more = arrivals(
                week, len(self.people), self.customers, self.calendar, seed=self.seed, laws=self.laws
            )
            self.people = self.people.joined(more)
            self.state = self.state.joined(State.of(more))
        stage = self._stage
        self.snapshots.append(_slim(self.state))
        if week in self._waves:
            chosen, arms = pilot.draw_wave(stage, self.state, week)
            pilot.note_wave(stage, self.state, chosen, arms, week)
            offer(stage, self.state, chosen, arms, week)
        for chosen, arms in self._actions.get(week, []):
            offer(stage, self.state, chosen, arms, week)
        advance(stage, self.state, week)

    # what is true, and nobody in the business knows

    def true_churn_probability(
        self, as_of: datetime | None = None, horizon_days: int = 90, *, paths: int = 64
    ) -> pd.DataFrame:
        """P(contract ends within the horizon) per active customer and cause; see `truth`."""
        return truth.churn_probability(self, as_of or self.now, horizon_days, paths=paths)

    def potential_outcomes(
        self, as_of: datetime | None = None, horizon_days: int = 90, *, paths: int = 64
    ) -> pd.DataFrame:
        """Customer x incentive: retained (0/1) in this very world, and the probability; see `truth`."""
        return truth.potential_outcomes(self, as_of or self.now, horizon_days, paths=paths)

    def true_value(
        self,
        as_of: datetime | None = None,
        horizon_months: int = 24,
        *,
        annual_discount_rate: float = 0.10,
        paths: int = 32,
    ) -> pd.DataFrame:
        """Expected discounted payments of each active customer; see `truth.value`."""
        return truth.value(
            self, as_of or self.now, horizon_months, annual_discount_rate=annual_discount_rate, paths=paths
        )

    def true_customers(self) -> pd.DataFrame:
        """What never changes about each customer, hidden things included; see `truth.customers`."""
        return truth.customers(self)

    def write(self, folder: Path, *, since: datetime | None = None) -> dict[str, object]:
        """Write the tables as the business has them now into `folder`; see `write.write_tables`."""
        from retinue.simulation.write import write_tables

        return write_tables(self, folder, since=since, until=self.now)

    def write_truth(self, folder: Path, *, paths: int = 32) -> None:
        """Write what only the world knows, into a folder of its own; see `write.write_truth`."""
        from retinue.simulation.write import write_truth

        write_truth(self, folder, paths=paths)


@dataclass(slots=True)
class Step:
    """What happened between two moments; rows are made when asked for."""

    world: World
    since: datetime
    until: datetime
    _taken: dict[int, int]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The clean rows of every table learned after `since` and at or before `until`."""
        return {name: self.table(name) for name in TABLES}

    def table(self, name: str) -> pd.DataFrame:
        """The clean rows of one table learned after `since` and at or before `until`."""
        frame: pd.DataFrame = rows(self.world, name, since=self.since, until=self.until).to_pandas()
        return frame

    @property
    def outcomes(self) -> pd.DataFrame:
        """customer_id, incentive, retained (bool), revenue (net of refunds) of those active at `since`."""
        import pandas as pd

        world, start, end = self.world, seconds(self.since), seconds(self.until)
        active = np.flatnonzero((world.people.signup <= start) & (world.state.ended_at > start))
        facts = world.journal.read("transactions", first=world.calendar.week_of(start) - 3)
        within = (facts["at"] > start) & (facts["at"] <= end) & (facts["status"] != 1)
        paid = np.bincount(facts["who"][within], facts["amount"][within], minlength=len(world.people))
        arms = np.zeros(len(world.people), dtype=np.int64)
        for position, arm in self._taken.items():
            arms[position] = arm
        return pd.DataFrame(
            {
                "customer_id": world.ids()[active],
                "incentive": np.asarray(ARMS, dtype=object)[arms[active]],
                "retained": world.state.ended_at[active] > end,
                "revenue": np.round(paid[active], 2),
            }
        )

    def write(self, folder: Path) -> dict[str, object]:
        """Write the increment as files of the same names and shapes; the summary of what was written."""
        from retinue.simulation.write import write_tables

        return write_tables(self.world, folder, since=self.since, until=self.until)


def _listed(
    actions: Mapping[str, str] | pd.DataFrame | None, since: datetime
) -> list[tuple[str, str, datetime]]:
    if actions is None:
        return []
    if isinstance(actions, Mapping):
        return [(customer, incentive, since) for customer, incentive in actions.items()]
    missing = {"customer_id", "incentive"} - set(actions.columns)
    if missing:
        raise UsageError(
            f"The frame of actions lacks {', '.join(sorted(missing))}.",
            where="actions",
            fix="Give customer_id, incentive and, if wanted, executed_at.",
        )
    if "executed_at" in actions.columns:
        times = [t.to_pydatetime() for t in actions["executed_at"]]
        times = [t if t.tzinfo is not None else t.replace(tzinfo=UTC) for t in times]
    else:
        times = [since] * len(actions)
    return list(zip(actions["customer_id"].astype(str), actions["incentive"].astype(str), times, strict=True))


def _slim(state: State) -> State:
    """A copy of the moving parts; when who cancelled or left is in the present state anyway."""
    kept = state.copy()
    kept.cancel_at = kept.cancel_at[:0]
    kept.ended_at = kept.ended_at[:0]
    kept.reason = kept.reason[:0]
    return kept
