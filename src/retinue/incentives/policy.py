"""The probability of every action, and the draw.

A policy that always does the same can never be judged afterwards, nor learn. So a share of customers is
held out at random, and a small share e of the others, the *explorers*, is drawn before any budget is shared
out: each of them draws one offer among those that may pay, with weights w (of sum 1), and gets it if the
money set apart for trials carries it. Whoever is no explorer, or draws an offer that is not carried, gets
the chosen offer j of the whole budget, if there is one. With holdout share h and f_i = 1 where a trial of
offer i is carried:

    P(i)    = (1 - h) * (e * w_i * f_i + (1 - e * sum(w * f)) * [i = j])
    P(none) = the rest

The weights are the probabilities that an offer is the best (Thompson sampling: Thompson (1933), Biometrika
25), or equal under the formula. Where nothing may pay (or monitor band, not targeted) P(none) = 1.

**What the vector conditions on:** the customer's features and models, settings, catalogue and, under a
budget, the two shadow prices (of trials, of the rest) and who was filled up from the remainder, which follow
from all customers of the day and from the holdout membership of the *others*. It is over the random salt of
the holdout and the draw of the day. The membership itself is drawn once and for all: over the days of one
customer the holdout draws are the same draw, not independent ones. For a held-out customer under a budget,
the offer they would have had is taken at the shadow price.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.choose import NO_OFFER

__all__ = ["draw", "probabilities"]


def probabilities(
    chosen: NDArray[np.intp],
    weights: NDArray[np.float64],
    *,
    holdout_share: float,
    exploration: float,
    carried: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Probability of each action (n x (k + 1), doing nothing first); each row sums to 1.

    Parameters
    ----------
    chosen: column of the chosen offer, -1 where none is to be made.
    weights: how likely each offer is tried, relative to the others (n x k); a row of zeros never tries.
    carried: whether the money for trials carries that offer (n x k); without it there is no limit.

    >>> import numpy as np
    >>> may = np.array([[1.0, 1.0, 0.0]])
    >>> probabilities(np.array([1]), may, holdout_share=0.1, exploration=0.2).round(3).tolist()
    [[0.1, 0.09, 0.81, 0.0]]
    """
    n, k = weights.shape
    result = np.zeros((n, k + 1))
    result[:, 0] = 1.0
    rows = np.flatnonzero((weights > 0).any(axis=1) | (chosen != NO_OFFER))
    if not len(rows):
        return result
    total = weights[rows].sum(axis=1, keepdims=True)
    share = exploration * weights[rows] / np.where(total > 0, total, 1.0)
    if carried is not None:
        share = np.where(carried[rows], share, 0.0)
    rest = 1.0 - share.sum(axis=1)
    some = chosen[rows] != NO_OFFER
    at = np.flatnonzero(some)
    share[at, chosen[rows[at]]] += rest[at]
    result[rows, 1:] = (1.0 - holdout_share) * share
    result[rows, 0] = np.where(some, holdout_share, holdout_share + (1.0 - holdout_share) * rest)
    return result


def draw(
    weights: NDArray[np.float64], uniform: NDArray[np.float64], *, exploration: float
) -> NDArray[np.intp]:
    """The offer each explorer draws, from one uniform number each; -1 for everybody else.

    Explorers are those at or above 1 - exploration; what is above is cut in proportion to the weights, in the
    catalogue's order.
    """
    tried = np.full(len(uniform), NO_OFFER, dtype=np.intp)
    rows = np.flatnonzero((weights > 0).any(axis=1) & (uniform >= 1.0 - exploration))
    if len(rows):
        edges = weights[rows].cumsum(axis=1)
        place = (uniform[rows] - (1.0 - exploration)) / exploration * edges[:, -1]
        last = weights.shape[1] - 1 - (weights[rows, ::-1] > 0).argmax(axis=1)
        tried[rows] = np.minimum((edges <= place[:, None]).sum(axis=1), last)
    return tried
