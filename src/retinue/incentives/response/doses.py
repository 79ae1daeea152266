"""A larger dose keeps no fewer: the learned shares made to respect it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from retinue.incentives.catalogue import Catalogue
from retinue.incentives.pooling import pooled
from retinue.incentives.response.base import Response

__all__ = ["monotone"]


def monotone(model: Response, catalogue: Catalogue) -> Response:
    """The model with the offers' terms non-decreasing in the dose, within each type.

    The nearest such terms in least squares, weighted by how sure each is, see `pooling`.
    """
    mean = model.mean.copy()
    terms = mean[model.offer]
    sure = 1.0 / np.diag(model.covariance)[model.offer]
    for kind in {offer.type for offer in catalogue.offers}:
        columns = [n for n, offer in enumerate(catalogue.offers) if offer.type == kind]
        columns.sort(key=lambda n: catalogue.offers[n].value)
        terms[columns] = pooled(terms[None, columns], sure[None, columns])[0]
    mean[model.offer] = terms
    return replace(model, mean=mean)
