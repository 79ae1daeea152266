"""Learning: what past offers teach about the next, and whether a new policy may replace the old one.

In: decisions (receipts, interventions) and outcomes as known at a time. Out: a new version of the response
model, and verdicts on policies. The loop closes through data: nothing here calls back into a decision.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.learning.observed import evidence, interventions_of
    from retinue.learning.log import own_decisions
    from retinue.learning.past import past_decisions
    from retinue.learning.update import Update, learn

__all__ = ["Update", "evidence", "interventions_of", "learn", "own_decisions", "past_decisions"]

_HOME = {
    "Update": "update",
    "evidence": "observed",
    "interventions_of": "observed",
    "learn": "update",
    "own_decisions": "log",
    "past_decisions": "past",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
