"""The model and what it learns from.

A customer who would leave within the horizon with probability q if left alone leaves under offer a with

    P(leave | a) = q (1 - kept_a) + (1 - q) disturbed

`kept_a` is the share of would-be leavers whom the offer keeps (persuadable), `disturbed` the share of
would-be stayers whom a contact drives away (sleeping dogs); both in (0, 1), on the logit scale linear:

    logit kept_a     = u_a + x b
    logit disturbed  = g_0 + x g
    logit q          = a_0 + a_1 logit p + x c        p: the churn model's score

x is the customer's context, centred; a_0, a_1 and c correct a score that has drifted or is wrong for some
customers, learned mostly from those who got nothing: what is wrong with the score is not the offers' doing.
The two shares are the principal strata of causal inference (Frangakis and Rubin, 2002, "Principal
stratification in causal inference", Biometrics 58).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Observations", "Response"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observations:
    """Parallel arrays over n past decisions.

    action: 0 for none, else 1 + the offer's column in the catalogue.
    risk: P(leaves within the horizon) as scored then, in (0, 1).
    exposure: share of the horizon for which the customer has been watched since, in (0, 1].
    left: whether the customer had left by the end of the exposure.
    context: n x d, centred.
    weight: how much each counts; 1 for the newest.
    """

    action: NDArray[np.intp]
    risk: Floats
    exposure: Floats
    left: NDArray[np.bool_]
    context: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.action)


@dataclass(frozen=True, slots=True)
class Response:
    """A normal distribution over the parameters, in the order: a_0, a_1, c (d), u (k), b (d), g_0, g (d).

    offers, context: names of the columns. learned_from: decisions behind it, 0 for the prior.
    """

    offers: tuple[str, ...]
    context: tuple[str, ...]
    mean: Floats
    covariance: Floats
    learned_from: int = 0

    @property
    def base(self) -> slice:
        return slice(2, 2 + len(self.context))

    @property
    def offer(self) -> slice:
        return slice(self.base.stop, self.base.stop + len(self.offers))

    @property
    def kept(self) -> slice:
        return slice(self.offer.stop, self.offer.stop + len(self.context))

    @property
    def contact(self) -> int:
        return 2 + len(self.offers) + 2 * len(self.context)

    @property
    def disturbed(self) -> slice:
        return slice(self.contact + 1, self.contact + 1 + len(self.context))
