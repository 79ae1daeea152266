"""Are the logged probabilities those that were used? What was done must be as frequent as they say.

Three looks, each at the surprise 1[a_i = a] - p(a | x_i), whose expectation is 0 when the probabilities are
true:

* **by action**: was each action as frequent as its probabilities add up to?
* **by probability**: were things logged at 5 % done in 5 % of the cases, those at 90 % in 90 %?
* **by context**: is the surprise related to what was known of the customers? A log that claims a lottery but
  went by risk passes the first two looks and fails here.

The first two are chi-square tests. With g the group of an entry, d_c the surprise of customer c by group and
D = sum_c d_c, the statistic is D' V^- D with V the multinomial covariance of independent rows; where
customers repeat, V = sum_c d_c d_c' is estimated and Hotelling's F takes the place of chi-square. The third
takes the greatest of many sums over ranks of each column, with Bonferroni's correction: Bennett's bound on
its tail, which holds for any sample, rare columns and rare actions included; where customers repeat, a normal
score, left out where a few customers make up the sum.

Source: Hosmer and Lemeshow (1980), "Goodness of fit tests for the multiple logistic regression model";
Hotelling (1931), "The generalization of Student's ratio"; Bennett (1962), "Probability inequalities for the
sum of independent random variables".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retinue.learning.off_policy.checks import Check
from retinue.learning.off_policy.logged import Codes, Logged, Matrix

__all__ = ["LEVEL", "calibration"]

LEVEL = 0.001
"""A true log fails a check with this probability: small, for there are several and each stops the gate."""
LEAST_EXPECTED = 10.0
"""Groups expected to be seen less often are looked at together."""
BINS = 8


def calibration(logged: Logged) -> list[Check]:
    """The three looks; `unknown` where the log holds no whole vectors of probabilities or no context.

    >>> log = Logged.of([0, 1] * 500, [0.0] * 1000, propensities=[0.5, 0.5])
    >>> [check.level for check in calibration(log)]
    ['good', 'unknown', 'unknown']
    """
    rows = logged.known
    if logged.propensities is None or not rows.any():
        words = "Only the probability of what was done was logged, so that it cannot be checked {}."
        return [Check(f"propensities {by}", None, "unknown", words.format(by)) for by in _LOOKS]
    chance = logged.propensities[rows]
    surprise = -chance
    surprise[np.arange(len(chance)), logged.action[rows]] += 1.0
    _, cluster = np.unique(logged.cluster[rows], return_inverse=True)
    cluster = cluster.astype(np.intp)
    return [
        _by_action(logged, chance, surprise, cluster),
        _by_probability(chance, surprise, cluster),
        _by_context(logged, rows, chance, surprise, cluster),
    ]


_LOOKS = ("by action", "by probability", "by context")


def _by_action(logged: Logged, chance: Matrix, surprise: Matrix, cluster: Codes) -> Check:
    expected = chance.sum(axis=0)
    group = np.where(expected < LEAST_EXPECTED, -1, np.arange(len(expected)))
    p = _chi_square(np.broadcast_to(group, chance.shape), chance, surprise, cluster)
    off = np.abs(surprise.sum(axis=0)) / np.sqrt(np.maximum((chance * (1 - chance)).sum(axis=0), 1e-12))
    worst = int(np.where(expected < LEAST_EXPECTED, 0.0, off).argmax())
    seen = expected[worst] + surprise[:, worst].sum()
    return _check(
        "propensities by action",
        p,
        "Each action was taken as often as its logged probabilities say.",
        f"The logged probabilities are not those that were used: {logged.actions[worst]} was taken"
        f" {seen:,.0f} times where they say {expected[worst]:,.0f}.",
    )


def _by_probability(chance: Matrix, surprise: Matrix, cluster: Codes) -> Check:
    open_ = (chance > 0) & (chance < 1)
    if not open_.any():
        return Check("propensities by probability", None, "unknown", "Nothing was left to chance.")
    edges = np.unique(np.quantile(chance[open_], np.linspace(0, 1, BINS + 1)[1:-1]))
    group = np.where(open_, np.searchsorted(edges, chance, side="left"), -1)
    sums = np.bincount(group[open_], weights=chance[open_])
    few = np.flatnonzero(sums < LEAST_EXPECTED)
    group = np.where(np.isin(group, few), -1, group)
    p = _chi_square(group, chance, surprise, cluster)
    return _check(
        "propensities by probability",
        p,
        "What was logged as rare was rare, and what was logged as likely was likely.",
        "The logged probabilities are not those that were used: what they call rare or likely was not so.",
    )


def _by_context(
    logged: Logged, rows: npt.NDArray[np.bool_], chance: Matrix, surprise: Matrix, cluster: Codes
) -> Check:
    from scipy.stats import rankdata

    name = "propensities by context"
    if logged.context is None:
        return Check(name, None, "unknown", "Nothing is known of the customers to check the lottery by.")
    context = logged.context[rows]
    ranks = rankdata(np.where(np.isnan(context), -np.inf, context), axis=0) / len(context) - 0.5
    ranks = ranks - ranks.mean(axis=0)
    common = chance.sum(axis=0) >= 2 * LEAST_EXPECTED
    total = ranks.T @ surprise[:, common]
    if cluster.max() + 1 == len(cluster):
        variance = np.square(ranks).T @ (chance * (1 - chance))[:, common]
        evidence = _bennett(np.abs(total), variance, np.maximum(np.abs(ranks).max(axis=0), 1e-12)[:, None])
    else:
        evidence = _normal(np.abs(total), *_clustered_powers(ranks, surprise[:, common], cluster))
    if not evidence.size or evidence.max() == 0:
        return Check(
            name, None, "unknown", "Neither the customers nor the lottery vary enough to be checked."
        )
    column, action = np.unravel_index(int(evidence.argmax()), evidence.shape)
    p = min(1.0, 2 * float(np.exp(-evidence.max())) * evidence.size)
    taken = np.array(logged.actions)[common][action]
    way = "more" if total[column, action] > 0 else "less"
    return _check(
        name,
        p,
        "Who got what was not related to what was known of the customers beyond the logged probabilities.",
        f"The logged probabilities are not those that were used: {taken} went {way} often to customers"
        f" high in column {column} of the context than they say.",
    )


def _bennett(away: Matrix, variance: Matrix, most: Matrix) -> Matrix:
    """-log of the bound on P(sum >= away) for independent terms of mean 0, none above `most`."""
    told = variance > 1e-9
    size = np.where(told, variance, 1.0)
    u = most * away / size
    found: Matrix = np.where(told, size / np.square(most) * ((1 + u) * np.log1p(u) - u), 0.0)
    return found


def _normal(away: Matrix, squares: Matrix, fourths: Matrix) -> Matrix:
    """-log P(normal >= away), 0 where the sum rests on few customers (squares^2 / fourths of them)."""
    from scipy.special import log_ndtr

    told = (squares > 1e-9) & (np.square(squares) >= LEAST_EXPECTED * fourths)
    z = np.where(told, away / np.sqrt(np.where(told, squares, 1.0)), 0.0)
    found: Matrix = np.where(told, -log_ndtr(-z), 0.0)
    return found


def _clustered_powers(ranks: Matrix, surprise: Matrix, cluster: Codes) -> tuple[Matrix, Matrix]:
    """sum_c (sum_{i in c} x_ij d_ia)^2 for every column j and action a, and the same of fourth powers."""
    squares, fourths = np.empty((2, ranks.shape[1], surprise.shape[1]))
    for a in range(surprise.shape[1]):
        for j in range(ranks.shape[1]):
            terms = np.square(np.bincount(cluster, weights=ranks[:, j] * surprise[:, a]))
            squares[j, a], fourths[j, a] = terms.sum(), np.square(terms).sum()
    return squares, fourths


def _chi_square(
    group: npt.NDArray[np.intp], chance: Matrix, surprise: Matrix, cluster: Codes
) -> float | None:
    """p value of the surprise by group; None where there are not two groups to compare."""
    from scipy.special import chdtrc, fdtrc

    names = np.unique(group)
    if len(names) < 2:
        return None
    by_row = np.stack([np.where(group == g, surprise, 0.0).sum(axis=1) for g in names], axis=1)
    total = by_row.sum(axis=0)
    many = int(cluster.max()) + 1
    if many == len(cluster):
        mass = np.stack([np.where(group == g, chance, 0.0).sum(axis=1) for g in names], axis=1)
        covariance = np.diag(mass.sum(axis=0)) - mass.T @ mass
    else:
        sums = np.stack([np.bincount(cluster, weights=column) for column in by_row.T], axis=1)
        covariance = sums.T @ sums
    values, vectors = np.linalg.eigh(covariance)
    kept = values > 1e-8 * max(values.max(), 1e-12)
    if not kept.any():
        return None
    statistic = float((np.square(vectors[:, kept].T @ total) / values[kept]).sum())
    df = int(kept.sum())
    if many == len(cluster):
        return float(chdtrc(df, statistic))
    if many <= df + 1:
        return None
    return float(fdtrc(df, many - df, statistic * (many - df) / (df * many)))


def _check(name: str, p: float | None, good: str, bad: str) -> Check:
    if p is None:
        return Check(name, None, "unknown", "There are not two groups of choices to compare.")
    if p < LEVEL:
        return Check(name, p, "bad", f"{bad} (p = {p:.1g})")
    return Check(name, p, "good", f"{good} (p = {p:.2f})")
