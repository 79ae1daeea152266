"""Persuadable, sure thing, lost cause, sleeping dog: said only where it is sure enough, else unknown.

| label | the offer | without an offer |
| --- | --- | --- |
| persuadable | keeps: effect > least_effect | – |
| sleeping dog | drives away: effect < -least_effect | – |
| sure thing | changes little | stays: risk < high_risk |
| lost cause | changes little | leaves: risk >= high_risk |

These are statements about customers *like this one* (expected effects). Who of them is kept by the offer can
never be seen: nobody lives both with and without it.

Source: Radcliffe and Surry (1999, 2011), "Real-world uplift modelling with significance-based uplift trees".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from retinue.errors import DataError, UsageError
from retinue.incentives.uplift.effects import Effects, Floats

__all__ = ["LABELS", "UNKNOWN", "Labels", "label"]

LABELS = ("persuadable", "sure thing", "lost cause", "sleeping dog")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """For n customers and k offers. label: one of LABELS or "unknown" (n x k). probability: of each of LABELS
    (n x k x 4), summing to 1."""

    label: npt.NDArray[np.str_]
    probability: Floats

    @property
    def sleeping_dogs(self) -> npt.NDArray[np.bool_]:
        """Whom to leave in peace, per offer (n x k)."""
        found: npt.NDArray[np.bool_] = self.label == LABELS[3]
        return found


def label(
    effects: Effects,
    risk: npt.ArrayLike,
    *,
    risk_error: npt.ArrayLike = 0.0,
    least_effect: float = 0.01,
    high_risk: float = 0.5,
    sure: float = 0.8,
) -> Labels:
    """Label every customer for every offer.

    Parameters
    ----------
    effects: on the probability of staying. risk: P(leaves without an offer) (n). risk_error: its standard
    error (n, or one for all; 0: taken as known). least_effect: what is too little to matter. high_risk: from
    where on a customer is expected to leave. sure: probability that a label needs, above one half.

    Assumptions: effect and risk are normal with these errors, and independent of each other.

    Raises DataError for risks that are not n probabilities; UsageError for a `sure` outside (0.5, 1) or a
    negative `least_effect`.

    >>> error = np.array([[0.02], [0.02], [0.02], [0.05], [0.2]])
    >>> effects = Effects(np.array([[0.1], [0.0], [0.0], [-0.1], [0.1]]), error)
    >>> label(effects, [0.6, 0.1, 0.9, 0.2, 0.6], least_effect=0.03).label[:, 0].tolist()
    ['persuadable', 'sure thing', 'lost cause', 'sleeping dog', 'unknown']
    """
    p = np.asarray(risk, dtype=np.float64)
    if p.shape != (len(effects),) or not ((p >= 0) & (p <= 1)).all():
        raise DataError(f"The risk must be {len(effects)} probabilities.", where="risk")
    if not 0.5 < sure < 1 or least_effect < 0:
        raise UsageError(
            f"sure = {sure} and least_effect = {least_effect}: a label needs more than one half, below 1, and"
            " an effect of 0 or more.",
            where="label",
        )
    helps = effects.probability_above(least_effect)
    harms = 1 - effects.probability_above(-least_effect)
    little = np.clip(1 - helps - harms, 0.0, 1.0)
    leaves = _above(p, np.broadcast_to(np.asarray(risk_error, dtype=np.float64), p.shape), high_risk)[:, None]
    each = np.stack([helps, little * (1 - leaves), little * leaves, harms], axis=-1)
    names = np.array([*LABELS, UNKNOWN])
    best = np.where(each.max(axis=-1) >= sure, each.argmax(axis=-1), len(LABELS))
    return Labels(names[best], each)


def _above(value: Floats, error: Floats, threshold: float) -> Floats:
    """P(true value >= threshold)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (value - threshold) / error
    found: Floats = np.where(error > 0, ndtr(np.where(error > 0, z, 0.0)), (value >= threshold) * 1.0)
    return found
