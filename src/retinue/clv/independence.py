"""Is how often a customer buys independent of how much a purchase is worth, as Gamma-Gamma assumes?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from retinue.clv.maximise import Floats

__all__ = ["independence"]


def independence(x: ArrayLike, m: ArrayLike) -> dict[str, float | str]:
    """How far frequency and amount are from independent among repeat buyers.

    Gamma-Gamma assumes that they are. Pearson's and Spearman's correlation are reported; beyond 0.3 in size
    the note says that values are biased (a positive one understates the best customers).

    >>> independence([1, 2, 3, 4], [10.0, 12.0, 11.0, 13.0])["note"]
    'frequency and amount are correlated: values of frequent buyers are understated'
    """
    xs = np.asarray(x, dtype=np.float64)
    ms = np.asarray(m, dtype=np.float64)
    used = (xs > 0) & np.isfinite(ms)
    xs, ms = xs[used], ms[used]
    pearson, spearman = _correlation(xs, ms), _correlation(_ranks(xs), _ranks(ms))
    strongest = max((pearson, spearman), key=abs)
    note = "no sign against independence"
    if strongest > 0.3:
        note = "frequency and amount are correlated: values of frequent buyers are understated"
    elif strongest < -0.3:
        note = "frequency and amount are correlated: values of frequent buyers are overstated"
    return {"pearson": pearson, "spearman": spearman, "customers": float(len(xs)), "note": note}


def _correlation(x: Floats, y: Floats) -> float:
    if len(x) < 2:
        return 0.0
    dx, dy = x - x.mean(), y - y.mean()
    size = float(np.sqrt((dx * dx).sum() * (dy * dy).sum()))
    return float((dx * dy).sum()) / size if size > 0 else 0.0


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)
