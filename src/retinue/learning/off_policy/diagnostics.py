"""Can this log carry a judgement of these policies? Each answer with its number, its level and its words.

With w_i the importance weights of a policy, or |w_i(challenger) - w_i(champion)| for the difference of two:

* **effective sample size**, in customers: (sum_c W_c)^2 / sum_c W_c^2, W_c the summed weight of customer c.
  Where the probability of every action is known it is also computed over the actions that could have been
  drawn, (sum w p)^2 / sum w^2 p over all rows and actions, and the smaller counts: a heavy weight that did
  not come up is no reassurance.
* **largest weight**: the share of one customer in all of it.
* **support**: the share of the probability that the challenger moves to actions which the log never takes, or
  took fewer than 30 times in all, or away from actions which it never takes.
* **rare rewards**: where a reward is one of two values, how often the rarer one came. The mean of a few dozen
  events is skewed however large the sample is.
* **mean weight**: it is 1 when the probabilities are true and every action of the policy could be drawn.
* **propensities**: see `calibration`.

Source: Kong (1992), "A note on importance sampling using standardized weights"; Owen (2013), chapter 9.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retinue.learning.off_policy.calibration import LEVEL, calibration
from retinue.learning.off_policy.checks import Check
from retinue.learning.off_policy.estimators import importance_weights
from retinue.learning.off_policy.intervals import by_cluster, standard_error
from retinue.learning.off_policy.logged import Logged, Matrix, Vector, policy_matrix

__all__ = ["diagnose", "effective_sample_size", "largest_share", "support", "unsupported"]

LEAST_EFFECTIVE = 30.0
"""With fewer effective customers nothing is judged."""
NORMAL_FROM = 300.0
"""From so many effective customers, none of them heavy, the normal interval holds."""
HEAVY = 0.02
"""A customer with more than this share of all weight forbids the normal interval."""
MOST_UNSUPPORTED = 0.05
"""With more of the probability moving on actions without evidence nothing can be judged."""
EVENTS = 100
"""With fewer of the rarer of two rewards the normal interval does not hold."""
SELDOM = 30
"""Actions taken fewer times count as hardly logged."""
MOST_MISSING = 0.10
"""With more outcomes missing, those that are there may be of another kind of customer."""


def diagnose(logged: Logged, challenger: npt.ArrayLike, champion: npt.ArrayLike | None = None) -> list[Check]:
    """All checks for the value of one policy, or for the difference of two.

    >>> log = Logged.of([0, 1] * 500, [0.0, 1.0] * 500, propensities=[0.5, 0.5])
    >>> [check.level for check in diagnose(log, [0.0, 1.0], [1.0, 0.0])][:5]
    ['good', 'good', 'good', 'good', 'good']
    """
    named = {"challenger": policy_matrix(logged, challenger, "challenger")}
    if champion is not None:
        named["champion"] = policy_matrix(logged, champion, "champion")
    change = named["challenger"] if champion is None else named["challenger"] - named["champion"]
    checks = [_effective(logged, change), _largest(logged, change)]
    checks.append(_rare(logged))
    checks.append(support(logged, change))
    checks += [_mean_weight(logged, policy, name) for name, policy in named.items()]
    checks += calibration(logged)
    if logged.missing is not None:
        checks.append(_missing(logged.missing))
    return checks


def effective_sample_size(logged: Logged, change: Matrix) -> float:
    """Effective number of customers for a policy, or for the difference of two (n x A).

    >>> log = Logged.of([0, 1, 0, 1], [0.0] * 4, propensities=[0.5, 0.5])
    >>> effective_sample_size(log, policy_matrix(log, [0.5, 0.5]))
    4.0
    """
    weight = np.abs(logged.taken(change)) / logged.propensity
    sums = by_cluster(weight, logged.cluster)
    squares = float(np.square(sums).sum())
    found = 0.0 if squares == 0 else float(sums.sum() ** 2 / squares)
    if logged.propensities is None or not logged.known.all():
        return found
    open_ = logged.propensities > 0
    size = np.abs(np.where(open_, change, 0.0))
    expected = float((np.square(size)[open_] / logged.propensities[open_]).sum())
    if expected == 0:
        return 0.0
    return min(found, float(size.sum() ** 2 / expected) * logged.clusters / len(logged))


def largest_share(logged: Logged, change: Matrix) -> float:
    """Share of the customer with the largest weight in the sum of weights; NaN when there is no weight."""
    sums = by_cluster(np.abs(logged.taken(change)) / logged.propensity, logged.cluster)
    total = float(sums.sum())
    return float("nan") if total == 0 else float(sums.max()) / total


def unsupported(logged: Logged) -> npt.NDArray[np.bool_]:
    """What the log could not take (n x A): of probability 0, or never taken where that is not known."""
    never = np.bincount(logged.action, minlength=len(logged.actions)) == 0
    found = np.broadcast_to(never, (len(logged), len(logged.actions)))
    if logged.propensities is None:
        return found
    return np.where(logged.known[:, None], logged.propensities == 0, found)


def _rare(logged: Logged) -> Check:
    """Whether the rarer of two rewards came often enough for a normal interval."""
    values, counts = np.unique(logged.reward, return_counts=True)
    if len(values) > 2:
        return Check("rare rewards", None, "good", "Rewards are amounts: none of two values is rare.")
    rarer = int(counts.min()) if len(values) == 2 else 0
    words = f"The rarer reward came {rarer:,} times"
    if rarer < EVENTS:
        return Check("rare rewards", float(rarer), "wary", f"{words}: too seldom for a normal interval.")
    return Check("rare rewards", float(rarer), "good", f"{words}.")


def support(logged: Logged, change: Matrix) -> Check:
    """The share of probability that is moved to actions hardly tried, or to or from actions never tried.

    Moving away from an action that was seldom taken is no risk: what it did there counts little.
    """
    seldom = np.bincount(logged.action, minlength=len(logged.actions)) < SELDOM
    never = unsupported(logged)
    moved = np.where(never, np.abs(change), np.where(seldom, np.maximum(change, 0.0), 0.0)).mean(axis=0)
    share = float(moved.sum())
    if share == 0:
        return Check("support", 0.0, "good", "All that the challenger does otherwise was tried in the log.")
    most = logged.actions[int(moved.argmax())]
    words = f"{share:.1%} of the probability moves on actions hardly or never tried, most of it on {most}"
    if share > MOST_UNSUPPORTED:
        return Check("support", share, "bad", f"{words}: the log cannot tell what they do.")
    untold = float(np.where(never, np.abs(change), 0.0).sum(axis=1).mean())
    return Check(
        "support", share, "wary", f"{words}; what was never tried ({untold:.1%}) counts at its worst."
    )


def _effective(logged: Logged, change: Matrix) -> Check:
    size = effective_sample_size(logged, change)
    words = f"The comparison rests on {size:,.0f} effective customers of {logged.clusters:,}"
    if size < LEAST_EFFECTIVE:
        return Check(
            "effective sample size", size, "bad", f"{words}: at least {LEAST_EFFECTIVE:.0f} are needed."
        )
    if size < NORMAL_FROM:
        words += f", fewer than {NORMAL_FROM:.0f}: the interval does without normality"
        return Check("effective sample size", size, "wary", f"{words}.")
    return Check("effective sample size", size, "good", f"{words}.")


def _largest(logged: Logged, change: Matrix) -> Check:
    share = largest_share(logged, change)
    if np.isnan(share):
        return Check("largest weight", None, "unknown", "No logged decision carries any weight.")
    words = f"No customer carries more than {share:.1%} of the weight."
    if share > HEAVY:
        words = f"One customer carries {share:.1%} of the weight: the interval does without normality."
    return Check("largest weight", share, "wary" if share > HEAVY else "good", words)


def _mean_weight(logged: Logged, policy: Matrix, name: str) -> Check:
    from scipy.special import ndtr

    weight: Vector = importance_weights(logged, policy)
    # What the policy puts on actions that cannot be drawn is missing from the mean by right.
    due = 1.0 - np.where(unsupported(logged), policy, 0.0).sum(axis=1)
    excess = weight - due
    mean, title = float(excess.mean()), f"mean weight of the {name}"
    error = standard_error(excess - mean, logged.cluster)
    if not error > 1e-12:
        p = 1.0 if abs(mean) < 1e-3 else 0.0
    else:
        p = float(2 * ndtr(-abs(mean) / error))
    words = f"The weights of the {name} average {weight.mean():.3f} where {due.mean():.3f} is due"
    if p < LEVEL:
        bad = "the logged probabilities are wrong, or what it does was too rare to turn up"
        return Check(title, float(weight.mean()), "bad", f"{words}: {bad} (p = {p:.1g}).")
    return Check(title, float(weight.mean()), "good", f"{words} (p = {p:.2f}).")


def _missing(share: float) -> Check:
    words = f"{share:.1%} of the decisions old enough to have an outcome have none"
    if share > MOST_MISSING:
        return Check("missing outcomes", share, "bad", f"{words}: those that have may be of another kind.")
    return Check("missing outcomes", share, "good", f"{words}.")
