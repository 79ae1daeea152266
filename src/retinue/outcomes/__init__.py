"""What became of the customers: what offers earned against those who were left alone.

In: interventions and outcomes as known at a time. Out: per incentive the difference in retention to the
customers who got nothing, with an interval and a sentence.

>>> from retinue.outcomes import Arm
>>> Arm("none", 120, 0.80, 0.73, 0.87).customers
120
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.outcomes.incrementality import Arm, Effect, Incrementality, compare_with_holdout

__all__ = ["Arm", "Effect", "Incrementality", "compare_with_holdout"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module("retinue.outcomes.incrementality"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
