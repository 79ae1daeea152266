"""A first estimate of when: a Weibull curve through the calibrated probability.

With W the days of the label window and p the probability of churn within it, the chance to stay beyond t is
S(t) = (1 − p)^((t / W)^k). It passes through S(W) = 1 − p by construction; the shape k, common to all, is
fitted by maximum likelihood on observed and censored durations. The estimate is the median,
W · (ln 2 / −ln(1 − p))^(1 / k): the higher the risk, the sooner. Beyond W it is an extrapolation, and it is
cut at ten years, which read as "no end in sight". This is a proportional-hazards Weibull model whose scale
is given by the classifier (see Kalbfleisch & Prentice, "The Statistical Analysis of Failure Time Data").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

__all__ = ["LONGEST", "Timing", "fit_timing"]

Vector = npt.NDArray[np.float64]

LONGEST = 3650.0
LEAST_OBSERVED = 20
SHAPES = (0.4, 6.0)


@dataclass(frozen=True, slots=True)
class Timing:
    """The window in days, the shape, and how the shape was found.

    >>> Timing(90, 1.0, "constant hazard").days(np.array([0.5, 0.78])).round().tolist()
    [90.0, 41.0]
    """

    window: float
    shape: float
    why: str

    def days(self, probability: Vector) -> Vector:
        """Median days to churn for calibrated probabilities."""
        hazard = -np.log1p(-probability)
        median: Vector = self.window * np.power(np.log(2.0) / hazard, 1.0 / self.shape)
        return np.minimum(median, LONGEST)

    def as_dict(self) -> dict[str, Any]:
        return {"window": self.window, "shape": self.shape, "why": self.why}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Timing:
        return cls(float(body["window"]), float(body["shape"]), body["why"])


def fit_timing(probability: Vector, duration: Vector, observed: Vector, *, window: float) -> Timing:
    """Fit the shape to durations in days; `observed` is 1 where churn ended the duration.

    Rows without a duration are left out. With fewer than 20 observed churns the hazard is taken as constant
    (k = 1).
    """
    known = ~np.isnan(duration)
    events = int(np.nansum(observed[known]))
    if events < LEAST_OBSERVED:
        return Timing(window, 1.0, f"{events} observed durations: a constant hazard is assumed")
    # Half a day: a churn on the very day has no logarithm.
    relative = np.log(np.maximum(duration[known], 0.5) / window)
    hazard = -np.log1p(-probability[known])
    event = observed[known]

    def loss(shape: float) -> float:
        accumulated = hazard * np.exp(shape * relative)
        return float(accumulated.sum() - (event * (np.log(shape) + shape * relative)).sum())

    best = minimize_scalar(loss, bounds=SHAPES, method="bounded", options={"xatol": 1e-6})
    return Timing(window, round(float(best.x), 4), f"fitted to {events:,} observed durations")
