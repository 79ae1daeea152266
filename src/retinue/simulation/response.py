"""How each customer responds to each offer: the truth that an honest learner can only partly see.

**Type.** A customer is of the type with the largest utility + Gumbel noise, so the shares given what can be
seen follow a softmax (McFadden's conditional logit):

    persuadable   0.35 + 0.9 [channel paid_search or promotion] + 0.5 [size 1-10]
    sure_thing    0.10 + 0.8 [annual] + 0.5 [channel referral]
    lost_cause   -0.10 + 0.8 [industry retail]
    sleeping_dog -0.60 + dogs + 0.8 [channel organic] + 0.7 [paid by bank transfer]

**Dose.** A persuadable's smallest sufficient strength d lies between 3 and 20 (percent of three bills):

    d = 3 + 17 / (1 + exp(-z)),   z = -0.5 + 0.5 size + 0.4 [industry finance or health]
                                      - 0.5 [promotion] + 0.6 e1

**Strength of an offer**, in the same unit, each times its factor in `strength` (T = taste, hidden):

    percentage_discount_p    p
    fixed_credit             min(25, 100 credit / (3 monthly price))
    free_upgrade             (11, or 4 if the monthly price > 300) exp(0.45 [analyst or integrator] + 0.3 T)
    loyalty_points           5 exp(0.5 [annual] + 0.3 T)
    personalized_bundle      8 exp(0.5 [coordinator] + 0.3 T)

**Effect.** While an offer lasts, the voluntary and downgrade hazards are multiplied by m:

    persuadable, strength >= d    1 - effect          (more than d adds nothing)
    persuadable, strength <  d    1
    sleeping dog, any contact     sleeping_dog (3 by default)
    sure thing, lost cause        1

A sufficient offer also makes a persuadable who has given notice withdraw it with probability `effect`.
Failing payments are untouched by offers. Sure things have 1.2 less log-hazard, lost causes 0.4 more.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from retinue.simulation.parameters import (
    ARMS,
    CHANNELS,
    INDUSTRIES,
    OFFERS,
    PAYMENT_METHODS,
    PROFILES,
    Parameters,
)
from retinue.simulation.streams import Bools, Draws, Floats, Small, Stream

__all__ = ["DISCOUNTS", "TYPES", "Response", "draw_response", "offer_cost"]

TYPES = ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")
DISCOUNTS = (5.0, 10.0, 15.0, 20.0)
PERSUADABLE, SURE_THING, LOST_CAUSE, SLEEPING_DOG = range(4)
_LEAST, _RANGE, _HIDDEN = 3.0, 17.0, 0.6
_TASTE = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.3, 0.3])


@dataclass(slots=True)
class Response:
    """Per customer: type, smallest sufficient strength, strengths of the offers, factor of each arm."""

    type: Small
    threshold: npt.NDArray[np.float64]
    strength: npt.NDArray[np.float64]
    """customers x 8 offers."""
    multiplier: npt.NDArray[np.float32]
    """customers x 9 arms; column 0 (none) is 1."""
    hazard_offset: npt.NDArray[np.float64]
    type_probability: npt.NDArray[np.float32]
    """customers x 4 types: the probability of each type given what the business can see."""
    enough_probability: npt.NDArray[np.float32]
    """customers x 8 offers: P(strength >= d) of a persuadable given what can be seen (profile included)."""

    def joined(self, more: Response) -> Response:
        return Response(
            **{f.name: np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(self)}
        )

    def head(self, count: int) -> Response:
        return Response(**{f.name: getattr(self, f.name)[:count] for f in fields(self)})

    def smallest_discount(self) -> Floats:
        """The smallest of 5, 10, 15, 20 % that suffices; NaN for those who are not persuadable."""
        doses = np.asarray(DISCOUNTS)
        position = np.searchsorted(doses, self.threshold, side="left")
        found = np.where(position < len(doses), doses[np.minimum(position, len(doses) - 1)], np.nan)
        return np.where(self.type == PERSUADABLE, found, np.nan)


def draw_response(
    draws: Draws,
    laws: Parameters,
    *,
    channel: Small,
    industry: Small,
    size: Small,
    annual: Bools,
    method: Small,
    profile: Small,
    monthly: Floats,
) -> Response:
    """Draw the response of customers from what is visible of them and from hidden luck (formulas above)."""

    def at(codes: Small, names: tuple[str, ...], *wanted: str) -> Floats:
        return np.isin(codes, [names.index(w) for w in wanted]).astype(np.float64)

    utility = np.stack(
        [
            0.35 + 0.9 * at(channel, CHANNELS, "paid_search", "promotion") + 0.5 * (size == 0),
            0.10 + 0.8 * annual + 0.5 * at(channel, CHANNELS, "referral"),
            -0.10 + 0.8 * at(industry, INDUSTRIES, "retail"),
            -0.60
            + laws.dogs
            + 0.8 * at(channel, CHANNELS, "organic")
            + 0.7 * at(method, PAYMENT_METHODS, "bank_transfer"),
        ],
        axis=1,
    )
    share = np.exp(utility)
    share /= share.sum(axis=1, keepdims=True)
    gumbel = np.stack([-np.log(-np.log(draws.uniform(Stream.TYPE + k))) for k in range(4)], axis=1)
    kind = np.argmax(utility + gumbel, axis=1).astype(np.int8)

    center = (
        -0.5
        + 0.5 * size
        + 0.4 * at(industry, INDUSTRIES, "finance", "health")
        - 0.5 * at(channel, CHANNELS, "promotion")
    )
    threshold = _LEAST + _RANGE / (1 + np.exp(-center - _HIDDEN * draws.normal(Stream.THRESHOLD)))
    count = len(kind)
    usual = np.stack(
        [
            *(np.full(count, dose) for dose in DISCOUNTS),
            np.minimum(25.0, 100 * laws.credit / (3 * monthly)),
            np.where(monthly > 300, 4.0, 11.0)
            * np.exp(0.45 * at(profile, PROFILES, "analyst", "integrator")),
            5 * np.exp(0.5 * annual),
            8 * np.exp(0.5 * at(profile, PROFILES, "coordinator")),
        ],
        axis=1,
    ) * np.asarray(laws.strength)
    taste = np.stack([draws.normal(Stream.TASTE + k) for k in range(len(OFFERS))], axis=1)
    strength = usual * np.exp(_TASTE * taste)
    multiplier = np.ones((count, len(ARMS)), dtype=np.float32)
    persuaded = (kind == PERSUADABLE)[:, None] & (strength >= threshold[:, None])
    multiplier[:, 1:][persuaded] = 1 - laws.effect
    multiplier[kind == SLEEPING_DOG, 1:] = laws.sleeping_dog
    return Response(
        type=kind,
        threshold=threshold,
        strength=strength,
        multiplier=multiplier,
        hazard_offset=np.choose(kind, [0.0, -1.2, 0.4, 0.0]),
        type_probability=share.astype(np.float32),
        enough_probability=_enough(usual, center),
    )


def _enough(usual: Floats, center: Floats) -> npt.NDArray[np.float32]:
    """P(strength >= d) over the hidden taste and the hidden part of d.

    d <= s iff e1 <= (logit((s - 3) / 17) - center) / 0.6; Gauss-Hermite quadrature over the taste.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    total = np.zeros(usual.shape)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        inside = np.clip((usual * np.exp(_TASTE * node) - _LEAST) / _RANGE, 1e-12, 1 - 1e-12)
        total += weight * ndtr((np.log(inside / (1 - inside)) - center[:, None]) / _HIDDEN)
    return total.astype(np.float32)


def offer_cost(arm: npt.NDArray[np.int8], monthly: Floats, laws: Parameters) -> Floats:
    """What the business books as the cost of an action, in cents' precision.

    Discounts: p % of three monthly bills; credit: its amount; upgrade: 30 % of half the price for three
    months;
    points: 75 % of 15; bundle: 10 % of a month and 2 of handling.
    """
    costs = np.stack(
        [
            np.zeros_like(monthly),
            *(monthly * 3 * dose / 100 for dose in DISCOUNTS),
            np.full_like(monthly, laws.credit),
            monthly * 3 * 0.5 * 0.3,
            np.full_like(monthly, 11.25),
            monthly * 0.10 + 2,
        ],
        axis=1,
    )
    return np.round(costs[np.arange(len(arm)), arm], 2)
