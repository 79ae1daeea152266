"""The peers' effects on the same customers, features, outcome and folds, from the peers' environment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.exchange import ask
from benchmarks.uplift.hillstrom import Hillstrom
from retinue.incentives.uplift.ensemble import ranks
from retinue.incentives.uplift.trial import dealt

__all__ = ["PEERS", "effects", "folds", "ranked"]

HERE = Path(__file__).parent
FOLDS = 5
PEERS = {
    "sklift SoloModel": "sklift_peer.py",
    "sklift TwoModels": "sklift_peer.py",
    "sklift ClassTransformation": "sklift_peer.py",
    "EconML TLearner": "econml_peer.py",
    "EconML XLearner": "econml_peer.py",
    "EconML DRLearner": "econml_peer.py",
    "EconML LinearDRLearner": "econml_peer.py",
    "EconML CausalForestDML": "econml_peer.py",
}
"""Learners and the script that has each."""
ONLY_BINARY = ("sklift ClassTransformation",)
"""Learners that know no outcome but 0 and 1."""


def folds(data: Hillstrom, seed: int) -> np.ndarray:
    """The folds that Retinue's learners use with this seed (n)."""
    return dealt(data.treatment, np.arange(len(data.treatment)), FOLDS, seed=seed)


def ranked(effect: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Ranks within the fold (n x k): what is judged, for all sides."""
    order = np.empty(effect.shape)
    for part in np.unique(fold):
        order[fold == part] = ranks(effect[fold == part])
    return order


def effects(
    data: Hillstrom, outcome: str, learner: str, *, python: Path, work: Path, seed: int = 0
) -> np.ndarray | None:
    """Out-of-fold effects (n x k) of one peer; None for an outcome that it does not know.

    Raises PeerMissing where the peer fails.
    """
    y = data.outcomes[outcome]
    if learner in ONLY_BINARY and not np.isin(y, (0.0, 1.0)).all():
        return None
    given = {"X": data.X, "treatment": data.treatment, "outcome": y, "fold": folds(data, seed)}
    script, side = HERE / PEERS[learner], HERE / "peer_side.py"
    return ask(script, given, learner, python=python, work=work, with_=(side,))["effect"]
