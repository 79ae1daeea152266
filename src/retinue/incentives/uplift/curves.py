"""How well a score orders customers by what a treatment does for them: Qini, uplift and AUUC.

Customers with treatment 1 or 0 are taken in descending order of score, each with weight w = 1 / (probability
of the arm they were in), so that unequal arms count as if they were equal. Down to a cut:

    N1, N0   sum of weights of the treated and of the others      R1, R0   the same of weight x outcome
    share    (N1 + N0) / all weights                              the part of customers that is targeted

| curve | value at the cut | meaning |
| --- | --- | --- |
| Qini | (R1 - R0 N1 / N0) / (N1 of all) | gain per treated customer of all |
| uplift | (R1 / N1 - R0 / N0) x share | gain per customer, the rest left alone |

* Qini coefficient: area between the Qini curve and the straight line to its end (targeting at random).
* AUUC: area under the uplift curve. Its end is the average effect, so a random order has half of that.
* uplift@k: R1 / N1 - R0 / N0 among the k best-scored.

Customers of equal score enter together: within a tie the curve is a straight line (the mean over all orders),
so that a constant score is exactly random. Where a cut holds nobody of an arm, its mean is taken as 0.

Sources: Radcliffe (2007), "Using control groups to target on predicted lift: building and assessing uplift
models" (Qini); Gutierrez and Gérardy (2017), "Causal inference and uplift modelling: a review of the
literature" (uplift curve, AUUC).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError, NotEnoughData, UsageError
from retinue.incentives.uplift.effects import Floats

__all__ = ["Ranked", "auuc", "qini_coefficient", "qini_curve", "uplift_at", "uplift_curve"]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Customers of one treatment and none in order of a score. Build it with `Ranked.of`, which checks them.

    order: rows, best score first. tie_start: where each group of equal scores starts in that order. treated,
    outcome, weight: of the rows, in the order given.
    """

    order: npt.NDArray[np.intp]
    tie_start: npt.NDArray[np.intp]
    treated: Floats
    outcome: Floats
    weight: Floats

    @classmethod
    def of(
        cls,
        score: npt.ArrayLike,
        treated: npt.ArrayLike,
        outcome: npt.ArrayLike,
        *,
        propensity: npt.ArrayLike | None = None,
    ) -> Ranked:
        """Check and rank.

        Parameters
        ----------
        score: higher is targeted first (n), out of fold. treated: 0 or 1 (n). outcome: n, more is better.
        propensity: probability of the arm that each was in (n); without it, arms were drawn alike for all.

        Raises DataError for lengths that differ, numbers that are not finite, a `treated` other than 0 or 1
        and a propensity outside (0, 1]; NotEnoughData where an arm is empty.
        """
        s, t, y = (np.asarray(a, dtype=np.float64) for a in (score, treated, outcome))
        w = np.ones(s.shape) if propensity is None else np.asarray(propensity, dtype=np.float64)
        if s.ndim != 1 or not s.shape == t.shape == y.shape == w.shape:
            raise DataError("score, treated, outcome and propensity must be columns of one length.")
        if not (np.isfinite(s).all() and np.isfinite(y).all()):
            raise DataError("A score or an outcome is not a finite number.", where="score, outcome")
        if not np.isin(t, (0.0, 1.0)).all():
            raise DataError(
                "`treated` holds more than 0 and 1: give one treatment and none.", where="treated"
            )
        if not ((w > 0) & (w <= 1)).all():
            raise DataError("A propensity is not above 0 and at most 1.", where="propensity")
        if not 0 < t.sum() < len(t):
            raise NotEnoughData("An arm is empty: there is nothing to compare with.", where="treated")
        order = np.argsort(-s, kind="stable")
        return cls(order, np.flatnonzero(np.r_[True, np.diff(s[order]) != 0]), t, y, 1.0 / w)

    def sums(self, counts: npt.NDArray[np.floating] | None = None) -> Floats:
        """N1, N0, R1, R0 after each group of equal scores, from 0: 4 x (groups + 1), or 4 x B x (groups + 1).

        counts: how often each row was drawn (B x n), for resampling.
        """
        order = self.order
        weight = self.weight[order] if counts is None else counts[..., order] * self.weight[order]
        one = weight * self.treated[order]
        none = weight - one
        outcome = self.outcome[order]
        parts = np.stack([one, none, one * outcome, none * outcome])
        grouped = np.add.reduceat(parts, self.tie_start, axis=-1).cumsum(axis=-1)
        return np.concatenate([np.zeros((*grouped.shape[:-1], 1)), grouped], axis=-1)


def _ratio(above: Floats, below: Floats) -> Floats:
    found: Floats = np.divide(above, below, out=np.zeros(np.shape(above)), where=below > 0)
    return found


def _share(sums: Floats) -> Floats:
    many = sums[0] + sums[1]
    return _ratio(many, np.broadcast_to(many[..., -1:], many.shape))


def _qini(sums: Floats) -> Floats:
    n1, n0, r1, r0 = sums
    return _ratio(r1 - r0 * _ratio(n1, n0), np.broadcast_to(n1[..., -1:], n1.shape))


def _uplift(sums: Floats) -> Floats:
    n1, n0, r1, r0 = sums
    return (_ratio(r1, n1) - _ratio(r0, n0)) * _share(sums)


def _area(share: Floats, height: Floats) -> Floats:
    found: Floats = (np.diff(share, axis=-1) * (height[..., 1:] + height[..., :-1]) / 2).sum(axis=-1)
    return found


def qini_curve(ranked: Ranked, counts: npt.NDArray[np.floating] | None = None) -> tuple[Floats, Floats]:
    """Share targeted and gain per treated customer at the end of each group of equal scores, from (0, 0).

    >>> share, gain = qini_curve(Ranked.of([4, 3, 2, 1], [1, 0, 1, 0], [1, 0, 1, 1]))
    >>> share.tolist(), gain.tolist()
    ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.5, 0.5, 1.0, 0.5])
    """
    sums = ranked.sums(counts)
    return _share(sums), _qini(sums)


def uplift_curve(ranked: Ranked, counts: npt.NDArray[np.floating] | None = None) -> tuple[Floats, Floats]:
    """Share targeted and gain per customer if the rest is left alone; points as in `qini_curve`.

    >>> uplift_curve(Ranked.of([4, 3, 2, 1], [1, 0, 1, 0], [1, 0, 1, 1]))[1].tolist()
    [0.0, 0.25, 0.5, 0.75, 0.5]
    """
    sums = ranked.sums(counts)
    return _share(sums), _uplift(sums)


def qini_of(sums: Floats) -> Floats:
    """The Qini coefficient of sums as `Ranked.sums` gives them."""
    gain = _qini(sums)
    return _area(_share(sums), gain) - gain[..., -1] / 2


def auuc_of(sums: Floats) -> Floats:
    """AUUC of such sums."""
    return _area(_share(sums), _uplift(sums))


def uplift_of(sums: Floats, k: float) -> Floats:
    """uplift@k of such sums; UsageError for a k outside (0, 1]."""
    if not 0 < k <= 1:
        raise UsageError(f"The share {k} is not above 0 and at most 1.", where="uplift@k")
    n1, n0, r1, r0 = (_at(_share(sums), part, k) for part in sums)
    return _ratio(r1, n1) - _ratio(r0, n0)


def qini_coefficient(ranked: Ranked, counts: npt.NDArray[np.floating] | None = None) -> Floats:
    """Area between the Qini curve and chance, per treated customer; one number, or B with `counts` (B x n).

    >>> float(qini_coefficient(Ranked.of([4, 3, 2, 1], [1, 0, 1, 0], [1, 0, 1, 1])))
    0.3125
    """
    return qini_of(ranked.sums(counts))


def auuc(ranked: Ranked, counts: npt.NDArray[np.floating] | None = None) -> Floats:
    """Area under the uplift curve, per customer; one number, or B with `counts` (B x n).

    >>> float(auuc(Ranked.of([4, 3, 2, 1], [1, 0, 1, 0], [1, 0, 1, 1])))
    0.4375
    """
    return auuc_of(ranked.sums(counts))


def uplift_at(ranked: Ranked, k: float, counts: npt.NDArray[np.floating] | None = None) -> Floats:
    """The mean effect among the best-scored share k; a tie across the cut counts in part.

    Raises UsageError for a k outside (0, 1].

    >>> float(uplift_at(Ranked.of([4, 3, 2, 1], [1, 0, 1, 0], [1, 0, 1, 1]), 0.5))
    1.0
    """
    return uplift_of(ranked.sums(counts), k)


def _at(share: Floats, height: Floats, k: float) -> Floats:
    """height where share is k, straight between points (last axis)."""
    right = np.clip((share < k).sum(axis=-1, keepdims=True), 1, share.shape[-1] - 1)
    (x0, x1), (y0, y1) = (
        [np.take_along_axis(part, right - step, axis=-1)[..., 0] for step in (1, 0)]
        for part in (share, height)
    )
    found: Floats = y0 + (y1 - y0) * _ratio(np.asarray(k - x0), np.asarray(x1 - x0))
    return found
