"""What became of the customers, and what of it was our doing.

In: interventions and outcomes as known at a time. Out: what each arm of the experiment and each incentive
brought against customers who were left alone, with intervals that may be looked at daily (`measure`), the
rewards a learner may use (`rewards`), and the date at which an open question will be settled.

>>> from retinue.outcomes import Arm
>>> Arm("none", 120, 0.80, 0.73, 0.87).customers
120
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.outcomes.aipw import Estimate, contrast
    from retinue.outcomes.assignment import assign
    from retinue.outcomes.attribution import attribute
    from retinue.outcomes.before import campaign_facts
    from retinue.outcomes.forecast import Forecast, best_share
    from retinue.outcomes.incrementality import Arm, Effect, Incrementality, compare_with_holdout
    from retinue.outcomes.loading import load
    from retinue.outcomes.logged import logged_decisions
    from retinue.outcomes.measuring import Measurement, measure
    from retinue.outcomes.ratio import SampleRatio, sample_ratio
    from retinue.outcomes.reporting import as_dict, frame, in_words
    from retinue.outcomes.reward import rewards

_HOME = {
    "Arm": "incrementality",
    "Effect": "incrementality",
    "Estimate": "aipw",
    "Forecast": "forecast",
    "Incrementality": "incrementality",
    "Measurement": "measuring",
    "SampleRatio": "ratio",
    "as_dict": "reporting",
    "assign": "assignment",
    "attribute": "attribution",
    "best_share": "forecast",
    "campaign_facts": "before",
    "compare_with_holdout": "incrementality",
    "contrast": "aipw",
    "frame": "reporting",
    "in_words": "reporting",
    "load": "loading",
    "logged_decisions": "logged",
    "measure": "measuring",
    "rewards": "reward",
    "sample_ratio": "ratio",
}

__all__ = [
    "Arm",
    "Effect",
    "Estimate",
    "Forecast",
    "Incrementality",
    "Measurement",
    "SampleRatio",
    "as_dict",
    "assign",
    "attribute",
    "best_share",
    "campaign_facts",
    "compare_with_holdout",
    "contrast",
    "frame",
    "in_words",
    "load",
    "logged_decisions",
    "measure",
    "rewards",
    "sample_ratio",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
