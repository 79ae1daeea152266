"""Incentives: which offer, if any, pays for itself for a customer, and what it costs.

In:  what a customer is worth (CLV), how likely they leave, what they pay a month.
Out: for every offer of the catalogue its cost, its expected net value and the chance that it pays; the
     smallest one that is as good as the best; the probability of each action; an allocation under a budget.

Cost, value and choice are pure functions over NumPy arrays of n customers by k offers.

>>> from retinue.incentives import Catalogue
>>> Catalogue.default().actions[:3]
('none', 'percentage_discount_5', 'percentage_discount_10')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.incentives.budget import Allocation, allocate, choice_at_price, to_cents
    from retinue.incentives.catalogue import NONE, Catalogue, Offer
    from retinue.incentives.choose import best_offer, smallest_as_good
    from retinue.incentives.costs import Customers, cost_cents, eligible
    from retinue.incentives.draws import uniforms
    from retinue.incentives.economics import net_values, probability_it_pays
    from retinue.incentives.policy import draw, probabilities
    from retinue.incentives.uplift import (
        Effects,
        Targeting,
        Uplift,
        causal_forest,
        dr_learner,
        judge_targeting,
        label,
        monotone_effects,
        t_learner,
        x_learner,
    )
    from retinue.incentives.weighing import Weighed, weigh

__all__ = [
    "NONE",
    "Allocation",
    "Catalogue",
    "Customers",
    "Effects",
    "Offer",
    "Targeting",
    "Uplift",
    "Weighed",
    "allocate",
    "best_offer",
    "causal_forest",
    "choice_at_price",
    "cost_cents",
    "dr_learner",
    "draw",
    "eligible",
    "judge_targeting",
    "label",
    "monotone_effects",
    "net_values",
    "probabilities",
    "probability_it_pays",
    "smallest_as_good",
    "t_learner",
    "to_cents",
    "uniforms",
    "weigh",
    "x_learner",
]

_HOME = {
    "NONE": "catalogue",
    "Allocation": "budget",
    "Catalogue": "catalogue",
    "Customers": "costs",
    "Effects": "uplift",
    "Offer": "catalogue",
    "Targeting": "uplift",
    "Uplift": "uplift",
    "Weighed": "weighing",
    "allocate": "budget",
    "best_offer": "choose",
    "causal_forest": "uplift",
    "choice_at_price": "budget",
    "cost_cents": "costs",
    "dr_learner": "uplift",
    "draw": "policy",
    "eligible": "costs",
    "judge_targeting": "uplift",
    "label": "uplift",
    "monotone_effects": "uplift",
    "net_values": "economics",
    "probabilities": "policy",
    "probability_it_pays": "economics",
    "smallest_as_good": "choose",
    "t_learner": "uplift",
    "to_cents": "budget",
    "uniforms": "draws",
    "weigh": "weighing",
    "x_learner": "uplift",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
