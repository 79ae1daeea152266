"""Retinue: who is about to leave, what they are worth, the smallest incentive that pays, and the proof.

The flow, and the packages in which it happens, in reading order::

    files, CRM, billing, help desk, events
        │  sources, ingest            load once, validate, quarantine
        ▼
    warehouse                          append-only facts, read as of a time
        │  features                   point-in-time, many dates in one pass
        ▼
    segments · clv · churn             who they are, what they are worth, how likely they leave and why
        │  incentives                 what each offer costs and wins, the smallest that is as good
        ▼
    decisions                          rules, holdout, probabilities, receipts that replay
        │  campaigns                  the day's list
        ▼
    outcomes                           what of it was our doing, against those left alone
        │  learning                   how customers respond; whether a new policy may go live
        │
        ▼
    pipeline · report · app · cli      the stages in order, resumable; what people see
        │  monitoring                 do today's customers look like those that were learned from
        ▼
    the next run

>>> from retinue import Money, Retinue
>>> Money.of("19.90")
Money(amount=Decimal('19.90'), currency='EUR')
>>> Retinue.__name__
'Retinue'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retinue.domain import (
    ActionType,
    Assessment,
    Campaign,
    Customer,
    Decision,
    Delivery,
    Event,
    Incentive,
    Money,
    Outcome,
    Profile,
    Reason,
    Receipt,
    RiskLevel,
    Urgency,
)
from retinue.errors import RetinueError

if TYPE_CHECKING:
    from retinue.app import Retinue

    __version__: str

__all__ = [
    "ActionType",
    "Assessment",
    "Campaign",
    "Customer",
    "Decision",
    "Delivery",
    "Event",
    "Incentive",
    "Money",
    "Outcome",
    "Profile",
    "Reason",
    "Receipt",
    "Retinue",
    "RetinueError",
    "RiskLevel",
    "Urgency",
]


def __getattr__(name: str) -> Any:
    # The composition root reaches every stage; naming it here must not import them for `retinue --help`.
    if name == "Retinue":
        from retinue.app import Retinue

        return Retinue
    if name == "__version__":
        from importlib.metadata import version

        return version("retinue")
    raise AttributeError(f"module 'retinue' has no attribute {name!r}")
