"""What the model says of customers: how many each offer keeps and disturbs, how unsure that is, and draws.

A customer's numbers do not depend on who else is asked about: rows go through matrix products in blocks of
one size, so that the same row always meets the same instructions and comes out with the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from retinue.incentives.response.base import Response

__all__ = ["Moments", "moments", "risk_spread"]

Floats = NDArray[np.float64]
BLOCK = 64
LEAST_RISK = 1e-4


@dataclass(frozen=True, slots=True)
class Moments:
    """For n customers and k offers, shares on the logit scale.

    risk: P(leaves if left alone), corrected (n). kept: mean of the share kept (n x k). own: how unsure the
    part particular to the customer is (n). offer: a root of the covariance of the offers' terms (k x k).
    disturbed, disturbed_sd: mean and spread of the share disturbed (n).
    """

    risk: Floats
    kept: Floats
    own: Floats
    offer: Floats
    disturbed: Floats
    disturbed_sd: Floats

    def __len__(self) -> int:
        return len(self.risk)

    def shares(self, luck: Floats | None = None) -> tuple[Floats, Floats]:
        """Of all customers like this, the share each offer keeps from leaving, and the share it drives away.

        Both n x k; their difference is by how much the offer lowers P(leave).
        luck: standard normal numbers, n x (k + 2) or one row for all: a draw of the posterior for each
        customer (the offers of a customer are drawn together); without it the plug-in of the means.
        """
        kept, disturbed = self.kept, self.disturbed
        if luck is not None:
            kept = kept + (luck[:, :1] * self.own[:, None] + luck[:, 2:] @ self.offer.T)
            disturbed = disturbed + luck[:, 1] * self.disturbed_sd
        saved: Floats = self.risk[:, None] * expit(kept)
        driven: Floats = ((1 - self.risk) * expit(disturbed))[:, None]
        return saved, driven


def moments(model: Response, risk: Floats, context: Floats) -> Moments:
    """The response of customers with these risks (n) and contexts (n x d).

    >>> from retinue.incentives import Catalogue
    >>> from retinue.incentives.response import prior
    >>> said = moments(prior(Catalogue.default(), ()), np.array([0.8]), np.zeros((1, 0)))
    >>> saved, driven = said.shares()
    >>> (saved - driven).round(3)[0, :4].tolist()
    [0.034, 0.058, 0.074, 0.082]
    """
    whole = slice(model.contact, model.disturbed.stop)
    contact = np.column_stack([np.ones(len(context)), context])
    values, vectors = np.linalg.eigh(model.covariance[model.offer, model.offer])
    p = np.clip(risk, LEAST_RISK, 1 - LEAST_RISK)
    shift = _times(context, model.mean[model.kept][:, None])
    return Moments(
        risk=expit(
            model.mean[0] + model.mean[1] * logit(p) + _times(context, model.mean[model.base][:, None])[:, 0]
        ),
        kept=model.mean[model.offer] + shift,
        own=_spread(context, model.covariance[model.kept, model.kept]),
        offer=vectors * np.sqrt(np.maximum(values, 0.0)),
        disturbed=_times(contact, model.mean[whole][:, None])[:, 0],
        disturbed_sd=_spread(contact, model.covariance[whole, whole]),
    )


def risk_spread(model: Response, risk: Floats, context: Floats) -> Floats:
    """How unsure the corrected risk of each customer is: a standard deviation in logits (n)."""
    p = np.clip(risk, LEAST_RISK, 1 - LEAST_RISK)
    terms = slice(0, model.base.stop)
    return _spread(np.column_stack([np.ones(len(p)), logit(p), context]), model.covariance[terms, terms])


def _spread(rows: Floats, covariance: Floats) -> Floats:
    """The standard deviation of each row's linear term."""
    variance = (_times(rows, covariance) * rows).sum(axis=1)
    spread: Floats = np.sqrt(np.maximum(variance, 0.0))
    return spread


def _times(rows: Floats, matrix: Floats) -> Floats:
    """rows @ matrix, a row's result being the same whatever stands beside it."""
    n, d = rows.shape
    if d == 0:
        return np.zeros((n, matrix.shape[1]))
    blocks = -(-n // BLOCK)
    padded = np.zeros((blocks * BLOCK, d))
    padded[:n] = rows
    out = np.empty((blocks * BLOCK, matrix.shape[1]))
    for start in range(0, len(padded), BLOCK):
        np.matmul(padded[start : start + BLOCK], matrix, out=out[start : start + BLOCK])
    return out[:n]
