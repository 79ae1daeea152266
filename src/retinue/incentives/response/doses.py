"""A larger dose keeps no fewer: the learned shares made to respect it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from retinue.incentives.catalogue import Catalogue
from retinue.incentives.response.base import Response

__all__ = ["monotone"]


def monotone(model: Response, catalogue: Catalogue) -> Response:
    """The model with the offers' terms non-decreasing in the dose, within each type.

    The nearest such terms in least squares, weighted by how sure each is (pool adjacent violators: Ayer et
    al. (1955), "An empirical distribution function for sampling with incomplete information").
    """
    mean = model.mean.copy()
    terms = mean[model.offer]
    sure = 1.0 / np.diag(model.covariance)[model.offer]
    for kind in {offer.type for offer in catalogue.offers}:
        columns = [n for n, offer in enumerate(catalogue.offers) if offer.type == kind]
        columns.sort(key=lambda n: catalogue.offers[n].value)
        terms[columns] = _pooled(terms[columns].tolist(), sure[columns].tolist())
    mean[model.offer] = terms
    return replace(model, mean=mean)


def _pooled(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, wa, na), (b, wb, nb) = blocks[-2:]
            blocks[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)]
    return [value for value, _, count in blocks for _ in range(count)]
