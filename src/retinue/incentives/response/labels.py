"""Persuadable, sure thing, lost cause or sleeping dog, by the learned response to one offer each.

The offer lowers P(leave) by q kept - (1 - q) disturbed. With both shares normal on the logit scale and
independent of each other, as the model has them, mean and variance of that effect follow from those of the
two shares (Gauss-Hermite quadrature, 16 nodes); `uplift.labels` turns effect and risk into probabilities.

A label is a claim about customers, so it needs evidence: where less than half of what was unsure about the
offer has been learned away, the answer is the catalogue's assumption in other words, and is called unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from retinue.incentives.catalogue import Catalogue
from retinue.incentives.response.file import Learned
from retinue.incentives.response.moments import Moments, moments, risk_spread
from retinue.incentives.response.prior import prior
from retinue.incentives.uplift.effects import Effects
from retinue.incentives.uplift.labels import LABELS, UNKNOWN, label

__all__ = ["LEAST_LEARNED", "SURE", "Labelled", "label_response", "taught_offers"]

SURE = 0.8
"""The probability that a label needs."""
LEAST_LEARNED = 0.5
"""The share of the prior variance of an offer's term that evidence must have taken away."""

NODES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """For n customers and one offer each, in parallel.

    label: one of `uplift.labels.LABELS`, or "unknown". likeliest, probability: the likeliest of LABELS and
    how probable it is, also where that is too little for a label. effect, error: by how much the offer lowers
    P(leave), and its standard deviation. taught: whether enough was learned of the offer to label anybody.
    """

    label: NDArray[np.str_]
    likeliest: NDArray[np.str_]
    probability: NDArray[np.float64]
    effect: NDArray[np.float64]
    error: NDArray[np.float64]
    taught: NDArray[np.bool_]


def label_response(
    learned: Learned,
    catalogue: Catalogue,
    risk: NDArray[np.float64],
    context: NDArray[np.float64],
    column: NDArray[np.intp],
) -> Labelled:
    """Label each customer for the offer in that column of the catalogue. A row depends on itself alone.

    risk: P(leaves if left alone) as scored (n). context: n x d, as `Context.encode` gives it.
    Cost grows with n, not with the offers: a second or two for 100,000 customers.

    >>> from retinue.incentives.response import Context
    >>> catalogue = Catalogue.default()
    >>> start = Learned(Context({}, {}), prior(catalogue, ()))
    >>> said = label_response(start, catalogue, np.array([0.8]), np.zeros((1, 0)), np.array([3]))
    >>> said.label.tolist(), said.likeliest.tolist()          # nothing was learned yet
    (['unknown'], ['persuadable'])
    """
    model = learned.response
    said = moments(model, risk, context)
    effect, error = _effect(said, column)
    wrong = risk_spread(model, risk, context) * said.risk * (1 - said.risk)
    found = label(Effects(effect[:, None], error[:, None]), said.risk, risk_error=wrong, sure=SURE)
    each = found.probability[:, 0]
    best = each.argmax(axis=1)
    taught = taught_offers(learned, catalogue)[column] if len(column) else np.zeros(0, dtype=np.bool_)
    return Labelled(
        label=np.where(taught, found.label[:, 0], UNKNOWN),
        likeliest=np.array(LABELS)[best],
        probability=each[np.arange(len(each)), best],
        effect=effect,
        error=error,
        taught=taught,
    )


def taught_offers(learned: Learned, catalogue: Catalogue) -> NDArray[np.bool_]:
    """Of which offers evidence has taken away enough of what was unsure (k)."""
    start = prior(catalogue, ())
    before = np.diag(start.covariance)[start.offer]
    now = np.diag(learned.response.covariance)[learned.response.offer]
    return np.asarray(now <= (1 - LEAST_LEARNED) * before)


def _effect(said: Moments, column: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the lowering of P(leave) by the offer of each customer."""
    rows = np.arange(len(column))
    spread = np.sqrt(np.square(said.own) + np.square(said.offer).sum(axis=1)[column])
    kept, kept_variance = _share(said.kept[rows, column], spread)
    driven, driven_variance = _share(said.disturbed, said.disturbed_sd)
    q = said.risk
    mean = q * kept - (1 - q) * driven
    return mean, np.sqrt(np.square(q) * kept_variance + np.square(1 - q) * driven_variance)


def _share(
    middle: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of a share that is normal on the logit scale."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    first, second = np.zeros(len(middle)), np.zeros(len(middle))
    for node, weight in zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True):
        share = expit(middle + node * spread)
        first += weight * share
        second += weight * share * share
    return first, np.maximum(second - first * first, 0.0)
