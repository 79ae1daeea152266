"""What is believed before any evidence: the catalogue's lifts, unsure as a whole and each by itself."""

from __future__ import annotations

import numpy as np

from retinue.incentives.catalogue import Catalogue
from retinue.incentives.response.base import Response

__all__ = ["prior"]

TOGETHER, WITHIN_TYPE, ALONE = 0.8, 0.5, 0.5
"""Standard deviations, in logits, by which all offers, those of one type, and each offer may differ from the
catalogue: a business where offers work better than believed is believed to be so for all of them."""
DISTURBED, DISTURBED_SD = 0.03, 0.8
"""A contact is believed to drive away three would-be stayers in a hundred."""
KEPT_SD, DISTURBED_CONTEXT_SD = 0.4, 0.5
"""How far, in logits, a standard deviation of context is believed to move either share."""
BASE_SD, SLOPE_SD = 0.3, 0.15
LEAST = 0.005


def prior(catalogue: Catalogue, context: tuple[str, ...]) -> Response:
    """The model of a business without evidence.

    >>> from retinue.incentives.response import prior
    >>> model = prior(Catalogue.default(), ("size", "channel"))
    >>> model.mean.size, round(float(1 / (1 + np.exp(-model.mean[model.offer][3]))), 2)
    (15, 0.11)
    """
    k, d = len(catalogue.offers), len(context)
    mean = np.zeros(4 + k + 2 * d - 1)
    covariance = np.zeros((mean.size, mean.size))
    model = Response(tuple(o.id for o in catalogue.offers), context, mean, covariance)
    lifts = np.clip([o.lift_mean for o in catalogue.offers], LEAST, 1 - LEAST)
    spread = np.array([o.lift_sd for o in catalogue.offers]) / (lifts * (1 - lifts))
    types = np.array([o.type for o in catalogue.offers])
    mean[1] = 1.0
    mean[model.offer] = np.log(lifts / (1 - lifts))
    mean[model.contact] = np.log(DISTURBED / (1 - DISTURBED))
    covariance[0, 0], covariance[1, 1] = BASE_SD**2, SLOPE_SD**2
    covariance[model.offer, model.offer] = (
        TOGETHER**2
        + WITHIN_TYPE**2 * (types[:, None] == types)
        + np.diag(np.minimum(ALONE, spread) ** 2 + 1e-6)
    )
    covariance[model.kept, model.kept] = KEPT_SD**2 * np.eye(d)
    covariance[model.contact, model.contact] = DISTURBED_SD**2
    covariance[model.disturbed, model.disturbed] = DISTURBED_CONTEXT_SD**2 * np.eye(d)
    return model
