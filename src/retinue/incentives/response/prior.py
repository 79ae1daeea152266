"""What is believed before any evidence: the catalogue's lifts, unsure as a whole and each by itself.

The doses of one type form a random walk: what is learned of one moves the others with it.
"""

from __future__ import annotations

import numpy as np

from retinue.incentives.catalogue import Catalogue
from retinue.incentives.response.base import Response

__all__ = ["prior"]

TOGETHER, WITHIN_TYPE, ALONE = 0.8, 0.5, 0.5
"""Standard deviations, in logits, by which all offers, those of one type, and an offer without doses may
differ from the catalogue: where offers work better than believed they are believed to do so together."""
STEP = 0.3
"""The same from one dose to the next: a dose says much about its neighbours, less about those farther off."""
DISTURBED, DISTURBED_SD = 0.03, 0.8
"""A contact is believed to drive away three would-be stayers in a hundred."""
KEPT_SD, DISTURBED_CONTEXT_SD = 0.4, 0.5
"""How far, in logits, a standard deviation of context is believed to move either share."""
BASE_SD, SLOPE_SD, BASE_CONTEXT_SD = 0.3, 0.15, 0.15
"""How far, in logits, the churn score may be wrong: for everybody, in its spread, and by context."""
LEAST = 0.005


def prior(catalogue: Catalogue, context: tuple[str, ...]) -> Response:
    """The model of a business without evidence.

    >>> from retinue.incentives.response import prior
    >>> model = prior(Catalogue.default(), ("size", "channel"))
    >>> model.mean.size, round(float(1 / (1 + np.exp(-model.mean[model.offer][3]))), 2)
    (17, 0.11)
    """
    k, d = len(catalogue.offers), len(context)
    mean = np.zeros(3 + k + 3 * d)
    covariance = np.zeros((mean.size, mean.size))
    model = Response(tuple(o.id for o in catalogue.offers), context, mean, covariance)
    lifts = np.clip([o.lift_mean for o in catalogue.offers], LEAST, 1 - LEAST)
    spread = np.array([o.lift_sd for o in catalogue.offers]) / (lifts * (1 - lifts))
    types = np.array([o.type for o in catalogue.offers])
    dose = np.array(
        [sum(o.type == t.type and o.value > t.value for t in catalogue.offers) for o in catalogue.offers]
    )
    single = np.array([(types == kind).sum() == 1 for kind in types])
    mean[1] = 1.0
    mean[model.offer] = np.log(lifts / (1 - lifts))
    mean[model.contact] = np.log(DISTURBED / (1 - DISTURBED))
    covariance[0, 0], covariance[1, 1] = BASE_SD**2, SLOPE_SD**2
    covariance[model.base, model.base] = BASE_CONTEXT_SD**2 * np.eye(d)
    covariance[model.offer, model.offer] = (
        TOGETHER**2
        + (types[:, None] == types) * (WITHIN_TYPE**2 + STEP**2 * np.minimum.outer(dose, dose))
        + np.diag(np.where(single, np.minimum(ALONE, spread) ** 2, 0.0) + 0.05**2)
    )
    covariance[model.kept, model.kept] = KEPT_SD**2 * np.eye(d)
    covariance[model.contact, model.contact] = DISTURBED_SD**2
    covariance[model.disturbed, model.disturbed] = DISTURBED_CONTEXT_SD**2 * np.eye(d)
    return model
