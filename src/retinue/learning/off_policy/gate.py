"""May a new policy go live? Only if the log proves it better than the champion, and can carry the proof.

**The rule.** The challenger is promoted if and only if

1. no diagnostic is bad (see `diagnostics`), and
2. the one-sided 95 % lower bound of V(challenger) - V(champion) is above 0.

The difference is estimated by DR from the same rows for both policies. Its bound is the cluster-robust normal
one where the effective sample is large and no customer heavy; otherwise the betting bound, which needs bounds
of the reward and holds for any sample. Which of the two is used depends on weights and never on rewards, so
the choice cannot be made in the challenger's favour. What either policy does that was never logged is counted
at its worst: the least possible reward for what the challenger adds, the greatest for what it gives up.

Everything else is refused, with the reason and the experiment that would settle it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.learning.off_policy.checks import Check
from retinue.learning.off_policy.crossfit import crossfit
from retinue.learning.off_policy.diagnostics import diagnose, unsupported
from retinue.learning.off_policy.estimators import dr, importance_weights, outcome_matrix
from retinue.learning.off_policy.evaluate import Comparison, bounded_difference, compare
from retinue.learning.off_policy.experiment import Experiment, plan
from retinue.learning.off_policy.intervals import Interval, difference, standard_error
from retinue.learning.off_policy.logged import Logged, Matrix, policy_matrix

__all__ = ["SAME", "Verdict", "bound", "judge"]

SAME = 1e-9
"""Policies closer than this in every probability are one policy."""
SMALL_EFFECT = 0.1
"""Standard deviations of the reward: the difference an experiment looks for when the log says nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger goes live, and why.

    Attributes
    ----------
    promote: whether it does.
    difference: V(challenger) - V(champion) per decision by DR, in the reward's unit.
    low, high: one-sided bounds, each holding with `confidence`; None where none can be given.
    interval: `normal`, `betting`, or `none`.
    estimates: every estimator, for comparison (two-sided normal intervals at 2 confidence - 1).
    diagnostics: what was checked.
    reasons: why so, the most important first.
    experiment: what would settle it; None when promoted, and when there is nothing to settle.
    """

    promote: bool
    difference: float
    low: float | None
    high: float | None
    confidence: float
    interval: str
    estimates: tuple[Comparison, ...]
    diagnostics: tuple[Check, ...]
    reasons: tuple[str, ...]
    experiment: Experiment | None

    @property
    def words(self) -> str:
        """The verdict in words: decision, reasons and, if refused, the experiment."""
        first = "Promoted." if self.promote else "Refused."
        parts = [first, *self.reasons]
        if self.experiment is not None:
            parts.append(self.experiment.words)
        return " ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def judge(
    logged: Logged,
    champion: npt.ArrayLike,
    challenger: npt.ArrayLike,
    *,
    outcome: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    worthwhile: float | None = None,
    most_weeks: int = 13,
    seed: int = 0,
) -> Verdict:
    """Judge a challenger against the champion on what was logged.

    Parameters
    ----------
    champion, challenger: probabilities of every action (n x A), or one row for all decisions.
    outcome: q(x_i, a) (n x A) of a model that has not seen row i; cross-fitted here when left out.
    confidence: of the one-sided bound.
    worthwhile: the difference per decision an experiment should find; without it, the estimated one, or half
        of the largest that the log leaves open.
    most_weeks: how long the proposed experiment may take before it asks for a larger share.
    seed: of the cross-fitting.

    Returns
    -------
    A `Verdict`. Assumes that the logged probabilities were used (checked where possible), that customers do
    not influence one another, and that what worked will go on to.

    Raises
    ------
    DataError for policies or predictions that do not fit the log.

    >>> rng = np.random.default_rng(1)
    >>> action = rng.integers(0, 2, 2000)
    >>> reward = (rng.random(2000) < np.where(action == 1, 0.8, 0.6)).astype(float)
    >>> log = Logged.of(action, reward, propensities=[0.5, 0.5], actions=["none", "credit"])
    >>> judge(log, champion=[1.0, 0.0], challenger=[0.0, 1.0]).promote
    True
    >>> judge(log, champion=[0.0, 1.0], challenger=[1.0, 0.0]).promote
    False
    """
    new = policy_matrix(logged, challenger, "challenger")
    old = policy_matrix(logged, champion, "champion")
    model = crossfit(logged, seed=seed) if outcome is None else outcome_matrix(logged, outcome)
    if logged.reward_bounds is not None:
        model = np.clip(model, *logged.reward_bounds)
    sides = 2.0 * confidence - 1.0
    table = compare(logged, old, new, model, confidence=sides)
    if np.abs(new - old).max() <= SAME:
        same = "Challenger and champion give every action the same probability: there is nothing to judge."
        return Verdict(False, 0.0, 0.0, 0.0, confidence, "none", table, (), (same,), None)
    checks = tuple(diagnose(logged, new, old))
    found = bound(logged, old, new, model, checks, sides)
    normal = difference(dr(logged, new, model), dr(logged, old, model), confidence=sides)
    reasons = _reasons(logged, checks, found, normal, confidence)
    promote = found is not None and found.low > 0 and not any(check.level == "bad" for check in checks)
    experiment = None
    if not promote:
        experiment = _experiment(
            logged, old, new, model, checks, found or normal, confidence, worthwhile, most_weeks
        )
    return Verdict(
        promote=promote,
        difference=normal.value,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        confidence=confidence,
        interval="none" if found is None else found.method,
        estimates=table,
        diagnostics=checks,
        reasons=reasons,
        experiment=experiment,
    )


def bound(
    logged: Logged, old: Matrix, new: Matrix, model: Matrix, checks: tuple[Check, ...], sides: float
) -> Interval | None:
    """The interval the gate goes by, widened by what was never logged; None where none holds."""
    if any(check.level == "wary" for check in checks):
        found = bounded_difference(logged, old, new, model, confidence=sides)
    else:
        found = difference(dr(logged, new, model), dr(logged, old, model), confidence=sides)
    if found is None:
        return None
    unseen = np.where(unsupported(logged), new - old, 0.0)
    if not unseen.any():
        return found
    if logged.reward_bounds is None:
        return None
    least, most = logged.reward_bounds
    worst = np.minimum(unseen * (least - model), unseen * (most - model)).sum(axis=1).mean()
    best = np.maximum(unseen * (least - model), unseen * (most - model)).sum(axis=1).mean()
    return Interval(
        found.value,
        found.low + float(worst),
        found.high + float(best),
        found.standard_error,
        found.confidence,
        found.method,
    )


def _reasons(
    logged: Logged, checks: tuple[Check, ...], found: Interval | None, normal: Interval, confidence: float
) -> tuple[str, ...]:
    reasons = [check.words for check in checks if check.level == "bad"]
    if found is None:
        needs = []
        if logged.reward_bounds is None:
            needs.append("bounds of the reward (state reward_bounds)")
        if not logged.known.all():
            needs.append("the probability of every action (log whole vectors)")
        reasons.append(
            "The log is too uneven for a normal interval, and no other can be given without"
            f" {' and '.join(needs)}."
        )
        return tuple(reasons)
    seen = (
        f"{amount(logged, normal.value)} per decision"
        f" (one-sided {confidence:.0%} bounds {amount(logged, found.low)} and {amount(logged, found.high)})"
    )
    if found.low > 0:
        start = "The challenger is better" if not reasons else "The numbers favour the challenger"
        tail = "" if not reasons else ", but they cannot be relied upon"
        reasons.append(f"{start}: {seen}{tail}.")
    elif found.high < 0:
        reasons.append(f"The challenger is worse: {seen}.")
    else:
        reasons.append(f"The log does not show that the challenger is better: {seen}.")
    reasons += [check.words for check in checks if check.level == "wary"]
    return tuple(reasons)


def _experiment(
    logged: Logged,
    old: Matrix,
    new: Matrix,
    model: Matrix,
    checks: tuple[Check, ...],
    found: Interval,
    confidence: float,
    worthwhile: float | None,
    most_weeks: int,
) -> Experiment | None:
    broken = any(check.level == "bad" for check in checks)
    if found.high < 0 and not broken and worthwhile is None:
        return None
    rows = np.abs(new - old).max(axis=1) > SAME
    differ = float(rows.mean())
    spread = float(logged.reward[rows].var()) or float(logged.reward.var())
    if broken:
        sizes, wanted = (spread, spread), SMALL_EFFECT * np.sqrt(spread) * differ
    else:
        sizes = (
            _variance(logged, new, model, rows) or spread,
            _variance(logged, old, model, rows) or spread,
        )
        wanted = max(found.value, found.high / 2.0)
    wanted = float(wanted) if worthwhile is None else worthwhile
    if not (wanted > 0 and max(sizes) > 0):
        return None
    return plan(
        difference=wanted,
        differ=differ,
        variance_challenger=sizes[0],
        variance_champion=sizes[1],
        design_effect=_design_effect(logged),
        rows_per_customer=len(logged) / logged.clusters,
        per_week=logged.per_week,
        most_weeks=most_weeks,
        confidence=confidence,
        amount=amount(logged, wanted),
    )


def _variance(logged: Logged, policy: Matrix, model: Matrix, rows: npt.NDArray[np.bool_]) -> float | None:
    """Variance of one decision's reward under a policy, self-normalised over the rows that count."""
    weight = importance_weights(logged, policy)[rows]
    total = float(weight.sum())
    if total <= 0:
        return None
    mean = float(weight @ logged.reward[rows]) / total
    return float(weight @ np.square(logged.reward[rows] - mean)) / total


def _design_effect(logged: Logged) -> float:
    """How much more a mean varies because customers repeat; at least 1."""
    centred = logged.reward - logged.reward.mean()
    alone = standard_error(centred, logged.rows)
    together = standard_error(centred, logged.cluster)
    return max(1.0, (together / alone) ** 2) if alone > 0 and np.isfinite(together) else 1.0


def amount(logged: Logged, value: float) -> str:
    """A reward in words: shares as percent where it is 0 or 1, else the number.

    >>> amount(Logged.of([0, 1], [0.0, 1.0], propensities=[0.5, 0.5]), 0.0123)
    '+1.23%'
    """
    if logged.reward_bounds == (0.0, 1.0):
        return f"{value:+.2%}"
    return f"{value:+,.2f}" if abs(value) >= 0.1 else f"{value:+.3g}"
