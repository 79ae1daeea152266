"""A run decided again beside what was: the probabilities of both, and where between them the change lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.again import PastRun
from retinue.decisions.batch import Batch

__all__ = ["Outside", "Redecided", "outside"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Redecided:
    """A run decided again: rows of `past` above the threshold, and what is decided about them."""

    past: PastRun
    rows: NDArray[np.intp]
    batch: Batch

    def chances(self) -> tuple[Floats, Floats]:
        """Probability of every action then and now (n x A each), over the offers of both sides by value."""
        old, new = self.past.terms.catalogue, self.batch.weighed.catalogue
        places = {offer: number + 1 for number, offer in enumerate(_seen(old) | _seen(new))}
        shape = (len(self.past.assessment), len(places) + 1)
        then, now = np.zeros(shape), np.zeros(shape)
        then[:, [0, *(places[key] for key in _seen(old))]] = self.past.propensities
        now[:, 0] = 1.0
        columns = np.array([0, *(places[key] for key in _seen(new))])
        now[np.ix_(self.rows, columns)] = self.batch.propensities
        return then, now


@dataclass(frozen=True, slots=True)
class Outside:
    """Where a change lies, as shares of all probability that it moves.

    below: customers under the threshold of then, about whom nothing was decided. impossible: decisions in
    which doing nothing was certain. person: decisions that wait for a person, which are not on record.
    """

    moved: float
    below: float
    impossible: float
    person: float

    @property
    def untried(self) -> float:
        """What no lottery ever touched."""
        return self.below + self.impossible


def outside(redone: Sequence[Redecided], on_record: frozenset[str]) -> Outside:
    """Where the probability moves that a change moves."""
    total = below = impossible = person = 0.0
    for found in redone:
        then, now = found.chances()
        moved = np.abs(now - then).sum(axis=1) / 2.0
        ids = found.past.done["decision_id"]
        never = (ids == "").to_numpy(dtype=bool)
        logged = ids.isin(on_record).to_numpy(dtype=bool)
        certain = ~never & ~logged & (then[:, 0] >= 1.0)
        total += float(moved.sum())
        below += float(moved[never].sum())
        impossible += float(moved[certain].sum())
        person += float(moved[~never & ~logged & ~certain].sum())
    scale = total or 1.0
    return Outside(total, below / scale, impossible / scale, person / scale)


def _seen(catalogue: Any) -> dict[tuple[str, float, int | None], None]:
    """The offers as a customer sees them, in the catalogue's order."""
    return {(offer.id, offer.value, offer.duration_months): None for offer in catalogue.offers}
