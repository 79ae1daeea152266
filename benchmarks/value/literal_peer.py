"""Contracts as the paper's definition reads, one row per contract: `lifetimes` has no such model.

P(T = t) = B(a+1, b+t-1) / B(a, b) and S(t) = B(a, b+t) / B(a, b), summed over contracts and maximised by
SciPy's default method for bounded parameters, which takes its gradient from differences.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln
from side import Fit, run


def contracts(data: Mapping[str, np.ndarray]) -> Mapping[str, float]:
    ended, running = data["ended"], data["running"]

    def minus_average(parameters: np.ndarray) -> float:
        a, b = parameters
        total = (betaln(a + 1, b + ended - 1) - betaln(a, b)).sum()
        total += (betaln(a, b + running) - betaln(a, b)).sum()
        return -float(total) / (len(ended) + len(running))

    found = minimize(minus_average, [1.0, 1.0], bounds=[(1e-4, 1e4), (1e-4, 1e6)], tol=1e-10)
    return {"a": found.x[0], "b": found.x[1]}


FITS: dict[str, Fit] = {"contracts": contracts}

if __name__ == "__main__":
    run(FITS)
