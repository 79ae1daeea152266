"""Decisions: may we act, with which offer, with what probability, who must approve, and why.

In:  assessments (worth, risk, reasons), the weighed offers, the holdout and the budget.
Out: a `Decision` for each customer above the threshold and a `Receipt` from which the same decision can be
     recomputed bit for bit.

The engine (`retinue.decisions.engine`) is pure and uses nothing but the standard library. `assess`, `replay`
and `explain` are functions of the modules of the same name.

>>> from retinue.decisions import Thresholds, route
>>> route(churn_probability=0.9, clv=5420.5, cost=60.0, recommended=True, offered=True, held_out=False,
...       thresholds=Thresholds()).rule
'high_value'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.decisions.artefacts import ModelStore
    from retinue.decisions.assess import Models, risk_levels, subscribed
    from retinue.decisions.batch import Batch, Day, decide_batch
    from retinue.decisions.engine import Case, Proposal, decide
    from retinue.decisions.priority import priority_score
    from retinue.decisions.receipt import ReceiptParts, read_receipt, receipt_of, verify
    from retinue.decisions.receipt_file import find_receipt, read_receipts, write_receipts
    from retinue.decisions.rules import RULES, Route, Rule, Thresholds, route, urgency
    from retinue.decisions.terms import Terms

__all__ = [
    "RULES",
    "Batch",
    "Case",
    "Day",
    "ModelStore",
    "Models",
    "Proposal",
    "ReceiptParts",
    "Route",
    "Rule",
    "Terms",
    "Thresholds",
    "decide",
    "decide_batch",
    "find_receipt",
    "priority_score",
    "read_receipt",
    "read_receipts",
    "receipt_of",
    "risk_levels",
    "route",
    "subscribed",
    "urgency",
    "verify",
    "write_receipts",
]

_HOME = {
    "RULES": "rules",
    "Batch": "batch",
    "Case": "engine",
    "Day": "batch",
    "ModelStore": "artefacts",
    "Models": "assess",
    "Proposal": "engine",
    "ReceiptParts": "receipt",
    "Route": "rules",
    "Rule": "rules",
    "Terms": "terms",
    "Thresholds": "rules",
    "decide": "engine",
    "decide_batch": "batch",
    "find_receipt": "receipt_file",
    "priority_score": "priority",
    "read_receipt": "receipt",
    "read_receipts": "receipt_file",
    "receipt_of": "receipt",
    "risk_levels": "assess",
    "route": "rules",
    "subscribed": "assess",
    "urgency": "rules",
    "verify": "receipt",
    "write_receipts": "receipt_file",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
