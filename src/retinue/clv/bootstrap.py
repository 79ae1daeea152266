"""How far the parameters themselves are uncertain: a bootstrap of the groups.

Each resample draws customers with replacement, group by group, and moves from the maximum by one Newton step
in the logarithms of the parameters. One step has the same limit as a full refit, costs one average of the
scores, and cannot diverge on an unlucky resample.

With many customers a resample draws only 10,000 of them and its step is shortened by sqrt(10,000 / n): an
average of m draws has sqrt(n / m) times the spread of one of n (the m-out-of-n bootstrap; Bickel, Götze & van
Zwet 1997), so the draws spread as they should and a million customers cost no more than ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from retinue.clv.maximise import Floats, Maximum

__all__ = ["DRAWS", "KEPT", "Draws", "parameter_intervals", "resample_parameters", "resamples"]

Draws = tuple[tuple[float, ...], ...]

DRAWS = 400
"""Enough for the ends of a 95 % interval."""
KEPT = 24
"""Of them stay with a model for its forecasts, where the parameters' part of the doubt is a small one."""
_LARGEST = 10_000
_LISTED = 1e8
"""Customers that may be listed one by one."""
_LONGEST = 2.0
"""A step of more than this in a logarithm is cut: there the quadratic picture no longer holds."""


def resamples(weight: Floats, *, seed: int, draws: int) -> Iterator[NDArray[np.int64]]:
    """For each draw, the group of every customer drawn; as many as there are, at most 10,000.

    >>> weight = np.array([3.0, 1.0])
    >>> [len(groups) for groups in resamples(weight, seed=1, draws=2)]
    [4, 4]
    """
    generator = np.random.default_rng(seed)
    total = float(weight.sum())
    size = min(max(round(total), 1), _LARGEST)
    if total < _LISTED and (weight == np.floor(weight)).all():
        # Whole customers: drawing from a list of them is several times faster than by probability.
        group = np.repeat(np.arange(len(weight)), weight.astype(np.int64))
        for _ in range(draws):
            yield group.take(generator.integers(0, len(group), size))
    else:
        for _ in range(draws):
            yield generator.choice(len(weight), size, p=weight / total)


def resample_parameters(
    top: Maximum, scores: tuple[Floats, ...], weight: Floats, *, seed: int, draws: int = DRAWS
) -> Draws:
    """Draws of the parameters (not their logarithms).

    Parameters
    ----------
    top: the maximum; parameters held by the edge of the box keep their value.
    scores: derivative of each group's log-likelihood by the logarithm of each parameter.
    weight: customers in each group.
    """
    total = float(weight.sum())
    free = np.flatnonzero(top.free)
    values, vectors = np.linalg.eigh(top.information[np.ix_(free, free)])
    # A flat direction would send the draws anywhere; it gets the least curvature that n customers can show.
    values = np.maximum(values, 1.0 / total)
    result = []
    for drawn in resamples(weight, seed=seed, draws=draws):
        gradient = np.array([float(scores[k].take(drawn).sum()) for k in free]) / len(drawn)
        gradient *= min(1.0, float(np.sqrt(len(drawn) / total)))
        step = np.zeros_like(top.theta)
        step[free] = ((vectors / values) * (vectors.T * gradient).sum(axis=1)).sum(axis=1)
        longest = float(np.abs(step).max(initial=0.0))
        if longest > _LONGEST:
            step *= _LONGEST / longest
        result.append(tuple(float(v) for v in np.exp(top.theta + step)))
    return tuple(result)


def parameter_intervals(draws: Draws, names: Sequence[str], coverage: float) -> dict[str, list[float]]:
    """Equal-tailed intervals of the parameters; empty without draws.

    >>> parameter_intervals(((1.0,), (2.0,), (3.0,)), ["r"], 0.5)
    {'r': [1.5, 2.5]}
    """
    tail = (1.0 - coverage) / 2.0
    ends = np.quantile(np.array(draws), [tail, 1.0 - tail], axis=0) if draws else np.empty((2, 0))
    return {name: [float(v) for v in pair] for name, pair in zip(names, ends.T, strict=False)}
