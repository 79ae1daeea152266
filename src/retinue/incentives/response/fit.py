"""Learning from the log: the posterior by Laplace's method.

Partial evidence counts for what it is: a customer watched for a share s of the horizon would have left by
then with probability 1 - (1 - q)^s if left alone (a constant hazard), and a contact disturbs 1 - (1 -
disturbed)^s of the others. So nobody who has not left *yet* counts as kept, and a later look corrects the
earlier one: the posterior is always computed anew from the prior and the whole log, so that the same
outcome told twice, or late, or corrected, gives what telling it once in time would have.

The posterior mode is found by Fisher scoring with step halving; the covariance is the inverse of the
expected information and the prior precision (Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 4 and 13).
The likelihood is tempered: decisions about one customer are not independent and no model is right, so an
observation counts for TEMPER of one (Grünwald and van Ommen (2017), Bayesian Analysis 12).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit, logit

from retinue.incentives.response.base import Observations, Response

__all__ = ["fit"]

Floats = NDArray[np.float64]
STEPS, ENOUGH = 60, 1e-7
LEAST_RISK = 1e-4
TEMPER = 0.75


def fit(prior: Response, seen: Observations) -> Response:
    """The posterior given a prior and all decisions that may be learned from.

    Who was held out, or got nothing by lot, is an observation of action 0 like any other: they say what
    would have happened without an offer.
    """
    if not len(seen):
        return prior
    seen = replace(seen, weight=TEMPER * seen.weight)
    precision: Floats = np.linalg.inv(prior.covariance).astype(np.float64)
    at = prior.mean.copy()
    value, gradient, information = _look(prior, at, seen, precision)
    for _ in range(STEPS):
        step = cho_solve(cho_factor(information), gradient)
        if float(gradient @ step) < ENOUGH:
            break
        for _halving in range(20):
            after = _look(prior, at + step, seen, precision)
            if after[0] >= value:
                break
            step = step / 2
        else:
            break
        at = at + step
        value, gradient, information = after
    return replace(
        prior,
        mean=at,
        covariance=np.linalg.inv(information).astype(np.float64),
        learned_from=prior.learned_from + len(seen),
    )


def _look(prior: Response, at: Floats, seen: Observations, precision: Floats) -> tuple[float, Floats, Floats]:
    """Log posterior, its gradient and its expected information at a point."""
    p = np.clip(seen.risk, LEAST_RISK, 1 - LEAST_RISK)
    treated = seen.action > 0
    score = logit(p)
    whole = expit(at[0] + at[1] * score + seen.context @ at[prior.base])
    share = seen.exposure
    stays = (1 - whole) ** share
    q = 1 - stays
    kept = np.where(treated, expit(_offers(at, prior, seen) + seen.context @ at[prior.kept]), 0.0)
    disturbed = np.where(treated, expit(at[prior.contact] + seen.context @ at[prior.disturbed]), 0.0)
    calm = (1 - disturbed) ** share
    driven = 1 - calm
    leave = np.clip(q * (1 - kept) + stays * driven, 1e-9, 1 - 1e-9)

    d_base = (1 - kept - driven) * share * stays * whole  # dq/da = s (1-w)^(s-1) w (1-w)
    d_kept = -q * kept * (1 - kept)
    d_contact = stays * share * calm * disturbed
    slopes = np.zeros((len(seen), at.size))
    slopes[:, 0], slopes[:, 1] = d_base, d_base * score
    slopes[:, prior.base] = d_base[:, None] * seen.context
    rows = np.flatnonzero(treated)
    slopes[rows, prior.offer.start + seen.action[rows] - 1] = d_kept[rows]
    slopes[:, prior.kept] = d_kept[:, None] * seen.context
    slopes[:, prior.contact] = d_contact
    slopes[:, prior.disturbed] = d_contact[:, None] * seen.context

    away = at - prior.mean
    log = np.where(seen.left, np.log(leave), np.log1p(-leave))
    value = float(seen.weight @ log) - 0.5 * float(away @ precision @ away)
    spread = leave * (1 - leave)
    gradient = slopes.T @ (seen.weight * (seen.left - leave) / spread) - precision @ away
    information = (slopes * (seen.weight / spread)[:, None]).T @ slopes + precision
    return value, gradient, information


def _offers(at: Floats, prior: Response, seen: Observations) -> Floats:
    return np.concatenate([[0.0], at[prior.offer]])[seen.action]
