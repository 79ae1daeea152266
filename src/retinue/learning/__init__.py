"""What past decisions teach, and whether a new policy may go live.

In: decisions with the probability of every action and their outcomes. Out: how customers respond to offers
(`learn`); the value of a policy that was never tried, how sure it is, and a verdict: promoted, or refused
with the reason and the experiment that would settle it (`judge`). The loop closes through data: nothing here
calls back into a decision.

>>> from retinue.learning import Logged, judge
>>> log = Logged.of(["none", "credit"] * 200, [0.0, 1.0] * 200, propensities=[0.5, 0.5],
...                 actions=["none", "credit"])
>>> judge(log, champion=[1.0, 0.0], challenger=[0.0, 1.0]).promote
True
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.learning.log import own_decisions
    from retinue.learning.observed import evidence, interventions_of
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
    from retinue.learning.past import PAST, past_customers, past_decisions, past_rows
    from retinue.learning.update import Update, learn

_WHERE = {
    "Check": "off_policy.checks",
    "Comparison": "off_policy.evaluate",
    "Experiment": "off_policy.experiment",
    "Interval": "off_policy.intervals",
    "Logged": "off_policy.logged",
    "Scores": "off_policy.scores",
    "Update": "update",
    "Value": "off_policy.evaluate",
    "Verdict": "off_policy.gate",
    "betting": "off_policy.betting",
    "betting_lower_bound": "off_policy.betting",
    "bootstrap": "off_policy.intervals",
    "compare": "off_policy.evaluate",
    "crossfit": "off_policy.crossfit",
    "diagnose": "off_policy.diagnostics",
    "difference": "off_policy.intervals",
    "dm": "off_policy.estimators",
    "dr": "off_policy.estimators",
    "dros": "off_policy.shrinkage",
    "evaluate": "off_policy.evaluate",
    "evidence": "observed",
    "from_warehouse": "off_policy.history",
    "importance_weights": "off_policy.estimators",
    "interval": "off_policy.intervals",
    "interventions_of": "observed",
    "ips": "off_policy.estimators",
    "judge": "off_policy.gate",
    "learn": "update",
    "own_decisions": "log",
    "PAST": "past",
    "past_customers": "past",
    "past_decisions": "past",
    "past_rows": "past",
    "plan": "off_policy.experiment",
    "select_shrinkage": "off_policy.shrinkage",
    "select_threshold": "off_policy.shrinkage",
    "snips": "off_policy.estimators",
    "switch_dr": "off_policy.shrinkage",
}

__all__ = [
    "PAST",
    "Check",
    "Comparison",
    "Experiment",
    "Interval",
    "Logged",
    "Scores",
    "Update",
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
    "evidence",
    "from_warehouse",
    "importance_weights",
    "interval",
    "interventions_of",
    "ips",
    "judge",
    "learn",
    "own_decisions",
    "past_customers",
    "past_decisions",
    "past_rows",
    "plan",
    "select_shrinkage",
    "select_threshold",
    "snips",
    "switch_dr",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(f"retinue.learning.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
