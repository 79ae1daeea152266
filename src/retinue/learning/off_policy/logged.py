"""What was logged: actions, the probability of each, and what came of it.

A value of another policy can only be read from a log whose probabilities are those that were really used.
So everything that can be checked is checked here, once, and all that follows may rely on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError, NotEnoughData

__all__ = ["SUM_TOLERANCE", "Logged", "Matrix", "Vector", "policy_matrix"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

SUM_TOLERANCE = 1e-4
"""By how much the probabilities of a row may miss 1: logs are written with few digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Logged:
    """n logged decisions among A actions. Build it with `Logged.of`, which checks it.

    Attributes
    ----------
    actions: the names of the A actions, in the order of every matrix with A columns.
    action: number of the action taken (n).
    propensity: the probability with which it was taken (n), above 0.
    reward: what came of it (n): 0 or 1, or an amount.
    propensities: the probability of every action (n x A), rows of NaN where unknown; None if all are.
    context: what was known of the customer (n x d), NaN where missing; None without.
    cluster: number of the customer (n), 0 to `clusters` - 1: rows of one customer are not independent.
    reward_bounds: least and greatest possible reward; None when there are none.
    ids: the decision ids (n), so that a policy can be given for the same rows; None without.
    per_week: logged decisions per week; None when times are not known.
    missing: share of the decisions old enough to have an outcome that have none; None when not known.
    notes: what was left out on the way here, in words.
    """

    actions: tuple[str, ...]
    action: Codes
    propensity: Vector
    reward: Vector
    propensities: Matrix | None
    context: Matrix | None
    cluster: Codes
    reward_bounds: tuple[float, float] | None
    ids: npt.NDArray[np.object_] | None = None
    per_week: float | None = None
    missing: float | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        action: npt.ArrayLike,
        reward: npt.ArrayLike,
        *,
        propensity: npt.ArrayLike | None = None,
        propensities: npt.ArrayLike | None = None,
        actions: Sequence[str] | None = None,
        context: npt.ArrayLike | None = None,
        cluster: npt.ArrayLike | None = None,
        reward_bounds: tuple[float, float] | None = None,
        ids: npt.ArrayLike | None = None,
        per_week: float | None = None,
        missing: float | None = None,
        notes: Sequence[str] = (),
    ) -> Logged:
        """A checked log.

        Parameters
        ----------
        action: numbers from 0, or names out of `actions` (n).
        reward: finite numbers (n).
        propensity: probability of the action taken (n); may be left out where `propensities` holds it.
        propensities: probability of every action (n x A), or one row for all; rows of NaN where unknown.
        actions: names; left out, they are "0", "1", ….
        context, cluster, ids, reward_bounds, per_week, missing, notes: see the class. `cluster` may hold any
            labels; without it every row stands alone. Rewards that are all 0 or 1 have the bounds (0, 1)
            unless others are stated.

        Raises
        ------
        NotEnoughData for an empty log; DataError for lengths that differ, an unknown action, a propensity
        outside (0, 1], a row of propensities that does not sum to 1 or disagrees with `propensity`, and a
        reward that is not finite or outside its bounds.

        >>> log = Logged.of([0, 1, 1], [0.0, 1.0, 1.0], propensities=[0.5, 0.5], actions=["none", "credit"])
        >>> len(log), log.propensity.tolist(), log.reward_bounds
        (3, [0.5, 0.5, 0.5], (0.0, 1.0))
        """
        rewards = _column(reward, "reward")
        n = len(rewards)
        if n == 0:
            raise NotEnoughData(
                "There is no logged decision.", where="the log", fix="Log decisions with their probabilities."
            )
        matrix = None if propensities is None else _matrix(propensities, n)
        names = _names(actions, action, matrix)
        codes = _codes(action, names, n)
        stated = _stated(propensity, matrix, codes, n)
        if matrix is not None:
            _check_matrix(matrix, stated, codes, len(names))
        bounds = _bounds(rewards, reward_bounds)
        labels = None if cluster is None else np.asarray(cluster).astype(object)
        if labels is not None:
            _length(labels, n, "cluster")
        return cls(
            actions=names,
            action=codes,
            propensity=stated,
            reward=rewards,
            propensities=matrix,
            context=None if context is None else _context(context, n),
            cluster=np.arange(n, dtype=np.intp) if labels is None else _numbered(labels),
            reward_bounds=bounds,
            ids=None if ids is None else _length(np.asarray(ids, dtype=object), n, "ids"),
            per_week=per_week,
            missing=missing,
            notes=tuple(notes),
        )

    def with_context(self, context: npt.ArrayLike) -> Logged:
        """The same log with what was known of each customer when it was decided (n x d), NaN where missing.

        Raises DataError for another number of rows or an infinite number.

        >>> Logged.of([0, 1], [0.0, 1.0], propensities=[0.5, 0.5]).with_context([3.0, 4.0]).context.tolist()
        [[3.0], [4.0]]
        """
        return replace(self, context=_context(context, len(self)))

    def __len__(self) -> int:
        return len(self.action)

    @property
    def clusters(self) -> int:
        """How many customers (independent units) there are."""
        return int(self.cluster.max()) + 1

    @property
    def rows(self) -> npt.NDArray[np.intp]:
        """0 to n - 1: with `action` it picks the entry of the action taken out of a matrix."""
        return np.arange(len(self.action), dtype=np.intp)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Rows whose probability of every action is known (n)."""
        if self.propensities is None:
            return np.zeros(len(self), dtype=bool)
        return ~np.isnan(self.propensities[:, 0])

    def taken(self, matrix: Matrix) -> Vector:
        """The entry of the action taken, row by row (n x A to n)."""
        picked: Vector = matrix[self.rows, self.action]
        return picked


def policy_matrix(logged: Logged, policy: npt.ArrayLike, name: str = "policy") -> Matrix:
    """A target policy as n x A probabilities in the log's order; one row is taken for all customers.

    Raises DataError for another shape, a negative or missing probability, a row that does not sum to 1.

    >>> log = Logged.of([0, 1], [0.0, 1.0], propensities=[0.5, 0.5])
    >>> policy_matrix(log, [0.0, 1.0]).tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """
    given = np.asarray(policy, dtype=np.float64)
    shape = (len(logged), len(logged.actions))
    if given.shape not in (shape, shape[1:]):
        raise DataError(
            f"The {name} has the shape {given.shape}, not {shape} (decisions x actions).",
            where=name,
            fix=f"Give a probability for each of: {', '.join(logged.actions)}.",
        )
    matrix = np.broadcast_to(given, shape)
    bad = ~((matrix >= 0).all(axis=1) & (np.abs(matrix.sum(axis=1) - 1.0) <= SUM_TOLERANCE))
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{int(bad.sum()):,} rows of the {name} are no probabilities: 0 or more, summing to 1.",
            where=f"{name}, row {row}: {np.round(matrix[row], 4).tolist()}",
            fix="Give the probability of every action, doing nothing included.",
        )
    return matrix


def _column(values: npt.ArrayLike, name: str) -> Vector:
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1:
        raise DataError(f"{name} is not one column.", where=name, fix="Give one number per decision.")
    bad = ~np.isfinite(column)
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} entries of {name} are no finite number.",
            where=f"{name}, row {int(bad.argmax())}",
            fix="Leave out decisions whose outcome is not known yet.",
        )
    return column


def _length(values: npt.NDArray[Any], n: int, name: str) -> npt.NDArray[Any]:
    if len(values) != n:
        raise DataError(
            f"{name} has {len(values):,} rows, the rewards {n:,}.",
            where=name,
            fix="Give one row per decision.",
        )
    return values


def _matrix(values: npt.ArrayLike, n: int) -> Matrix:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = np.broadcast_to(matrix, (n, len(matrix)))
    if matrix.ndim != 2:
        raise DataError(
            "The propensities are no table.", where="propensities", fix="Give decisions x actions."
        )
    return _length(matrix, n, "propensities")


def _names(actions: Sequence[str] | None, action: npt.ArrayLike, matrix: Matrix | None) -> tuple[str, ...]:
    if actions is not None:
        names = tuple(str(name) for name in actions)
        if len(set(names)) != len(names) or not names:
            raise DataError(
                "The names of the actions are not distinct.", where="actions", fix="Name each once."
            )
        return names
    if matrix is not None:
        return tuple(map(str, range(matrix.shape[1])))
    codes = np.asarray(action)
    many = int(codes.max()) + 1 if codes.size and codes.dtype.kind in "iu" else 0
    return tuple(map(str, range(many)))


def _codes(action: npt.ArrayLike, names: tuple[str, ...], n: int) -> Codes:
    given = _length(np.asarray(action), n, "action")
    if given.dtype.kind in "iu":
        codes = given.astype(np.intp)
    else:
        number = {name: i for i, name in enumerate(names)}
        codes = np.array([number.get(str(name), -1) for name in given], dtype=np.intp)
    bad = (codes < 0) | (codes >= len(names))
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{int(bad.sum()):,} decisions took an action that is not among the {len(names)} named.",
            where=f"action, row {row}: {given[row]}",
            fix="Name every action that was ever taken; a policy may give it the probability 0.",
        )
    return codes


def _stated(propensity: npt.ArrayLike | None, matrix: Matrix | None, codes: Codes, n: int) -> Vector:
    if propensity is not None:
        stated = _length(np.asarray(propensity, dtype=np.float64), n, "propensity")
    elif matrix is not None and (not codes.size or codes.max() < matrix.shape[1]):
        stated = matrix[np.arange(n), codes]
    else:
        raise DataError(
            "The log has no probabilities: without them a comparison would be of whom we chose,"
            " not of what we gave.",
            where="propensity",
            fix="Log the probability of every action; past decisions without any cannot be used.",
        )
    bad = ~((stated > 0) & (stated <= 1 + SUM_TOLERANCE))
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{int(bad.sum()):,} decisions took an action whose probability is not in (0, 1].",
            where=f"propensity, row {row}: {stated[row]}",
            fix="What was done had a probability above 0: mend the log, or leave these decisions out.",
        )
    return stated


def _check_matrix(matrix: Matrix, stated: Vector, codes: Codes, many: int) -> None:
    if matrix.shape[1] != many:
        raise DataError(
            f"The propensities have {matrix.shape[1]} columns for {many} actions.",
            where="propensities",
            fix="One column per action, in the order of `actions`.",
        )
    known = ~np.isnan(matrix).any(axis=1)
    partly = ~known & ~np.isnan(matrix).all(axis=1)
    sums = np.abs(matrix.sum(axis=1) - 1.0) <= SUM_TOLERANCE
    bad = partly | (known & ~(sums & (matrix >= 0).all(axis=1)))
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{int(bad.sum()):,} rows of the propensities are no probabilities that sum to 1.",
            where=f"propensities, row {row}: {np.round(matrix[row], 4).tolist()}",
            fix="Give every action's probability, or NaN for the whole row where it is not known.",
        )
    taken = matrix[np.arange(len(codes)), codes]
    off = known & (np.abs(taken - stated) > SUM_TOLERANCE)
    if off.any():
        row = int(off.argmax())
        raise DataError(
            f"{int(off.sum()):,} decisions state two probabilities for the action taken.",
            where=f"row {row}: propensity {stated[row]:g}, propensities {taken[row]:g}",
            fix="Keep the one that was used for the draw.",
        )


def _bounds(reward: Vector, stated: tuple[float, float] | None) -> tuple[float, float] | None:
    if stated is None:
        return (0.0, 1.0) if np.isin(reward, (0.0, 1.0)).all() else None
    low, high = map(float, stated)
    bad = (reward < low) | (reward > high)
    if not low < high or bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{int(bad.sum()):,} rewards lie outside the stated bounds {low:g} to {high:g}.",
            where=f"reward, row {row}: {reward[row]:g}",
            fix="State bounds that hold for every possible reward, not only for those seen; or none.",
        )
    return low, high


def _context(values: npt.ArrayLike, n: int) -> Matrix:
    context = np.asarray(values, dtype=np.float64)
    if context.ndim == 1:
        context = context[:, None]
    if context.ndim != 2 or np.isinf(context).any():
        raise DataError(
            "The context is no table of finite numbers.",
            where="context",
            fix="Give decisions x columns as numbers, NaN where missing.",
        )
    return _length(context, n, "context")


def _numbered(labels: npt.NDArray[np.object_]) -> Codes:
    """Labels as numbers in the order of their text, so that the order of the rows plays no part."""
    _, codes = np.unique(labels.astype(str), return_inverse=True)
    return codes.astype(np.intp)
