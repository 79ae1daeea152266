"""Does targeting by uplift beat random, and beat targeting by risk? Estimates with intervals, and a sentence.

Intervals are percentiles of a bootstrap by customer (Efron, 1979): customers are drawn with replacement with
all their rows. Two orders are compared on the same draws. What is measured is the order as it stands; how
another sample would have trained it is not in the interval.

Scores out of fold need more. Each fold trains the scores of the others, so the folds' Qini coefficients are
not independent: where effects do not differ, two of K folds correlate by about 1 / (K - 1), and the variance
of their mean is about twice what a bootstrap of fixed scores finds. So the deviations of whatever depends on
such a score are widened by the square root of 2, which is more than enough where effects do differ.

Source of the problem: Wager (2024), "Sequential validation of treatment heterogeneity", arXiv:2405.05534.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError, UsageError
from retinue.incentives.uplift.curves import Ranked, auuc_of, qini_curve, qini_of, uplift_curve, uplift_of
from retinue.incentives.uplift.effects import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REPLICATES", "Band", "Estimate", "Targeting", "band", "judge_targeting"]

REPLICATES = 500
CROSS_FITTED = float(np.sqrt(2.0))
"""By how much the deviations of measures of out-of-fold scores are widened."""
CELLS = 4_000_000
"""Numbers held at once while resampling."""
Counts = npt.NDArray[np.floating]
Finding = Literal["better", "worse", "no evidence"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with both ends of its interval."""

    value: float
    low: float
    high: float

    @property
    def finding(self) -> Finding:
        """On which side of 0 the whole interval lies."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "no evidence"

    def __str__(self) -> str:
        return f"{self.value:.3g} [{self.low:.3g}, {self.high:.3g}]"


@dataclass(frozen=True, slots=True)
class Targeting:
    """How good it is to treat those first for whom the effect is thought to be largest.

    effect: mean effect of treating everybody. qini, auuc, uplift_at_k: of the order by uplift, see `curves`.
    risk_qini: of the order by risk. over_risk: the Qini coefficient's lead over it. The last two are None
    without a risk.
    """

    effect: Estimate
    qini: Estimate
    auuc: Estimate
    k: float
    uplift_at_k: Estimate
    risk_qini: Estimate | None
    over_risk: Estimate | None
    confidence: float
    customers: int

    @property
    def beats_random(self) -> Finding:
        """Whether the Qini coefficient, which is 0 for a random order, differs from 0."""
        return self.qini.finding

    @property
    def beats_risk(self) -> Finding | None:
        """Whether the Qini coefficient differs from that of the order by risk."""
        return None if self.over_risk is None else self.over_risk.finding

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        percent = f"{self.confidence * 100:.3g} %"
        words = _words("random", "Qini coefficient", self.qini, percent)
        if self.over_risk is not None:
            words += " " + _words("targeting by risk", "difference in Qini", self.over_risk, percent)
        return words

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {
            "beats_random": self.beats_random,
            "beats_risk": self.beats_risk,
            "sentence": self.sentence,
        }


def _words(other: str, measure: str, found: Estimate, percent: str) -> str:
    numbers = f"({measure} {found.value:.2g}, {percent} interval {found.low:.2g} to {found.high:.2g})"
    if found.finding == "better":
        return f"Targeting by uplift beats {other} {numbers}."
    if found.finding == "worse":
        return f"Targeting by uplift is worse than {other} {numbers}."
    return f"There is no evidence that targeting by uplift beats {other} {numbers}."


def judge_targeting(
    score: npt.ArrayLike,
    treated: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    risk: npt.ArrayLike | None = None,
    propensity: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    k: float = 0.3,
    confidence: float = 0.95,
    cross_fitted: bool = True,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Targeting:
    """Judge an order of customers by uplift on rows of one treatment (1) and none (0).

    Parameters
    ----------
    score: a learner's `order` for this treatment, or another score that has not seen its customer (n).
    treated: 0 or 1 (n). outcome: more is better (n). cross_fitted: the score is out of fold; False for one
    that was made without any of these rows.
    risk: probability of leaving without an offer (n), for the comparison. propensity: probability of the arm
        each was in (n). clusters: customer of each row. k: of uplift@k. seed: of the draws.

    Assumptions: treatment was random given what the propensity says; customers are independent. One interval
    each: whoever tries many scores, outcomes or treatments will find some that seem to beat chance.

    Raises as `Ranked.of`; UsageError for fewer than 100 replicates, or a confidence or k outside (0, 1].

    >>> rng = np.random.default_rng(0)
    >>> x, t = rng.random(2_000), rng.integers(0, 2, 2_000)
    >>> y = (rng.random(2_000) < 0.3 + 0.4 * x * t).astype(float)
    >>> print(judge_targeting(x, t, y, replicates=200).sentence)
    Targeting by uplift beats random (Qini coefficient 0.035, 95 % interval 0.018 to 0.051).
    >>> print(judge_targeting(np.zeros(2_000), t, y, replicates=200).sentence)
    There is no evidence that targeting by uplift beats random (Qini coefficient 0, 95 % interval 0 to 0).
    """
    ranked = Ranked.of(score, treated, outcome, propensity=propensity)
    others = None if risk is None else Ranked.of(risk, treated, outcome, propensity=propensity)

    def measures(counts: Counts | None) -> Floats:
        sums = ranked.sums(counts)
        rows = [uplift_of(sums, 1.0), qini_of(sums), auuc_of(sums), uplift_of(sums, k)]
        if others is not None:
            theirs = qini_of(others.sums(counts))
            rows += [theirs, rows[1] - theirs]
        return np.stack(rows)

    drawn = _drawn(measures, len(ranked.order), clusters, replicates, seed)
    values = measures(None)
    wide = CROSS_FITTED if cross_fitted else 1.0
    widths = (1.0, wide, wide, wide, 1.0, wide)
    found = [
        _estimate(float(value), row, confidence, width)
        for value, row, width in zip(values, drawn, widths, strict=False)
    ]
    return Targeting(
        found[0],
        found[1],
        found[2],
        k,
        found[3],
        found[4] if others is not None else None,
        found[5] if others is not None else None,
        confidence,
        _customers(clusters, len(ranked.order))[0],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A curve at even shares with a pointwise interval: share, value, low and high (m each)."""

    share: Floats
    value: Floats
    low: Floats
    high: Floats

    def frame(self) -> pd.DataFrame:
        """One row per share of customers targeted: share, value, low, high, and `random`, the straight line
        to the end of the curve, which is what targeting at random gives."""
        import pandas as pd

        columns = {"share": self.share, "value": self.value, "low": self.low, "high": self.high}
        return pd.DataFrame({**columns, "random": self.share * self.value[-1]})


def band(
    ranked: Ranked,
    *,
    curve: Literal["qini", "uplift"] = "qini",
    clusters: npt.ArrayLike | None = None,
    points: int = 51,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Band:
    """The Qini or uplift curve with its interval at `points` shares from 0 to 1, for a plot.

    The interval holds at each share by itself, as the order stands (not widened for scores out of fold).

    >>> found = band(Ranked.of([4, 3, 2, 1] * 9, [1, 0, 1, 0] * 9, [1, 0, 1, 1] * 9), points=3)
    >>> found.share.tolist(), found.value.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.5, 0.5])
    """
    if curve not in ("qini", "uplift"):
        raise UsageError(f"There is no curve '{curve}'.", where="band", fix="Use qini or uplift.")
    grid = np.linspace(0.0, 1.0, points)
    exact = qini_curve if curve == "qini" else uplift_curve
    share, value = exact(ranked)

    def at(counts: Counts | None) -> Floats:
        lines = [np.interp(grid, x, y) for x, y in zip(*exact(ranked, counts), strict=True)]
        return np.asarray(lines, dtype=np.float64).T

    drawn = _drawn(at, len(ranked.order), clusters, replicates, seed)
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=-1)
    return Band(grid, np.interp(grid, share, value), low, high)


def _customers(clusters: npt.ArrayLike | None, n: int) -> tuple[int, npt.NDArray[np.intp]]:
    if clusters is None:
        return n, np.arange(n)
    labels = np.asarray(clusters)
    if labels.shape != (n,):
        raise DataError(f"There are {labels.size} clusters for {n} rows.", where="clusters")
    names, row = np.unique(labels, return_inverse=True)
    return len(names), row.astype(np.intp)


def _drawn(
    measure: Callable[[Counts | None], Floats],
    n: int,
    clusters: npt.ArrayLike | None,
    replicates: int,
    seed: int,
) -> Floats:
    """The rows of a measure on each of the resamples (rows x replicates)."""
    if replicates < 100:
        raise UsageError(f"{replicates} replicates are too few for an interval.", fix="Use 100 or more.")
    many, customer = _customers(clusters, n)
    rng = np.random.default_rng(seed)
    chunk = max(1, CELLS // (4 * n))
    parts = []
    for start in range(0, replicates, chunk):
        rows = min(chunk, replicates - start)
        counts = np.stack(
            [np.bincount(rng.integers(many, size=many), minlength=many)[customer] for _ in range(rows)]
        ).astype(np.float64)
        parts.append(measure(counts))
    return np.hstack(parts)


def _estimate(value: float, drawn: Floats, confidence: float, width: float) -> Estimate:
    if not 0 < confidence < 1:
        raise UsageError(f"A confidence of {confidence} is not between 0 and 1.")
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(value, value + width * (float(low) - value), value + width * (float(high) - value))
