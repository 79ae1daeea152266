"""The share still there after so many days, from customers some of whom are still there (Kaplan-Meier).

With d_j leaving on day t_j of n_j who were followed until then, S(t) the share still there after t

    S(t) = product over t_j <= t of (1 - d_j / n_j)
    Greenwood        G(t) = sum over t_j <= t of d_j / (n_j (n_j - d_j)),   sd of S(t) = S(t) sqrt(G(t))
    band, log-log    S(t) ^ exp(-+ z sqrt(G(t)) / ln S(t))

The band stays within 0 and 1. A day on which somebody leaves and somebody else is last seen counts the latter
as followed on that day. Assumption: whoever is no longer followed would have left like the others.

Sources: Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations"; Greenwood (1926);
Kalbfleisch and Prentice, "The Statistical Analysis of Failure Time Data", section 1.4, for the band.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Survival", "kaplan_meier"]

Z95 = 1.959963984540054

Whole = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Survival:
    """The curve, day by day from 0 to the last day on which somebody was followed.

    share, low, high: S(t) after the day, with its 95 % band. followed: n at the beginning of the day.
    """

    share: Vector
    low: Vector
    high: Vector
    followed: Whole

    @property
    def median(self) -> int | None:
        """The first day after which at most half are still there; None where the curve does not get there."""
        below = np.flatnonzero(self.share <= 0.5)
        return int(below[0]) if len(below) else None


def kaplan_meier(days: Whole, left: npt.NDArray[np.bool_]) -> Survival:
    """The curve of customers who were followed for whole `days` each, and `left` then or not.

    >>> found = kaplan_meier(np.array([1, 2, 2, 3]), np.array([True, True, False, False]))
    >>> found.share.tolist(), found.followed.tolist()
    ([1.0, 0.75, 0.5, 0.5], [4, 4, 3, 1])
    """
    size = int(days.max()) + 1 if len(days) else 1
    ends = np.bincount(days, minlength=size)
    leavers = np.bincount(days[left], minlength=size)
    followed = len(days) - np.concatenate([[0], np.cumsum(ends)[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        stays = np.where(followed > 0, 1.0 - leavers / followed, 1.0)
        share = np.cumprod(stays, dtype=np.float64)
        terms = np.where(leavers > 0, leavers / (followed * (followed - leavers).astype(np.float64)), 0.0)
        spread = Z95 * np.sqrt(np.cumsum(terms)) / np.log(share)
        low, high = share ** np.exp(-spread), share ** np.exp(spread)
    # where nobody has left, or everybody, there is no band around it
    flat = (share >= 1.0) | (share <= 0.0) | ~np.isfinite(spread)
    return Survival(
        share=share,
        low=np.where(flat, share, low),
        high=np.where(flat, share, high),
        followed=followed.astype(np.int64),
    )
