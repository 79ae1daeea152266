"""How far the parameters themselves are uncertain: a weighted bootstrap of the groups.

Each resample draws as many customers as there are, by groups (multinomial weights), and moves from the
maximum by one Newton step in the logarithms of the parameters. One step has the same limit as a full refit,
costs one weighted sum, and cannot diverge on an unlucky resample.
"""

from __future__ import annotations

import numpy as np

from retinue.clv.maximise import Floats, Maximum

__all__ = ["DRAWS", "resample_parameters"]

DRAWS = 24
_LONGEST = 2.0
"""A step of more than this in a logarithm is cut: there the quadratic picture no longer holds."""


def resample_parameters(
    top: Maximum, scores: tuple[Floats, ...], weight: Floats, *, seed: int, draws: int = DRAWS
) -> tuple[tuple[float, ...], ...]:
    """Draws of the parameters (not their logarithms).

    Parameters
    ----------
    top: the maximum; parameters held by the edge of the box keep their value.
    scores: derivative of each group's log-likelihood by the logarithm of each parameter.
    weight: customers in each group.
    """
    generator = np.random.default_rng(seed)
    total = float(weight.sum())
    share = weight / total
    free = top.free
    block = top.information[np.ix_(free, free)]
    values, vectors = np.linalg.eigh(block)
    # A flat direction would send the draws anywhere; it gets the least curvature that n customers can show.
    values = np.maximum(values, 1.0 / total)
    result = []
    for _ in range(draws):
        resampled = generator.multinomial(round(total), share) / total
        gradient = np.array([float((resampled * part).sum()) for part in scores])[free]
        step = np.zeros_like(top.theta)
        step[free] = ((vectors / values) * (vectors.T * gradient).sum(axis=1)).sum(axis=1)
        longest = float(np.abs(step).max(initial=0.0))
        if longest > _LONGEST:
            step *= _LONGEST / longest
        result.append(tuple(float(v) for v in np.exp(top.theta + step)))
    return tuple(result)
