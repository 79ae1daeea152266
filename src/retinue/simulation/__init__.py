"""A world that knows the truth: a subscription business in which everything follows known laws.

In: how many customers, how many years, a seed; later the actions taken. Out: the raw tables as a business
would have them (late rows, repeated rows and dirt included), and, kept apart, what is true: who would have
stayed under which offer, and with what probability.

>>> from retinue.simulation import World
>>> world = World(200, years=1, seed=3)
>>> step = world.step({})
>>> list(step.outcomes.columns)
['customer_id', 'incentive', 'retained', 'revenue']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.simulation.parameters import ARMS, OFFERS, Parameters
    from retinue.simulation.world import Step, World
    from retinue.simulation.write import write_world

__all__ = ["ARMS", "OFFERS", "Parameters", "Step", "World", "write_world"]

_HOMES = {
    "ARMS": "parameters",
    "OFFERS": "parameters",
    "Parameters": "parameters",
    "Step": "world",
    "World": "world",
    "write_world": "write",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the numerical libraries are not needed for `retinue --help`."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
