"""The probability of every action, and the draw.

A policy that always does the same can never be judged afterwards, nor learn. So a share of customers is
held out at random and a small share of choices is drawn among the offers that may pay. For a customer with
a chosen offer j, weights w over the offers that may be drawn (of sum 1), holdout share h and exploration e:

    P(i)    = (1 - h) * (e * w_i + (1 - e) * [i = j])
    P(none) = the rest

The weights are the probabilities that an offer is the best (Thompson sampling: Thompson (1933), Biometrika
25), or equal under the formula. A customer for whom no offer is sure enough to be chosen, but some may pay,
has no j: P(none) = 1 - (1 - h) e. Where nothing may pay (or monitor band, not targeted, dropped by the
budget) P(none) = 1.

**What the vector conditions on:** the customer's features and models, settings, catalogue and, under a
budget, the shadow price and allocation, which follow from all customers of the day and from the holdout
membership of the *others*. It is over the random salt of the holdout and the draw of the day. The membership
itself is drawn once and for all: over the days of one customer the holdout draws are the same draw, not
independent ones. For a held-out customer under a budget, the offer they would have had is taken at the
shadow price.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.choose import NO_OFFER

__all__ = ["Drawn", "draw", "probabilities"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The offer drawn per customer (column number, -1 none) and whether it differs from the chosen one."""

    offer: NDArray[np.intp]
    explored: NDArray[np.bool_]


def probabilities(
    chosen: NDArray[np.intp], weights: NDArray[np.float64], *, holdout_share: float, exploration: float
) -> NDArray[np.float64]:
    """Probability of each action (n x (k + 1), doing nothing first); each row sums to 1.

    Parameters
    ----------
    chosen: column of the chosen offer, -1 where none is to be made.
    weights: how likely each offer is drawn instead, relative to the others (n x k); a row of zeros is never
        drawn for.

    >>> import numpy as np
    >>> may = np.array([[1.0, 1.0, 0.0]])
    >>> probabilities(np.array([1]), may, holdout_share=0.1, exploration=0.2).round(3).tolist()
    [[0.1, 0.09, 0.81, 0.0]]
    """
    n, k = weights.shape
    result = np.zeros((n, k + 1))
    result[:, 0] = 1.0
    some = weights.sum(axis=1) > 0
    rows = np.flatnonzero(some | (chosen != NO_OFFER))
    if len(rows):
        total = weights[rows].sum(axis=1, keepdims=True)
        share = np.where(some[rows, None], exploration, 0.0) / np.where(total > 0, total, 1.0) * weights[rows]
        at = np.flatnonzero(chosen[rows] != NO_OFFER)
        share[at, chosen[rows[at]]] += np.where(some[rows[at]], 1.0 - exploration, 1.0)
        result[rows, 0] = np.where(chosen[rows] != NO_OFFER, holdout_share, 1.0)
        result[rows, 1:] = (1.0 - holdout_share) * share
        free = np.flatnonzero(chosen[rows] == NO_OFFER)
        result[rows[free], 0] = 1.0 - (1.0 - holdout_share) * exploration
    return result


def draw(
    chosen: NDArray[np.intp],
    weights: NDArray[np.float64],
    uniform: NDArray[np.float64],
    *,
    exploration: float,
) -> Drawn:
    """The offer each customer gets unless held out, from one uniform number each.

    Below 1 - exploration the chosen one, if any; above, the rest of the unit interval is cut in proportion to
    the weights, in the catalogue's order.
    """
    offer = chosen.copy()
    rows = np.flatnonzero((weights.sum(axis=1) > 0) & (uniform >= 1.0 - exploration))
    if len(rows):
        edges = weights[rows].cumsum(axis=1)
        place = (uniform[rows] - (1.0 - exploration)) / exploration * edges[:, -1]
        last = weights.shape[1] - 1 - (weights[rows, ::-1] > 0).argmax(axis=1)
        offer[rows] = np.minimum((edges <= place[:, None]).sum(axis=1), last)
    return Drawn(offer, offer != chosen)
