"""Effects of the doses of one type made non-decreasing in the dose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retinue.errors import UsageError
from retinue.incentives.pooling import pooled
from retinue.incentives.uplift.effects import Effects

__all__ = ["monotone_effects"]


def monotone_effects(effects: Effects, doses: Sequence[Sequence[int]], *, from_none: bool = False) -> Effects:
    """The nearest effects, in least squares weighted by 1 / error^2, that do not fall as the dose rises.

    Parameters
    ----------
    doses: for each type the columns of its doses, smallest first; columns not named stay as they are.
    from_none: also no dose works worse than none. Leave it off where a contact may drive customers away:
    sleeping dogs would not be seen.

    Doses that are pooled share a value; its error is the weighted mean of their errors (what it would be were
    they perfectly correlated, as they share those who got none: on the side of caution).

    Assumption: a larger dose of the same thing is never worse. Raises UsageError for a column that is not
    there or named twice.

    >>> found = monotone_effects(Effects(np.array([[0.02, 0.06, 0.04]]), np.full((1, 3), 0.01)), [[0, 1, 2]])
    >>> found.effect.round(3).tolist()
    [[0.02, 0.05, 0.05]]
    """
    named = [column for columns in doses for column in columns]
    if len(set(named)) < len(named) or not set(named) <= set(range(effects.effect.shape[1])):
        raise UsageError(
            f"The doses {list(map(list, doses))} name a column twice or one that is not there.", where="doses"
        )
    effect, error = effects.effect.copy(), effects.error.copy()
    for kind in doses:
        columns = list(kind)
        spread = np.maximum(error[:, columns], 1e-12)
        weight = 1 / spread**2
        fitted = pooled(effect[:, columns], weight)
        moved = (fitted != effect[:, columns]).any(axis=1)
        together = fitted[moved][:, :, None] == fitted[moved][:, None, :]
        share = together * weight[moved][:, None, :]
        blocks = (share * spread[moved][:, None, :]).sum(axis=-1) / share.sum(axis=-1)
        effect[:, columns] = np.maximum(fitted, 0.0) if from_none else fitted
        error[np.ix_(moved, columns)] = blocks
    return Effects(effect, error)
