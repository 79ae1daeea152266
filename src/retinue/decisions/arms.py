"""The three arms: acted on, left to what the company did before, left alone.

A customer stands at a fixed place in [0, 1), drawn from a salted hash of the id. The holdout takes the
lower end and business as usual the upper end, so a larger share of either contains the smaller one, and
neither moves the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ARMS", "HOLDOUT", "TREATMENT", "USUAL", "arms_at"]

TREATMENT, USUAL, HOLDOUT = "treatment", "usual", "holdout"
ARMS = (TREATMENT, USUAL, HOLDOUT)


def arms_at(
    lowest: NDArray[np.float64], highest: NDArray[np.float64], *, holdout_share: float, usual_share: float
) -> NDArray[np.str_]:
    """The arm of each customer from the lowest and the highest place of their ids (one id: the same twice).

    The holdout goes before business as usual, and both before treatment.

    >>> place = np.array([0.05, 0.5, 0.95])
    >>> arms_at(place, place, holdout_share=0.1, usual_share=0.1).tolist()
    ['holdout', 'treatment', 'usual']
    """
    usual = np.where(highest >= 1.0 - usual_share, USUAL, TREATMENT)
    return np.asarray(np.where(lowest < holdout_share, HOLDOUT, usual))
