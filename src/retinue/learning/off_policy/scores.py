"""What an estimate is made of: one numerator and one denominator per decision.

Every estimator here is a ratio of two sums over the log,

    V = sum(u_i) / sum(v_i)

(for an average, v_i = 1). So one formula serves all of them for the error: the influence of decision i is

    phi_i = (u_i - V v_i) / mean(v)

and the difference of two policies on the same log has the influence phi_i(target) - phi_i(champion).

Source: Hampel (1974), "The influence curve and its role in robust estimation"; linearisation of a ratio as
in Owen (2013), "Monte Carlo theory, methods and examples", chapter 9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retinue.learning.off_policy.logged import Codes, Vector

__all__ = ["Scores"]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The parts of one estimate.

    Attributes
    ----------
    name: IPS, SNIPS, DM, DR, Switch-DR or DRos.
    numerator, denominator: u and v (n each), in units of the reward and of a weight.
    cluster: number of the customer (n).
    note: what an interval of this estimate leaves out; empty when it leaves nothing out.

    >>> import numpy as np
    >>> Scores("IPS", np.array([0.0, 2.0]), np.ones(2), np.arange(2)).value
    1.0
    """

    name: str
    numerator: Vector
    denominator: Vector
    cluster: Codes
    note: str = ""

    @property
    def value(self) -> float:
        """The estimate: expected reward per decision. NaN when no logged action is one of the policy's."""
        total = float(self.denominator.sum())
        return float(self.numerator.sum()) / total if total > 0 else float("nan")

    @property
    def influence(self) -> Vector:
        """phi (n); sums to 0."""
        mean = float(self.denominator.mean())
        if mean <= 0:
            return np.full(len(self.numerator), np.nan)
        phi: Vector = (self.numerator - self.value * self.denominator) / mean
        return phi
