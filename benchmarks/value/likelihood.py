"""The log-likelihoods as the papers print them, one row per customer: the judge between two sides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import betaln, gammaln

from benchmarks.harness import Unequal

__all__ = ["average", "compare_parameters"]

# Lifetimes stops at a slope of 1e-7 and ours at the last digits. Where the likelihood is nearly flat that
# slope leaves 1e-5 of a parameter; a standard error at 100,000 customers is near 1e-2.
_PARAMETERS = 1e-3
_LIKELIHOOD = 1e-8


def average(model: str, parameters: Mapping[str, float], data: Mapping[str, np.ndarray]) -> float:
    """Log-likelihood per customer (or contract)."""
    if model == "contracts":
        a, b = parameters["a"], parameters["b"]
        rows = [betaln(a + 1, b + data["ended"] - 1), betaln(a, b + data["running"])]
        return float(np.concatenate(rows).mean() - betaln(a, b))
    if model == "Gamma-Gamma":
        p, q, v = (parameters[name] for name in "pqv")
        used = data["x"] > 0
        x, m = data["x"][used], data["m"][used]
        each = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        each += (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(v + m * x)
        return float(each.mean())
    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))
    x, t_x, T = data["x"], data["t_x"], data["T"]
    n = x + (1 if model.startswith("MBG") else 0)
    alive = betaln(a, b + n) - (r + x) * np.log(alpha + T)
    # B(a+1, b+n-1) is the chance of leaving at the last of n occasions; without occasions nobody leaves.
    gone = betaln(a + 1, np.where(n > 0, b + n - 1, 1.0)) - (r + x) * np.log(alpha + t_x)
    both = np.logaddexp(alive, np.where(n > 0, gone, -np.inf))
    return float((gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + both).mean())


def compare_parameters(
    model: str, ours: Mapping[str, float], theirs: Mapping[str, float], data: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """The largest relative difference of a parameter, and by how much our likelihood is the higher.

    Raises Unequal when parameters differ by more than 1e-3, or when ours are less likely than theirs.
    """
    worst = max(abs(theirs[name] / value - 1.0) for name, value in ours.items())
    gain = average(model, ours, data) - average(model, theirs, data)
    if worst > _PARAMETERS or gain < -_LIKELIHOOD:
        raise Unequal(
            f"{model}: parameters differ by {worst:.1e}, likelihood by {gain:.1e} ({ours}, {theirs})"
        )
    return {"largest_difference": worst, "gain": gain}
