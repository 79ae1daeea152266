"""Quantiles of a sum that may be zero: a hurdle at zero with a continuous part above it.

Given a customer's probability of buying nothing and the first two moments of the discounted margin, the part
above zero is taken as Gamma with those moments. The moments and the probability of nothing are the model's
own; only the shape in between is assumed.
"""

from __future__ import annotations

import numpy as np

from retinue.clv.maximise import Floats

__all__ = ["hurdle_quantile"]


def hurdle_quantile(level: float, none: Floats, mean: Floats, square: Floats) -> Floats:
    """The `level` quantile of a variable that is 0 with probability `none`.

    Parameters
    ----------
    none: probability of exactly zero. mean, square: E[V] and E[V²] including the zeros.

    >>> import numpy as np
    >>> one = np.ones(1)
    >>> [round(float(hurdle_quantile(u, 0.5 * one, 1.0 * one, 4.0 * one)[0]), 3) for u in (0.1, 0.75, 0.95)]
    [0.0, 1.386, 4.605]
    """
    from scipy.special import gammaincinv

    some = np.maximum(1.0 - none, 1e-300)
    within = np.clip((level - none) / some, 0.0, 1.0 - 1e-12)
    first = mean / some
    usable = first > 0
    safe = np.where(usable, first, 1.0)
    spread = np.maximum(np.where(usable, square / some, 1.0) / (safe * safe) - 1.0, 1e-6)
    shape = 1.0 / spread
    return np.where(usable & (within > 0), gammaincinv(shape, within) * safe * spread, 0.0)
