"""An estimate from sums alone, so that any part of what was measured can be told without its rows.

With psi_i the terms of `aipw` (one a customer), n of them, S = sum(psi) and Q = sum(psi^2) over a part

    estimate = S / n,   sd^2 = (Q - S^2 / n) / (n - 1)

and the two intervals of `confidence`. The terms are those of the whole measurement: each has the true
difference as its expectation by itself, so a part's mean is unbiased for that part, and the parts of a whole
agree with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from retinue.outcomes.aipw import Estimate
from retinue.outcomes.confidence import fixed_margin, valid_margin

__all__ = ["Moments"]


@dataclass(frozen=True, slots=True)
class Moments:
    """Number of terms, their sum and the sum of their squares.

    >>> found = Moments(4, 10.0, 30.0).estimate()
    >>> found.value, round(found.sd, 3)
    (2.5, 1.291)
    """

    many: int
    total: float
    squares: float

    def estimate(self) -> Estimate:
        """The mean of the terms with both intervals."""
        if not self.many:
            return Estimate(math.nan, math.nan, 0, *(math.nan,) * 4)
        value = self.total / self.many
        left = max(0.0, self.squares - self.total * value)
        sd = math.sqrt(left / max(self.many - 1, 1))
        fixed, always = float(fixed_margin(self.many, sd)), float(valid_margin(self.many, sd))
        return Estimate(value, sd, self.many, value - fixed, value + fixed, value - always, value + always)
