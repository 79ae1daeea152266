"""What each incentive brought, how it was tried, and what it cost.

Per decision, not per customer: a bandit gives the same customer one offer today and another next month. With
w = 1[a = k] / p(k) over the decisions in which k had a chance

    reward      sum(w y) / sum(w),          y = 1 retained, 0 not
    interval    Wilson's, for the number of equally weighted customers that would be as sure
    effect      AIPW of k against none over the decisions in which both had a chance (`aipw`); where no
                vector was logged every action is taken to have had one
    best        share of posterior draws in which k keeps most: Beta(1 + m s, 1 + (1 - m) s) with m the
                reward and s that number: (sum w)^2 / sum(w^2), less where one customer counts often

Intervals count the decisions of one customer as one unit. A choice is **exploited** when its offer was the
likeliest of its decision and **explored** otherwise. An arm **starves** when it had a chance and was tried in
fewer than 30 decisions or in less than 1 % of all offers: its numbers will not settle by waiting.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import USUAL
from retinue.incentives.catalogue import NONE
from retinue.outcomes.aipw import Estimate, contrast, estimate_of
from retinue.outcomes.effects import LEAST_CUSTOMERS, Z95
from retinue.outcomes.logged import probability_matrix

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["IncentiveRow", "explored_each", "probability_best", "rows_by_incentive"]

DRAWS = 10_000
PERIODS = 20
LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class IncentiveRow:
    """One action. Amounts in the project's currency; shares from 0 to 1; None where nothing can be said.

    tried: decisions in which it was done; judged: those whose window has ended with a known result.
    reward, low, high: share retained, weighted to all who had a chance of it, with its 95 % interval.
    effect: difference to none. explored: share of its decisions in which another offer was likelier.
    cost_per_retained: spend on judged decisions ÷ retained among them, whether because of it or not.
    cost_per_extra: spend per decision ÷ effect, where the effect is surely positive.
    """

    incentive: str
    tried: int
    judged: int
    customers: int
    reward: float | None
    low: float | None
    high: float | None
    effect: Estimate | None
    probability_best: float | None
    explored: float | None
    starving: bool
    spend: float
    cost_per_retained: float | None
    cost_per_extra: float | None
    statement: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "effect": None if self.effect is None else self.effect.as_dict()}


def rows_by_incentive(decisions: pd.DataFrame, *, seed: int, hidden: bool = False) -> list[IncentiveRow]:
    """A row per action ever logged, `none` first, then by name.

    Parameters
    ----------
    decisions: rows of `logged.logged_decisions`, followed: with `retained` (1, 0, NaN) and `matured`.
    seed: of the posterior draws.
    hidden: the arms are not as drawn: no reward, effect or best is shown.
    """
    rows = decisions[(decisions["arm"] != USUAL).to_numpy()]
    names = sorted(set(rows["action"].tolist()), key=lambda name: (name != NONE, name))
    if not names:
        return []
    chances = probability_matrix(rows, names)
    taken = rows["action"].to_numpy(dtype=object)
    usable = (
        rows["matured"].to_numpy(dtype=bool)
        & rows["retained"].notna().to_numpy()
        & rows["probability"].notna().to_numpy()
    )
    y = rows["retained"].to_numpy(dtype=np.float64)
    customer = np.unique(rows["customer_id"].to_numpy(dtype=str), return_inverse=True)[1]
    period = _periods(rows["executed_at"].to_numpy(dtype="datetime64[us]"))
    rewards = {
        name: _reward(y, taken == name, chances[:, column], usable, customer)
        for column, name in enumerate(names)
    }
    strengths = {name: found for name, found in rewards.items() if found is not None and not hidden}
    best = dict(
        zip(
            strengths,
            probability_best(
                np.array([found[0] for found in strengths.values()]),
                np.array([found[1] for found in strengths.values()]),
                seed=seed,
            ),
            strict=True,
        )
    )
    offers = int((taken != NONE).sum())
    most = _likeliest(chances, names)
    cost = rows["cost"].to_numpy(dtype=np.float64)
    result = []
    for column, name in enumerate(names):
        did = taken == name
        judged = did & usable
        effect = None
        if name != NONE and NONE in names and not hidden:
            effect = _effect(y, did, taken == NONE, chances[:, [column, 0]], usable, customer, period)
        reward = strengths.get(name)
        kept = float(y[judged].sum())
        spend = float(cost[judged].sum())
        starving = name != NONE and (did.sum() < LEAST_CUSTOMERS or did.sum() < LEAST_SHARE * offers)
        extra = None
        if effect is not None and effect.low > 0 and judged.any():
            extra = spend / int(judged.sum()) / effect.value
        result.append(
            IncentiveRow(
                incentive=name,
                tried=int(did.sum()),
                judged=int(judged.sum()),
                customers=len(np.unique(customer[did])),
                reward=None if reward is None else reward[0],
                low=None if reward is None else _wilson(*reward)[0],
                high=None if reward is None else _wilson(*reward)[1],
                effect=effect,
                probability_best=best.get(name),
                explored=_explored(chances[did, column], most[did]) if name != NONE else None,
                starving=bool(starving),
                spend=float(cost[did].sum()),
                cost_per_retained=spend / kept if kept and name != NONE else None,
                cost_per_extra=extra,
                statement=_words(name, effect, int(judged.sum()), bool(starving), hidden),
            )
        )
    return result


def probability_best(
    mean: NDArray[np.float64], strength: NDArray[np.float64], *, seed: int, draws: int = DRAWS
) -> list[float]:
    """For each arm the share of draws from Beta(1 + m s, 1 + (1 - m) s) in which it is the largest.

    Monte Carlo error at 10,000 draws: at most 0.005 (one standard error). The same seed, the same numbers.

    >>> probability_best(np.array([0.9, 0.5]), np.array([500.0, 500.0]), seed=1)
    [1.0, 0.0]
    """
    if not len(mean):
        return []
    m = np.clip(mean, 0.0, 1.0)
    rng = np.random.default_rng(seed)
    drawn = rng.beta(1.0 + m * strength, 1.0 + (1.0 - m) * strength, size=(draws, len(m)))
    wins = np.bincount(drawn.argmax(axis=1), minlength=len(m))
    return [float(count) / draws for count in wins]


def _reward(
    y: NDArray[np.float64],
    did: NDArray[np.bool_],
    chance: NDArray[np.float64],
    usable: NDArray[np.bool_],
    customer: NDArray[np.intp],
) -> tuple[float, float] | None:
    """The self-normalised mean, and the number of equally weighted customers as sure; None without rows."""
    rows = did & usable & (chance > 0)
    if not rows.any():
        return None
    weight = 1.0 / chance[rows]
    mean = float((weight * y[rows]).sum() / weight.sum())
    many = int(rows.sum())
    terms = mean + weight * (y[rows] - mean) * many / weight.sum()
    strength = float(weight.sum() ** 2 / (weight**2).sum())
    error = estimate_of(terms, clusters=customer[rows]).standard_error
    if 0.0 < mean < 1.0 and error > 0:
        strength = min(strength, mean * (1.0 - mean) / error**2)
    return mean, strength


def _effect(
    y: NDArray[np.float64],
    did: NDArray[np.bool_],
    nothing: NDArray[np.bool_],
    chances: NDArray[np.float64],
    usable: NDArray[np.bool_],
    customer: NDArray[np.intp],
    period: NDArray[np.intp],
) -> Estimate | None:
    """The action against none where both had a chance; None with too few of either."""
    both = usable & ~(chances <= 0).any(axis=1)  # without a vector every action is taken to have had a chance
    if min(int((did & both).sum()), int((nothing & both).sum())) < LEAST_CUSTOMERS:
        return None
    return contrast(
        np.nan_to_num(y[both]),
        did[both],
        nothing[both],
        chances[both, 0],
        chances[both, 1],
        clusters=customer[both],
        period=period[both],
    )


def _periods(executed_at: NDArray[np.datetime64]) -> NDArray[np.intp]:
    """At most twenty periods of whole moments, in order."""
    moments, position = np.unique(executed_at, return_inverse=True)
    return np.asarray(position * min(PERIODS, len(moments)) // max(len(moments), 1), dtype=np.intp)


def _likeliest(chances: NDArray[np.float64], names: list[str]) -> NDArray[np.float64]:
    """The probability of the likeliest offer of each decision; 0 where no vector was logged."""
    offers = np.array([name != NONE for name in names])
    return np.asarray(np.where(offers[None, :] & np.isfinite(chances), chances, 0.0).max(axis=1))


def explored_each(decisions: pd.DataFrame) -> NDArray[np.float64]:
    """Whether each decision made another offer than the likeliest (1, 0); NaN for no offer, and where its
    probability is not known."""
    names = sorted(set(decisions["action"].tolist()), key=lambda name: (name != NONE, name))
    if not names:
        return np.zeros(0)
    chances = probability_matrix(decisions, names)
    place = {name: column for column, name in enumerate(names)}
    taken = np.array([place[name] for name in decisions["action"].tolist()], dtype=np.intp)
    chance = chances[np.arange(len(decisions)), taken]
    tried = np.where(chance < _likeliest(chances, names) - 1e-12, 1.0, 0.0)
    offered = (decisions["action"] != NONE).to_numpy()
    return np.where(offered & np.isfinite(chance), tried, np.nan)


def _explored(chance: NDArray[np.float64], most: NDArray[np.float64]) -> float | None:
    """The share of decisions in which another offer was likelier; of those whose chance is known."""
    known = np.isfinite(chance)
    return float((chance[known] < most[known] - 1e-12).mean()) if known.any() else None


def _wilson(mean: float, strength: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share from so many customers.

    >>> [round(end, 3) for end in _wilson(1.0, 40.0)]
    [0.912, 1.0]
    """
    z2 = Z95**2
    middle = (mean + z2 / (2 * strength)) / (1 + z2 / strength)
    half = Z95 * float(np.sqrt(mean * (1 - mean) / strength + z2 / (4 * strength**2))) / (1 + z2 / strength)
    return max(0.0, middle - half), min(1.0, middle + half)


def _words(name: str, effect: Estimate | None, judged: int, starving: bool, hidden: bool) -> str:
    said = name.replace("_", " ")
    hungry = " It is hardly tried." if starving else ""
    if name == NONE:
        return f"{said}: {judged:,} decisions with a known result."
    if hidden:
        return f"{said}: hidden, the arms are not as drawn.{hungry}"
    if effect is None:
        return f"{said}: {judged:,} decisions with a known result are too few to tell.{hungry}"
    interval = f"{effect.value:+.1%} ({effect.low:+.1%} to {effect.high:+.1%}; always {_always(effect)})"
    if effect.always_low > 0:
        return f"{said}: keeps more customers than doing nothing, {interval}.{hungry}"
    if effect.always_high < 0:
        return f"{said}: keeps fewer customers than doing nothing, {interval}.{hungry}"
    return f"{said}: no evidence of an effect, {interval}.{hungry}"


def _always(effect: Estimate) -> str:
    return f"{effect.always_low:+.1%} to {effect.always_high:+.1%}"
