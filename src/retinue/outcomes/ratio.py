"""Did the arms come out in the numbers they were drawn in? If not, nothing about them can be believed.

With p_i(a) the probability of arm a for customer i and O_a the number found, E_a = sum_i p_i(a):

    chi-square    sum_a (O_a - E_a)^2 / E_a,   compared with chi-square of (arms - 1) degrees
    e-value       mean over tilts t of prod_i q_i(A_i; t) / p_i(A_i)

where q(.; t) gives the arm in question odds exp(t) times as large, t from a normal mixture. The e-value may
be looked at every day: the chance that it ever exceeds 1/c is at most c. p < 0.001 hides every result,
p < 0.01 is a warning; daily looks for years at p < 0.001 may raise a false alarm once in a hundred times,
and then the e-value stays small.

Sources: Fabijan et al. (2019), "Diagnosing sample ratio mismatch in online controlled experiments"; Lindon
and Malek (2022), "Anytime-valid inference for multinomial count data".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, logsumexp

__all__ = ["ALARM", "WARNING", "SampleRatio", "sample_ratio"]

ALARM, WARNING = 0.001, 0.01

_TILTS = np.linspace(-2.0, 2.0, 41)
_WEIGHTS = np.exp(-0.5 * (_TILTS / 0.5) ** 2)


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Customers found and expected per arm, how surprising that is, and what it says."""

    found: Mapping[str, int]
    expected: Mapping[str, float]
    chi_square: float
    p_value: float
    e_value: float
    statement: str

    @property
    def broken(self) -> bool:
        """Whether results must be hidden."""
        return self.p_value < ALARM

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "broken": self.broken}


def sample_ratio(
    arm: NDArray[np.str_], probabilities: Mapping[str, NDArray[np.float64]], *, what: str = "customers"
) -> SampleRatio:
    """Compare the numbers found with those drawn for.

    Parameters
    ----------
    arm: of each customer.
    probabilities: arm -> probability for each customer; arms with probability 0 for all are left out.
    what: the noun of the sentence.

    >>> half = {"treatment": np.full(1000, 0.5), "holdout": np.full(1000, 0.5)}
    >>> sample_ratio(np.array(["treatment", "holdout"] * 500), half).broken
    False
    >>> sample_ratio(np.array(["treatment"] * 600 + ["holdout"] * 400), half).broken
    True
    """
    names = [name for name, p in probabilities.items() if p.sum() > 0]
    found = {name: int((arm == name).sum()) for name in names}
    expected = {name: float(probabilities[name].sum()) for name in names}
    chi = sum((found[n] - expected[n]) ** 2 / expected[n] for n in names)
    p_value = float(chdtrc(max(len(names) - 1, 1), chi)) if len(arm) else 1.0
    evidence = [_e_value(arm == n, probabilities[n]) for n in names[1:]]
    e_value = float(np.mean(evidence)) if evidence else 1.0
    counts = ", ".join(f"{n} {found[n]:,} (expected {expected[n]:,.0f})" for n in names)
    if p_value < ALARM:
        words = (
            f"The arms do not have the numbers of {what} they were drawn in: {counts}, p = {p_value:.1g}. "
            "Results are hidden, for whatever lost or moved these customers may explain any difference. "
            "Look for rows that are logged in one arm only."
        )
    elif p_value < WARNING:
        words = f"The numbers of {what} per arm are unusual, but not alarming: {counts}, p = {p_value:.1g}."
    else:
        words = f"The numbers of {what} per arm are as drawn: {counts}, p = {p_value:.2f}."
    return SampleRatio(found, expected, float(chi), p_value, e_value, words)


def _e_value(inside: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
    """The mixture of likelihood ratios of tilted odds against those drawn."""
    usable = (p > 0) & (p < 1)
    values, where = np.unique(p[usable], return_inverse=True)
    ins = np.bincount(where, weights=inside[usable], minlength=len(values))[:, None]
    outs = np.bincount(where, weights=~inside[usable], minlength=len(values))[:, None]
    base = np.log1p(values[:, None] * np.expm1(_TILTS))
    growth = (ins * (_TILTS - base) - outs * base).sum(axis=0)
    total = logsumexp(growth, b=_WEIGHTS / _WEIGHTS.sum())
    return float(np.exp(min(total, 700.0)))
