"""What past decisions teach, and whether a new policy may go live.

In: decisions with the probability of every action and their outcomes. Out: the value of a policy that was
never tried, how sure it is, and a verdict: promoted, or refused with the reason and the experiment that would
settle it.

>>> from retinue.learning import Logged, judge
>>> log = Logged.of(["none", "credit"] * 200, [0.0, 1.0] * 200, propensities=[0.5, 0.5],
...                 actions=["none", "credit"])
>>> judge(log, champion=[1.0, 0.0], challenger=[0.0, 1.0]).promote
True
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.learning.off_policy.betting import betting, betting_lower_bound
    from retinue.learning.off_policy.checks import Check
    from retinue.learning.off_policy.crossfit import crossfit
    from retinue.learning.off_policy.diagnostics import diagnose
    from retinue.learning.off_policy.estimators import dm, dr, importance_weights, ips, snips
    from retinue.learning.off_policy.evaluate import Comparison, Value, compare, evaluate
    from retinue.learning.off_policy.experiment import Experiment, plan
    from retinue.learning.off_policy.gate import Verdict, judge
    from retinue.learning.off_policy.history import from_warehouse
    from retinue.learning.off_policy.intervals import Interval, bootstrap, difference, interval
    from retinue.learning.off_policy.logged import Logged
    from retinue.learning.off_policy.scores import Scores
    from retinue.learning.off_policy.shrinkage import dros, select_shrinkage, select_threshold, switch_dr

_WHERE = {
    "Check": "checks",
    "Comparison": "evaluate",
    "Experiment": "experiment",
    "Interval": "intervals",
    "Logged": "logged",
    "Scores": "scores",
    "Value": "evaluate",
    "Verdict": "gate",
    "betting": "betting",
    "betting_lower_bound": "betting",
    "bootstrap": "intervals",
    "compare": "evaluate",
    "crossfit": "crossfit",
    "diagnose": "diagnostics",
    "difference": "intervals",
    "dm": "estimators",
    "dr": "estimators",
    "dros": "shrinkage",
    "evaluate": "evaluate",
    "from_warehouse": "history",
    "importance_weights": "estimators",
    "interval": "intervals",
    "ips": "estimators",
    "judge": "gate",
    "plan": "experiment",
    "select_shrinkage": "shrinkage",
    "select_threshold": "shrinkage",
    "snips": "estimators",
    "switch_dr": "shrinkage",
}

__all__ = [
    "Check",
    "Comparison",
    "Experiment",
    "Interval",
    "Logged",
    "Scores",
    "Value",
    "Verdict",
    "betting",
    "betting_lower_bound",
    "bootstrap",
    "compare",
    "crossfit",
    "diagnose",
    "difference",
    "dm",
    "dr",
    "dros",
    "evaluate",
    "from_warehouse",
    "importance_weights",
    "interval",
    "ips",
    "judge",
    "plan",
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
