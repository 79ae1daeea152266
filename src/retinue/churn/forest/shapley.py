"""Exact Shapley values of a leaf from which of its path's conditions a row fulfils.

A leaf with value v asks something of d features. Feature i is fulfilled (z_i = 1) or not (0); when it is not
known, a share r_i of the training rows stays on the path. TreeSHAP's value of a set S of known features is
v · Π_{i∈S} z_i · Π_{i∉S} r_i (Lundberg et al. 2020). Its Shapley values are

    φ_j = v · (z_j − r_j) · ∫₀¹ Π_{i≠j} (z_i·t + r_i·(1 − t)) dt,

since ∫ t^k (1 − t)^(d−1−k) dt = k!(d−1−k)!/d!, Shapley's weight of a set of k others. The integrand is a
polynomial of degree d − 1, which Gauss–Legendre quadrature with ⌈d/2⌉ points integrates exactly; all its
factors lie in [0, 1], so that nothing cancels. φ depends on the row through z alone: 2^d patterns for each
leaf, worked out once for all rows (Yang, "Fast TreeSHAP: Accelerating SHAP Value Computation for Trees",
2021; the integral as in Yu et al., "Linear TreeSHAP", NeurIPS 2022).

`shares` and `tables` do the same operations in the same order: their results agree to the bit.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["shares", "tables"]

AT_ONCE = 8_192
"""Patterns worked on at once, so that they stay in the processor's cache."""

Vector = npt.NDArray[np.float64]
Array = npt.NDArray[np.float64]


def shares(value: Vector, ratio: Array, met: Array) -> Array:
    """φ of the leaves for given patterns.

    In: value (leaves,), ratio (d, leaves), met (d, patterns, leaves) of zeros and ones.
    Out: (d, patterns, leaves).

    >>> shares(np.array([8.0]), np.full((2, 1), 0.5), np.ones((2, 1, 1))).ravel().tolist()
    [3.0, 3.0]
    """
    lengths, patterns, leaves = met.shape
    if leaves > AT_ONCE:
        cuts = [slice(start, start + AT_ONCE) for start in range(0, leaves, AT_ONCE)]
        return np.concatenate([shares(value[at], ratio[:, at], met[:, :, at]) for at in cuts], axis=2)
    if leaves * patterns > AT_ONCE:
        each = AT_ONCE // leaves
        parts = [met[:, start : start + each] for start in range(0, patterns, each)]
        return np.concatenate([shares(value, ratio, part) for part in parts], axis=1)
    out = np.zeros_like(met)
    for t, weight in _quadrature(lengths):
        factor = met * t
        factor += (ratio * (1 - t))[:, None]
        before = [value * weight]
        for i in range(lengths - 1):
            before.append(before[-1] * factor[i])
        after = factor[-1]
        out[-1] += before[-1]
        for i in range(lengths - 2, -1, -1):
            out[i] += before[i] * after
            after = after * factor[i]
    out *= met - ratio[:, None]
    return out


def tables(value: Vector, ratio: Array) -> Array:
    """φ of the leaves for all patterns; bit i of a pattern's number says whether element i is fulfilled.

    In: value (leaves,), ratio (d, leaves). Out: (leaves, d, 2^d).
    """
    lengths, leaves = ratio.shape
    # Element i itself comes in at the end: till then half of the patterns are enough. Whichever of the
    # patterns below and above i are more lie innermost, where a loop is fast.
    halves = [
        np.zeros((leaves, below, above) if below < above else (leaves, above, below))
        for below, above in ((1 << i, 1 << lengths - 1 - i) for i in range(lengths))
    ]
    for t, weight in _quadrature(lengths):
        low = ratio * (1 - t)
        high = low + t
        before = [value[:, None] * weight]
        for i in range(lengths - 1):
            # A pattern of one element more: that bit above the others.
            longer = np.empty((leaves, 2, 1 << i))
            np.multiply(before[-1], low[i, :, None], out=longer[:, 0])
            np.multiply(before[-1], high[i, :, None], out=longer[:, 1])
            before.append(longer.reshape(leaves, -1))
        after = np.ones((leaves, 1))
        for i in range(lengths - 1, -1, -1):
            if before[i].shape[1] < after.shape[1]:
                halves[i] += before[i][:, :, None] * after[:, None, :]
            else:
                halves[i] += before[i][:, None, :] * after[:, :, None]
            # And here below them.
            longer = np.empty((leaves, after.shape[1], 2))
            np.multiply(after, low[i, :, None], out=longer[:, :, 0])
            np.multiply(after, high[i, :, None], out=longer[:, :, 1])
            after = longer.reshape(leaves, -1)
    out = np.empty((leaves, lengths, 1 << lengths))
    for i, half in enumerate(halves):
        turned = half.transpose(0, 2, 1) if half.shape[2] != 1 << i else half
        both = out[:, i].reshape(leaves, -1, 2, 1 << i)
        for met in (0, 1):
            np.multiply(turned, (met - ratio[i])[:, None, None], out=both[:, :, met])
    return out


@cache
def _quadrature(lengths: int) -> tuple[tuple[float, float], ...]:
    """Gauss–Legendre points on [0, 1] and their weights, exact for degree `lengths` − 1."""
    points, weights = np.polynomial.legendre.leggauss((lengths + 1) // 2)
    # Rounded, since the last digit depends on the machine's library for eigenvalues, and a receipt must not.
    return tuple(
        zip(np.round((points + 1) / 2, 15).tolist(), np.round(weights / 2, 15).tolist(), strict=True)
    )
