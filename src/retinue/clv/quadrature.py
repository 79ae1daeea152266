"""Gauss-Jacobi quadrature: averages over a Beta-distributed probability.

The posterior of a customer's dropout probability is a Beta distribution. Averaging over it by positive
weights keeps every forecast positive and monotone, where the closed form subtracts nearly equal
hypergeometric functions and overflows for large arguments.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from retinue.clv.maximise import Floats

__all__ = ["NODE_COUNTS", "beta_nodes", "node_count"]

NODE_COUNTS = (32, 64, 128, 256, 512)


def node_count(tau: Floats) -> Floats:
    """How many nodes average (1 + p·tau)^-s over p to about nine digits.

    The integrand has its singularity at p = -1/tau, so the error falls like exp(-4 n / sqrt(tau)), later
    where s is large.

    >>> import numpy as np
    >>> node_count(np.array([0.5, 25.0, 1000.0, 1e9])).tolist()
    [32.0, 128.0, 512.0, 512.0]
    """
    wanted = 15.0 * np.sqrt(tau)
    chosen = np.full_like(tau, float(NODE_COUNTS[0]))
    for smaller, larger in pairwise(NODE_COUNTS):
        chosen[wanted > smaller] = float(larger)
    return chosen


@lru_cache(maxsize=4096)
def beta_nodes(a: float, b: float, count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Nodes and weights (summing to one) for the mean of a function of p ~ Beta(a, b).

    Exact for polynomials up to degree 2·count - 1 (Golub & Welsch 1969: eigenvalues of the Jacobi matrix).

    >>> p, w = beta_nodes(2.0, 3.0, 32)
    >>> round(sum(wi * pi for pi, wi in zip(p, w)), 12), round(sum(wi * pi * pi for pi, wi in zip(p, w)), 12)
    (0.4, 0.2)
    """
    from scipy.linalg import eigh_tridiagonal

    alpha, beta = b - 1.0, a - 1.0
    total = alpha + beta
    k = np.arange(count, dtype=np.float64)
    diagonal = np.empty(count)
    diagonal[0] = (beta - alpha) / (total + 2.0)
    twice = 2.0 * k[1:] + total
    diagonal[1:] = (beta * beta - alpha * alpha) / (twice * (twice + 2.0))
    # The first off-diagonal is written apart: the general form is 0/0 there when a + b = 1.
    square = np.empty(count - 1)
    square[0] = 4.0 * a * b / ((total + 2.0) ** 2 * (total + 3.0))
    j, twice = k[2:], twice[1:]
    square[1:] = 4.0 * j * (j + alpha) * (j + beta) * (j + total)
    square[1:] /= twice * twice * (twice + 1.0) * (twice - 1.0)
    roots, vectors = eigh_tridiagonal(diagonal, np.sqrt(square))
    # Rounding may push a root that is almost 0 or 1 over the edge.
    nodes = np.clip((1.0 + roots) / 2.0, 1e-300, 1.0)
    weights = vectors[0] * vectors[0]
    return tuple(nodes.tolist()), tuple(weights.tolist())
