"""Retinue's own policies for clicks on many items, as probabilities of every item.

The response model was made for offers, and clicks fit into it without bending: an impression without an item
is never clicked (its risk of "leaving" is 1), and an item keeps a share of them. What is left is a Bayesian
logistic model with a term for each item, drawn towards a common mean, and the context's part shared by all
items. So it learns which items are clicked, and not which item suits whom.
"""

from __future__ import annotations

import numpy as np

from retinue.incentives.response import Observations, Response, fit

__all__ = ["items_by_chance", "response"]

BELIEVED, TOGETHER, ALONE, CONTEXT = 0.005, 0.8, 0.5, 0.4
"""The prior: clicks in five of a thousand, and how far (deviations in logits) all items, one item and
the context may be from it; the three spreads are those of the catalogue's prior."""
SURE, TINY = 1 - 1e-4, 1e-8
DRAWS = 20_000


def response(item: np.ndarray, click: np.ndarray, context: np.ndarray, items: int) -> Response:
    """The posterior after these impressions (n, n, n x d)."""
    d = context.shape[1]
    mean = np.zeros(3 + items + 3 * d)
    covariance = TINY * np.eye(mean.size)
    start = Response(
        tuple(map(str, range(items))), tuple(f"x{column}" for column in range(d)), mean, covariance
    )
    mean[1] = 1.0
    mean[start.offer] = np.log(BELIEVED / (1 - BELIEVED))
    mean[start.contact] = -20.0
    covariance[start.offer, start.offer] = TOGETHER**2 + ALONE**2 * np.eye(items)
    covariance[start.kept, start.kept] = CONTEXT**2 * np.eye(d)
    n = len(item)
    seen = Observations(item + 1, np.full(n, SURE), np.ones(n), click == 0, context, np.ones(n))
    return fit(start, seen)


def items_by_chance(model: Response, *, seed: int = 0) -> np.ndarray:
    """Thompson sampling: the chance of each item to be the best, by draws of the posterior (A).

    The context moves all items alike, so the chances are those of every impression.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(
        model.mean[model.offer], model.covariance[model.offer, model.offer], DRAWS, method="eigh"
    )
    return np.bincount(drawn.argmax(axis=1), minlength=len(model.offers)) / DRAWS
