"""What each offer is worth to each customer: mean, spread, the chance that it pays and that it is the best.

The same standard normal numbers serve every customer, so the answer for one is a function of that customer
and the model alone, and the probability of an action is exactly the share of draws in which it is the best.
With DRAWS draws a probability is that of the posterior to within 0.03 (two standard errors, at one half).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from retinue.incentives.response.moments import Moments

__all__ = ["DRAWS", "Outlook", "kept_in_all", "outlook"]

Floats = NDArray[np.float64]
DRAWS = 1_024
SEED = 20_260_101
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """Per customer and offer (n x k): net value (mean and standard deviation, money), P(net > 0), P(it is the
    best of all and better than nothing), and the mean lowering of P(leave)."""

    net: Floats
    spread: Floats
    pays: Floats
    best: Floats
    saved: Floats


def outlook(
    said: Moments, value: Floats, cost: Floats, allowed: NDArray[np.bool_], *, saved_worth: float = 1.0
) -> Outlook:
    """Weigh offers under uncertainty.

    value: what a customer who stays is worth (n, money). cost: n x k, money. allowed: what may be offered.
    saved_worth: what one who would have left and is kept is worth, as a share of one who stays anyway.

        net = value * (saved_worth * saved - driven away) - cost
    """
    n, k = cost.shape
    parts = [
        _part(said, value, cost, allowed, saved_worth, slice(start, start + CHUNK))
        for start in range(0, n, CHUNK)
    ] or [tuple(np.zeros((0, k)) for _ in range(5))]
    return Outlook(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def kept_in_all(said: Moments, value: Floats, offer: NDArray[np.intp], *, saved_worth: float) -> Floats:
    """What giving each customer the offer of that column keeps in all, draw by draw (DRAWS; money).

    Before its cost; `saved_worth` as in `outlook`. All customers share each draw, as they share the model:
    its errors do not cancel among them.
    """
    rows, totals = np.arange(len(offer)), []
    for luck in _luck(said.offer.shape[0]):
        kept, driven = said.shares(luck[None, :])
        totals.append(value @ (saved_worth * kept - driven)[rows, offer])
    return np.array(totals, dtype=np.float64)


def _luck(k: int) -> Floats:
    """Standard normal numbers, each beside its opposite, DRAWS x (k + 2)."""
    half = np.random.default_rng(SEED).standard_normal((DRAWS // 2, k + 2))
    return np.concatenate([half, -half])


def _part(
    said: Moments,
    value: Floats,
    cost: Floats,
    allowed: NDArray[np.bool_],
    saved_worth: float,
    rows: slice,
) -> tuple[Floats, ...]:
    part = Moments(
        said.risk[rows],
        said.kept[rows],
        said.own[rows],
        said.offer,
        said.disturbed[rows],
        said.disturbed_sd[rows],
    )
    value, cost, allowed = value[rows], cost[rows], allowed[rows]
    if len(value) == 1 and cost.shape[1]:
        return _alone(part, value, cost, allowed, saved_worth)
    total, squares, positive, best, saved = (np.zeros(cost.shape) for _ in range(5))
    for luck in _luck(cost.shape[1]):
        kept, driven = part.shares(luck[None, :])
        net = value[:, None] * (saved_worth * kept - driven) - cost
        saved += kept - driven
        total += net
        squares += net * net
        good = allowed & (net > 0)
        positive += good
        if net.shape[1]:
            candidate = np.where(good, net, 0.0)
            top = candidate.argmax(axis=1)
            rows_of = np.flatnonzero(good.any(axis=1))
            best[rows_of, top[rows_of]] += 1
    mean = total / DRAWS
    spread = np.sqrt(np.maximum(squares / DRAWS - mean * mean, 0.0))
    return mean, spread, positive / DRAWS, best / DRAWS, saved / DRAWS


def _alone(
    said: Moments, value: Floats, cost: Floats, allowed: NDArray[np.bool_], saved_worth: float
) -> tuple[Floats, ...]:
    """The same for one customer, all draws at once: whoever stands at the cancel button waits for it.

    Bit for bit what the loop gives, so each draw is multiplied and added as there.
    """
    luck = _luck(cost.shape[1])
    offers = np.concatenate([row[None, 2:] @ said.offer.T for row in luck])
    kept = said.risk[0] * expit(said.kept + (luck[:, :1] * said.own[0] + offers))
    driven = ((1 - said.risk[0]) * expit(said.disturbed[0] + luck[:, 1] * said.disturbed_sd[0]))[:, None]
    net = value[0] * (saved_worth * kept - driven) - cost
    good = allowed & (net > 0)
    top = np.where(good, net, 0.0).argmax(axis=1)[good.any(axis=1)]
    best = np.bincount(top, minlength=cost.shape[1]).astype(np.float64)[None, :]
    mean = _added(net) / DRAWS
    spread = np.sqrt(np.maximum(_added(net * net) / DRAWS - mean * mean, 0.0))
    positive = good.sum(axis=0).astype(np.float64)[None, :]
    return mean, spread, positive / DRAWS, best / DRAWS, _added(kept - driven) / DRAWS


def _added(draws: Floats) -> Floats:
    """The rows added one after the other, from zero (1 x k)."""
    return np.add.accumulate(np.concatenate([np.zeros((1, draws.shape[1])), draws]), axis=0)[-1:]
