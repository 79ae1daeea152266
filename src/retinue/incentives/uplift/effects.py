"""The effect of each treatment on each customer, and how unsure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from retinue.errors import UsageError

__all__ = ["Effects", "Floats"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Conditional average treatment effects (CATE) of n customers and k treatments against none.

    effect: E[Y(a) - Y(0) | x], in the outcome's unit (n x k). error: its standard error (n x k).

    Assumption: the estimate is normal around the truth with this error; see each learner for what the error
    leaves out.

    >>> found = Effects(np.array([[0.05]]), np.array([[0.02]]))
    >>> [round(float(end[0, 0]), 3) for end in found.interval()]
    [0.011, 0.089]
    >>> found.probability_above(0.0).round(3).tolist()
    [[0.994]]
    """

    effect: Floats
    error: Floats

    def __post_init__(self) -> None:
        if self.effect.shape != self.error.shape or self.effect.ndim != 2:
            raise UsageError(
                f"Effects {self.effect.shape} and errors {self.error.shape} must be two n x k arrays.",
                where="Effects",
            )

    def __len__(self) -> int:
        return len(self.effect)

    def interval(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Both ends of each effect's interval (n x k each); a confidence outside (0, 1) is a UsageError."""
        if not 0 < confidence < 1:
            raise UsageError(f"A confidence of {confidence} is not between 0 and 1.", where="interval")
        reach = float(ndtri((1 + confidence) / 2)) * self.error
        return self.effect - reach, self.effect + reach

    def probability_above(self, threshold: float = 0.0) -> Floats:
        """P(effect > threshold) for each customer and treatment (n x k)."""
        away = self.effect - threshold
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(self.error > 0, away / self.error, np.sign(away) * np.inf)
        found: Floats = ndtr(np.where(np.isnan(z), -np.inf, z))
        return found
