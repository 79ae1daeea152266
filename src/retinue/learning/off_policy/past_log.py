"""The log of Retinue's own runs in money: what each decision brought, beside what it could have been.

The reward of a decision is

    y = value of the customer if they stayed through the window, else 0, less the planned cost of the offer

with the value (CLV given that they stay) as it was assessed then. Costs are known and need no estimate: the
outcome model is CLV x P(stays) - cost, so that only staying is estimated, and what two policies spend
differently counts exactly.

A customer who is kept by an offer is worth only a share s of one who stays anyway (`value.saved_worth`). With
P(a) the probability of an action, a policy is therefore worth

    sum over offers a of P(a) (s E[stays | a] + (1 - s) E[stays | none] - cost)  +  P(none) E[stays | none]

in units of CLV, which is the plain value of the policy that does a with s P(a) and else nothing, at costs of
cost / s. That is how it is computed (`counted`). Whoever is driven away counts with s as well,
which flatters offers a little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retinue.decisions.again import PastRun
from retinue.decisions.batch import Batch
from retinue.errors import NotEnoughData
from retinue.incentives.catalogue import NONE, Catalogue, Offer
from retinue.incentives.costs import cost_cents
from retinue.learning.off_policy.crossfit import crossfit
from retinue.learning.off_policy.logged import SUM_TOLERANCE, Codes, Logged, Matrix
from retinue.outcomes.logged import probability_matrix
from retinue.outcomes.reward import rewards
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["NEW", "PastLog", "past_log"]

NEW = "an offer that was never made"


@dataclass(frozen=True, slots=True, eq=False)
class PastLog:
    """Decisions of some runs whose outcome is known.

    logged: rewards in the project's currency, actions named by id, value and duration. outcome: cross-fitted
    expected reward and costs: what each action costs (n x A), both in money. run, row: which run of those
    given, and which of its customers (n). on_record: ids of all decisions of the runs that are on record.
    """

    logged: Logged
    outcome: Matrix
    costs: Matrix
    saved_worth: float
    run: Codes
    row: Codes
    on_record: frozenset[str]

    def fill(self, into: Matrix, number: int, rows: npt.NDArray[np.intp], batch: Batch) -> float:
        """Write what a run decided again would do into the rows of `into` (n x A) that are its own.

        rows: the customers of the run that the batch is about; for the others nothing is done. Returns by how
        much (money, summed over these rows) that costs more than the actions of the same names did then.
        """
        mine = np.flatnonzero(self.run == number)
        place = np.full(int(self.row[mine].max(initial=-1)) + 1, -1, dtype=np.intp)
        inside = rows < len(place)
        place[rows[inside]] = np.flatnonzero(inside)
        at = place[self.row[mine]]
        into[mine] = 0.0
        into[mine[at < 0], 0] = 1.0
        some, chances = mine[at >= 0], batch.propensities[at[at >= 0]]
        for column, name in enumerate(self._names(batch.weighed.catalogue)):
            into[some, self.logged.actions.index(name)] += chances[:, column]
        dearer = float((chances[:, 1:] * batch.weighed.cost[at[at >= 0]]).sum())
        return dearer - float((into[mine] * self.costs[mine]).sum())

    def _names(self, catalogue: Catalogue) -> list[str]:
        """The actions of a catalogue as the log calls them; an offer of another value is another action."""
        known = set(self.logged.actions)
        return [NONE, *(name if (name := _name(offer)) in known else NEW for offer in catalogue.offers)]

    def counted(self, policy: Matrix) -> Matrix:
        """A policy (n x A) as it is valued where a kept customer is worth only a share: see the module."""
        found = self.saved_worth * policy
        found[:, 0] += 1.0 - self.saved_worth
        return found

    def blank(self) -> Matrix:
        """A policy that does nothing (n x A)."""
        matrix = np.zeros((len(self.logged), len(self.logged.actions)))
        matrix[:, 0] = 1.0
        return matrix


def past_log(
    warehouse: Warehouse, as_of: datetime, runs: Sequence[PastRun], *, window_days: float, seed: int = 0
) -> PastLog:
    """The decisions of the runs that are on record and whose window had passed at `as_of` (aware UTC).

    Younger ones are left out: of them only those who left early would be known. The actions are those of the
    runs' catalogues and, last, any offer that was never made. Raises NotEnoughData when there is none.
    """
    told = rewards(warehouse, as_of, window_days)
    frame = _matched(told, runs)
    latest = utc_naive(as_of) - timedelta(days=window_days)
    due = frame[frame["executed_at"] <= latest]
    known = due[due["complete"].astype(bool)]
    offers = {name: offer for run in runs for offer in run.terms.catalogue.offers for name in [_name(offer)]}
    actions = [NONE, *sorted(offers), NEW]
    taken, chances = _logged(known, runs, actions)
    usable = np.abs(chances.sum(axis=1) - 1.0) <= SUM_TOLERANCE
    usable &= chances[np.arange(len(known)), taken] > 0
    known, taken, chances = known[usable], taken[usable], chances[usable]
    if known.empty:
        raise NotEnoughData(
            f"None of {len(frame):,} decisions on record has an outcome after {window_days:.0f} days yet.",
            where="tables interventions and outcomes",
            fix="Load outcomes, or wait until the window has passed.",
        )
    which, row = known["run"].to_numpy(dtype=np.intp), known["row"].to_numpy(dtype=np.intp)
    facts = _facts(runs, which, row)
    costs = _costs(runs, which, row, actions)
    stayed = 1.0 - known["event"].to_numpy(dtype=np.float64)
    worth = runs[-1].terms.saved_worth
    reward = facts[:, 1] * stayed - costs[np.arange(len(known)), taken] / worth
    stay = Logged.of(
        taken,
        stayed,
        propensities=chances,
        actions=actions,
        cluster=known["customer_id"].to_numpy(dtype=object),
        context=np.column_stack([facts[:, 0], np.log1p(np.maximum(facts[:, 1:], 0.0))]),
        reward_bounds=(0.0, 1.0),
    )
    logged = Logged.of(
        taken,
        reward,
        propensities=chances,
        actions=actions,
        cluster=known["customer_id"].to_numpy(dtype=object),
        context=stay.context,
        reward_bounds=(-float(costs.max(initial=0.0)) / worth, float(max(facts[:, 1].max(), 0.0))),
        ids=known["decision_id"].to_numpy(dtype=object),
        per_week=_per_week(known),
        missing=1.0 - len(known) / len(due),
    )
    outcome = facts[:, 1:2] * crossfit(stay, seed=seed) - costs / worth
    return PastLog(logged, outcome, costs, worth, which, row, frozenset(frame["decision_id"]))


def _matched(told: pd.DataFrame, runs: Sequence[PastRun]) -> pd.DataFrame:
    """The recorded decisions that are of the runs, with number of the run and row in it."""
    import pandas as pd

    nobody = pd.DataFrame({"decision_id": pd.Series(dtype="str"), "run": 0, "row": 0})
    own = pd.concat(
        [
            nobody,
            *(
                pd.DataFrame(
                    {"decision_id": run.done["decision_id"], "run": number, "row": range(len(run.done))}
                )
                for number, run in enumerate(runs)
            ),
        ],
        ignore_index=True,
    )
    found = told.merge(own[own["decision_id"] != ""], on="decision_id", how="inner")
    return found.sort_values("decision_id", ignore_index=True)


def _logged(known: pd.DataFrame, runs: Sequence[PastRun], actions: list[str]) -> tuple[Codes, Matrix]:
    """The number of the action taken, and the probability of each, under the log's own names."""
    taken = np.zeros(len(known), dtype=np.intp)
    chances = np.zeros((len(known), len(actions)))
    for number, run in enumerate(runs):
        mine = np.flatnonzero(known["run"].to_numpy() == number)
        if not len(mine):
            continue
        ids = list(run.terms.catalogue.actions)
        place = {NONE: 0, **{offer.id: actions.index(_name(offer)) for offer in run.terms.catalogue.offers}}
        part = known.iloc[mine]
        matrix = probability_matrix(part, ids)
        chances[np.ix_(mine, np.array([place[i] for i in ids]))] = np.nan_to_num(matrix)
        done = part["action"].map(place)
        taken[mine] = done.fillna(len(actions) - 1).to_numpy(dtype=np.intp)
    return taken, chances


def _facts(runs: Sequence[PastRun], which: Codes, row: Codes) -> Matrix:
    """Risk, value and monthly revenue of each row's customer (n x 3)."""
    found = np.empty((len(row), 3))
    for number, run in enumerate(runs):
        mine = which == number
        columns = run.assessment[["churn_probability", "clv", "mrr"]].to_numpy(dtype="float64")
        found[mine] = columns[row[mine]]
    return found


def _costs(runs: Sequence[PastRun], which: Codes, row: Codes, actions: list[str]) -> Matrix:
    """What each action would have cost (n x A), in money; 0 for what the run could not offer."""
    found = np.zeros((len(row), len(actions)))
    for number, run in enumerate(runs):
        mine = np.flatnonzero(which == number)
        if not len(mine):
            continue
        cents = cost_cents(run.customers(None).take(row[mine]), run.terms.catalogue)
        columns = [actions.index(_name(offer)) for offer in run.terms.catalogue.offers]
        found[np.ix_(mine, np.array(columns, dtype=np.intp))] = cents / 100.0
    return found


def _name(offer: Offer) -> str:
    """An offer by all that a customer sees of it: another value under the same id is another offer."""
    months = "" if offer.duration_months is None else f" for {offer.duration_months} months"
    return f"{offer.id} ({offer.value:g}{months})"


def _per_week(rows: pd.DataFrame) -> float | None:
    times = rows["executed_at"]
    weeks = (times.max() - times.min()).total_seconds() / (7 * 86_400)
    return None if weeks < 1 else len(rows) / weeks
