"""What past decisions teach.

In: decisions with the probability of every action and their outcomes. Out: the value of a policy that was
never tried, and how sure it is.

>>> from retinue.learning import Logged, ips
>>> log = Logged.of(["none", "credit"], [0.0, 1.0], propensities=[0.5, 0.5], actions=["none", "credit"])
>>> ips(log, [0.0, 1.0]).value
1.0
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.learning.off_policy.betting import betting, betting_lower_bound
    from retinue.learning.off_policy.crossfit import crossfit
    from retinue.learning.off_policy.estimators import dm, dr, importance_weights, ips, snips
    from retinue.learning.off_policy.evaluate import Comparison, Value, compare, evaluate
    from retinue.learning.off_policy.history import from_warehouse
    from retinue.learning.off_policy.intervals import Interval, bootstrap, difference, interval
    from retinue.learning.off_policy.logged import Logged
    from retinue.learning.off_policy.scores import Scores
    from retinue.learning.off_policy.shrinkage import dros, select_shrinkage, select_threshold, switch_dr

_WHERE = {
    "Comparison": "evaluate",
    "Interval": "intervals",
    "Logged": "logged",
    "Scores": "scores",
    "Value": "evaluate",
    "betting": "betting",
    "betting_lower_bound": "betting",
    "bootstrap": "intervals",
    "compare": "evaluate",
    "crossfit": "crossfit",
    "difference": "intervals",
    "dm": "estimators",
    "dr": "estimators",
    "dros": "shrinkage",
    "evaluate": "evaluate",
    "from_warehouse": "history",
    "importance_weights": "estimators",
    "interval": "intervals",
    "ips": "estimators",
    "select_shrinkage": "shrinkage",
    "select_threshold": "shrinkage",
    "snips": "estimators",
    "switch_dr": "shrinkage",
}

__all__ = [
    "Comparison",
    "Interval",
    "Logged",
    "Scores",
    "Value",
    "betting",
    "betting_lower_bound",
    "bootstrap",
    "compare",
    "crossfit",
    "difference",
    "dm",
    "dr",
    "dros",
    "evaluate",
    "from_warehouse",
    "importance_weights",
    "interval",
    "ips",
    "select_shrinkage",
    "select_threshold",
    "snips",
    "switch_dr",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(f"retinue.learning.off_policy.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
