"""What every peer does: read the test, fit on the others of each fold, write effects. NumPy only.

    python SIDE.py DATA.npz OUT.npz LEARNER

DATA.npz holds X (n x p), treatment (n; 0 none), outcome (n) and fold (n); OUT.npz receives effect (n x k),
each row by a fit that has not seen its fold.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["TREES", "Learner", "run"]

Learner = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From X, treatment and outcome of the others and X of the fold to the fold's effects (m x k)."""
TREES: dict[str, Any] = {
    "n_estimators": 100,
    "num_leaves": 8,
    "learning_rate": 0.05,
    "min_child_samples": 200,
    "verbosity": -1,
    "n_jobs": 1,
    "random_state": 0,
}
"""LightGBM under every peer that takes a base model."""


def run(learners: Mapping[str, Learner]) -> None:
    """Fit the learner named on the command line, fold by fold."""
    data, out, name = sys.argv[1:]
    with np.load(data) as stored:
        X, treatment, outcome, fold = (stored[key] for key in ("X", "treatment", "outcome", "fold"))
    effect = np.empty((len(outcome), int(treatment.max())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in np.unique(fold):
            inside = fold == part
            effect[inside] = learners[name](X[~inside], treatment[~inside], outcome[~inside], X[inside])
    np.savez(out, effect=effect)
