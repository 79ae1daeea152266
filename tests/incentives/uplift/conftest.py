"""Randomised worlds whose effects are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class Known:
    """A trial of two treatments and none with the true effects (n x 2)."""

    X: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    tau: np.ndarray
    risk: np.ndarray

    @property
    def given(self):
        return self.X, self.treatment, self.outcome


def drawn(n, *, seed, shape="smooth", shares=(1 / 3, 1 / 3, 1 / 3), confounded=False):
    """Customers who stay with 0.4 or so, more or less under an offer."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    first, second, third = np.tanh(X[:, :3]).T
    tau = {
        "smooth": np.column_stack([0.10 + 0.10 * first, 0.15 + 0.10 * first - 0.05 * second]),
        "null": np.zeros((n, 2)),
        "level": np.tile([0.1, 0.2], (n, 1)),
    }[shape]
    propensity = np.tile(shares, (n, 1))
    if confounded:
        tilt = np.exp(np.column_stack([np.zeros(n), 1.2 * third, -0.8 * third]))
        propensity = tilt / tilt.sum(axis=1, keepdims=True)
    treatment = (rng.random(n)[:, None] > propensity.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    base = 0.4 + 0.2 * third
    chance = np.column_stack([base, base[:, None] + tau])[np.arange(n), treatment]
    return Known(X, treatment, (rng.random(n) < chance).astype(float), propensity, tau, 1 - base)


@pytest.fixture(scope="session")
def world():
    return drawn
