"""The side of the bandit libraries: learn from a log, give the chance of every arm to customers.

    python SIDE.py DATA.npz OUT.npz PACKAGE

DATA.npz holds arm, stayed, chance (n) and context (n x d) of what was done, asked (m x d), arms and seed;
OUT.npz receives chance (m x arms).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping

import numpy as np

Arrays = Mapping[str, np.ndarray]


def mabwiser(given: Arrays) -> np.ndarray:
    """LinTS, drawn once for each customer."""
    from mabwiser.mab import MAB, LearningPolicy

    arms = list(range(int(given["arms"])))
    model = MAB(arms, LearningPolicy.LinTS(alpha=0.3), seed=int(given["seed"]))
    model.fit(given["arm"], given["stayed"], given["context"])
    drawn = np.atleast_1d(model.predict(given["asked"]))
    return np.eye(len(arms))[drawn]


def vowpalwabbit(given: Arrays) -> np.ndarray:
    """Doubly robust costs, one example a decision, 5 % at random."""
    from vowpalwabbit import Workspace

    arms = range(int(given["arms"]))
    model = Workspace(
        f"--cb_explore_adf --cb_type dr --epsilon 0.05 -q CA --quiet --random_seed {int(given['seed'])}"
    )

    def lines(context: np.ndarray, label: tuple[int, str] | None) -> list[str]:
        known = " ".join(f"x{i}:{value:.4g}" for i, value in enumerate(context) if value)
        own = {label[0]: label[1]} if label else {}
        return [f"shared |C {known}", *(f"{own.get(arm, '')}|A a{arm}" for arm in arms)]

    for row, arm in enumerate(given["arm"]):
        label = f"0:{-given['stayed'][row]:.0f}:{max(given['chance'][row], 1e-3):.4g} "
        model.learn(lines(given["context"][row], (int(arm), label)))
    chance = np.array([model.predict(lines(context, None)) for context in given["asked"]])
    model.finish()
    return chance / chance.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    data, out, package = sys.argv[1:]
    with np.load(data) as stored, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chance = {"mabwiser": mabwiser, "vowpalwabbit": vowpalwabbit}[package](dict(stored))
    np.savez(out, chance=chance)
