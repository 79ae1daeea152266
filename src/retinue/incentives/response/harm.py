"""How probable it is that an offer harms: that it raises P(leave) by more than a little.

An offer lowers P(leave) by q kept - (1 - q) disturbed. With both shares normal on the logit scale and
independent of each other, as the model has them,

    P(harm) = E[ Phi( (m_d - logit h(kept)) / s_d ) ],    h = (least + q kept) / (1 - q)

over the distribution of `kept`, by Gauss-Hermite quadrature (16 nodes; within 0.001 of the integral).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from retinue.incentives.response.moments import Moments, moments

if TYPE_CHECKING:
    from retinue.incentives.response.file import Learned

__all__ = ["harmful", "probability_of_harm"]

NODES = 16


def harmful(
    learned: Learned | None,
    risk: NDArray[np.float64],
    context: NDArray[np.float64] | None,
    *,
    sure: float,
    least_effect: float,
) -> NDArray[np.bool_] | None:
    """Which offers surely harm which customers (n x k); None where nothing was learned.

    The prior alone labels nobody: what a business has not seen is no reason to leave a customer in peace.
    """
    if learned is None or not learned.response.learned_from or context is None:
        return None
    said = moments(learned.response, risk, context)
    return np.asarray(probability_of_harm(said, least_effect) >= sure)


def probability_of_harm(said: Moments, least_effect: float) -> NDArray[np.float64]:
    """P(the offer raises P(leave) by more than `least_effect`), n x k. A row depends on itself alone.

    >>> from retinue.incentives import Catalogue
    >>> from retinue.incentives.response import prior
    >>> said = moments(prior(Catalogue.default(), ()), np.array([0.05, 0.6]), np.zeros((2, 0)))
    >>> probability_of_harm(said, 0.02)[:, 0].round(2).tolist()   # of a 5 % discount, by the prior
    [0.6, 0.05]
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    q = said.risk[:, None]
    spread = np.sqrt(np.square(said.own)[:, None] + np.square(said.offer).sum(axis=1)[None, :])
    found = np.zeros(said.kept.shape)
    for node, weight in zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True):
        needed = (least_effect + q * expit(said.kept + node * spread)) / (1 - q)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = (said.disturbed[:, None] - logit(np.minimum(needed, 1.0))) / said.disturbed_sd[:, None]
        found += weight * np.where(needed < 1, ndtr(away), 0.0)
    return found
