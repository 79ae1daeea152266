"""The probability of every action, and the draw.

A policy that always does the same can never be judged afterwards. So a share of customers is held out at
random and a small share of choices is drawn among all paying offers. For a customer with a chosen offer j, m
offers that may be explored (j among them), holdout share h and exploration e:

    P(none) = h
    P(i)    = (1 - h) * (e / m + (1 - e) * [i = j])     for the m offers, 0 for the others

Where no offer is to be made (nothing pays, monitor band, not targeted, dropped by the budget) P(none) = 1.

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
    chosen: NDArray[np.intp], explorable: NDArray[np.bool_], *, holdout_share: float, exploration: float
) -> NDArray[np.float64]:
    """Probability of each action (n x (k + 1), doing nothing first); each row sums to 1.

    Parameters
    ----------
    chosen: column of the chosen offer, -1 where none is to be made.
    explorable: the offers that may be drawn instead (n x k); the chosen one always counts as one of them.

    >>> import numpy as np
    >>> may = np.array([[True, True, False]])
    >>> probabilities(np.array([1]), may, holdout_share=0.1, exploration=0.2).round(3).tolist()
    [[0.1, 0.09, 0.81, 0.0]]
    """
    n, k = explorable.shape
    result = np.zeros((n, k + 1))
    result[:, 0] = 1.0
    rows = np.flatnonzero(chosen != NO_OFFER)
    if len(rows):
        among = _with_chosen(explorable[rows], chosen[rows])
        share = exploration / among.sum(axis=1, keepdims=True) * among
        share[np.arange(len(rows)), chosen[rows]] += 1.0 - exploration
        result[rows, 0] = holdout_share
        result[rows, 1:] = (1.0 - holdout_share) * share
    return result


def draw(
    chosen: NDArray[np.intp],
    explorable: NDArray[np.bool_],
    uniform: NDArray[np.float64],
    *,
    exploration: float,
) -> Drawn:
    """The offer each customer gets unless held out, from one uniform number each.

    Below 1 - exploration the chosen one; above, the rest of the unit interval is cut into equal parts, one
    for each explorable offer in the catalogue's order.
    """
    offer = chosen.copy()
    rows = np.flatnonzero((chosen != NO_OFFER) & (uniform >= 1.0 - exploration))
    if len(rows):
        among = _with_chosen(explorable[rows], chosen[rows])
        many = among.sum(axis=1)
        place = np.minimum(
            ((uniform[rows] - (1.0 - exploration)) / exploration * many).astype(np.intp), many - 1
        )
        offer[rows] = (among.cumsum(axis=1) > place[:, None]).argmax(axis=1)
    return Drawn(offer, offer != chosen)


def _with_chosen(explorable: NDArray[np.bool_], chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
    among = explorable.copy()
    among[np.arange(len(chosen)), chosen] = True
    return among
