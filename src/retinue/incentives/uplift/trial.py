"""What was done to whom and what came of it: checked once, for all learners.

A customer's rows stay together whenever the data are split, so that nobody is judged by a model that has
seen them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError, NotEnoughData, UsageError
from retinue.incentives.uplift.effects import Floats

__all__ = ["LEAST_PER_ARM", "LEAST_PROPENSITY", "Kind", "Trial", "dealt"]

Codes = npt.NDArray[np.intp]
Kind = Literal["auto", "linear", "boosting"]

LEAST_PER_ARM = 40
"""Customers that each arm must have."""
LEAST_PROPENSITY = 0.01
"""Smaller propensities are raised to this, so that no customer counts for more than a hundred."""
BOOST_FROM_ROWS, BOOST_FROM_CASES = 1_500, 50
"""Trees are grown where every arm has so many rows and, for 0/1, so many of the rarer outcome."""
SUM_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """n customers' rows among k treatments and none. Build it with `Trial.of`, which checks it.

    X: n x p, NaN where missing. treatment: 0 for none, 1 to k. outcome: n. propensity: n x (k + 1), each at
    least LEAST_PROPENSITY. cluster: number of the customer. binary: outcomes are all 0 or 1. boosted: whether
    the base models are trees. overlap: the least propensity of an arm that was taken, before it was raised.
    """

    X: Floats
    treatment: Codes
    outcome: Floats
    propensity: Floats
    cluster: Codes
    binary: bool
    boosted: bool
    overlap: float

    @classmethod
    def of(
        cls,
        X: npt.ArrayLike,
        treatment: npt.ArrayLike,
        outcome: npt.ArrayLike,
        *,
        propensity: npt.ArrayLike | None = None,
        clusters: npt.ArrayLike | None = None,
        base: Kind = "auto",
        folds: int = 5,
        seed: int = 0,
    ) -> Trial:
        """A checked trial; without `propensity` it is estimated, see `propensity.estimate`.

        Raises DataError for lengths that differ, an outcome that is not finite, a treatment that is not a
        whole number from 0 or that nobody had, and propensities that are not probabilities or exclude what
        was done; NotEnoughData for an arm of fewer than 40 customers; UsageError for an unknown base model.

        >>> trial = Trial.of(np.zeros((100, 1)), [0, 1] * 50, [0.0, 1.0] * 50, propensity=[0.5, 0.5])
        >>> trial.arms, trial.binary, trial.boosted
        (2, True, False)
        """
        features = np.asarray(X, dtype=np.float64)
        y = np.asarray(outcome, dtype=np.float64)
        n = len(y)
        if features.ndim != 2 or features.shape[0] != n or y.ndim != 1:
            raise DataError(
                f"X is {features.shape} and the outcome {y.shape}: they must be n x p and n.", where="X"
            )
        if not np.isfinite(y).all():
            raise DataError(
                "An outcome is not a finite number.", where=f"row {int(np.argmin(np.isfinite(y)))}"
            )
        if np.isinf(features).any():
            raise DataError("A feature is infinite.", where="X", fix="Use NaN for what is missing.")
        if base not in ("auto", "linear", "boosting"):
            raise UsageError(
                f"There is no base model '{base}'.", where="base", fix="Use auto, linear or boosting."
            )
        codes = _treatments(treatment, n)
        cluster = np.arange(n) if clusters is None else _numbered(clusters, n)
        _enough(codes, cluster)
        if propensity is None:
            from retinue.incentives.uplift.propensity import estimate

            known = estimate(features, codes, cluster=cluster, folds=folds, seed=seed)
        else:
            known = _probabilities(propensity, codes)
        raised = np.maximum(known, LEAST_PROPENSITY)
        binary = bool(np.isin(y, (0.0, 1.0)).all())
        return cls(
            features,
            codes,
            y,
            raised,
            cluster.astype(np.intp),
            binary,
            base == "boosting" or (base == "auto" and _rich(codes, y, binary)),
            float(known[np.arange(n), codes].min()),
        )

    @property
    def arms(self) -> int:
        """Treatments and none: k + 1."""
        return int(self.propensity.shape[1])

    def __len__(self) -> int:
        return len(self.outcome)


def dealt(treatment: Codes, cluster: Codes, hands: int, *, seed: int) -> Codes:
    """The hand (0 to hands - 1) of each row (n): a customer's rows in one, each arm spread evenly.

    >>> hand = dealt(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2]), 2, seed=1)
    >>> bool(hand[0] == hand[1] and hand[2] != hand[3])
    True
    """
    customers, first, row = np.unique(cluster, return_index=True, return_inverse=True)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(customers)), treatment[first]))
    hand = np.empty(len(customers), dtype=np.intp)
    hand[order] = (np.arange(len(customers)) + rng.integers(hands)) % hands
    return hand[row]


def _treatments(treatment: npt.ArrayLike, n: int) -> Codes:
    given = np.asarray(treatment)
    if given.shape != (n,):
        raise DataError(f"The treatment has shape {given.shape}, not ({n},).", where="treatment")
    codes = given.astype(np.intp)
    if (codes != given).any() or codes.min(initial=0) < 0:
        raise DataError("A treatment is not a whole number from 0 (none).", where="treatment")
    return codes


def _numbered(clusters: npt.ArrayLike, n: int) -> Codes:
    labels = np.asarray(clusters)
    if labels.shape != (n,):
        raise DataError(f"There are {labels.size} clusters for {n} rows.", where="clusters")
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def _enough(codes: Codes, cluster: Codes) -> None:
    arms = int(codes.max(initial=0)) + 1
    if arms < 2:
        raise NotEnoughData("Nobody was treated.", where="treatment", fix="Give rows of a treatment as well.")
    for arm in range(arms):
        many = len(np.unique(cluster[codes == arm]))
        if many < LEAST_PER_ARM:
            raise NotEnoughData(
                f"Treatment {arm} has {many} customers; its effect needs {LEAST_PER_ARM}.",
                where="treatment",
                fix="Leave the treatment out, join it with a similar one, or wait for more of it.",
            )


def _probabilities(propensity: npt.ArrayLike, codes: Codes) -> Floats:
    given = np.asarray(propensity, dtype=np.float64)
    n, arms = len(codes), int(codes.max()) + 1
    if given.ndim == 1:
        given = np.tile(given, (n, 1))
    if given.shape != (n, arms):
        raise DataError(f"The propensities are {given.shape}, not ({n}, {arms}).", where="propensity")
    bad = ~(
        (given >= 0).all(axis=1)
        & (np.abs(given.sum(axis=1) - 1) < SUM_TOLERANCE)
        & (given[np.arange(n), codes] > 0)
    )
    if bad.any():
        raise DataError(
            "A row of propensities is negative, does not sum to 1, or gives what was done no chance.",
            where=f"row {int(np.argmax(bad))}",
            fix="Give the probability of none and of every treatment, as they were when it was drawn.",
        )
    return given


def _rich(codes: Codes, outcome: Floats, binary: bool) -> bool:
    rows = np.bincount(codes)
    if rows.min() < BOOST_FROM_ROWS:
        return False
    if not binary:
        return True
    ones = np.bincount(codes, weights=outcome)
    return bool(np.minimum(ones, rows - ones).min() >= BOOST_FROM_CASES)
