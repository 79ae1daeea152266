"""Decisions drawn from the response model itself, for the tests of what learns from them."""

import numpy as np
import pytest
from scipy.special import expit, logit

from retinue.incentives import Catalogue
from retinue.incentives.response import Observations

K = len(Catalogue.default().offers)


@pytest.fixture(scope="session")
def world():
    """A maker of decisions with known shares kept and disturbed."""
    return _world


def _world(n, *, seed, kept=None, disturbed=0.05, slope=1.0, exposure=1.0, d=2, effect=1.0):
    """Decisions drawn from the model itself with known shares."""
    rng = np.random.default_rng(seed)
    context = rng.normal(size=(n, d))
    action = rng.integers(0, K + 1, n)
    risk = rng.uniform(0.05, 0.95, n)
    truth = np.full(K, 0.3) if kept is None else np.asarray(kept)
    share = expit(logit(np.concatenate([[0.5], truth])[action]) + effect * context[:, 0])
    q = expit(slope * logit(risk))
    contact = np.where(action > 0, disturbed, 0.0)
    share = np.where(action > 0, share, 0.0)
    spent = np.broadcast_to(np.asarray(exposure, dtype=float), (n,)).copy()
    gone = 1 - (1 - q) ** spent
    p = gone * (1 - share) + (1 - gone) * (1 - (1 - contact) ** spent)
    return Observations(action, risk, spent, rng.random(n) < p, context, np.ones(n))
