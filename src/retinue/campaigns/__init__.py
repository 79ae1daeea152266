"""Campaigns: whom to address today, who is left alone to measure against, and the day's list.

In:  assessments of all customers, their features and reasons, settings, a budget.
Out: a `DecisionSet`: decisions, the campaign as JSON, a summary, and the receipts.

>>> from retinue.campaigns import campaign_id
>>> from datetime import datetime, timezone
>>> campaign_id(datetime(2026, 2, 14, tzinfo=timezone.utc))
'CAMP_2026_02_14_001'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.campaigns.audience import ranked, targeted
    from retinue.campaigns.campaign import campaign_bytes, campaign_id, write_campaign
    from retinue.campaigns.consent import may_contact
    from retinue.campaigns.day import DecisionSet, decide_all
    from retinue.campaigns.holdout import check_salt, is_held_out

__all__ = [
    "DecisionSet",
    "campaign_bytes",
    "campaign_id",
    "check_salt",
    "decide_all",
    "is_held_out",
    "may_contact",
    "ranked",
    "targeted",
    "write_campaign",
]

_HOME = {
    "DecisionSet": "day",
    "campaign_bytes": "campaign",
    "campaign_id": "campaign",
    "check_salt": "holdout",
    "decide_all": "day",
    "is_held_out": "holdout",
    "may_contact": "consent",
    "ranked": "audience",
    "targeted": "audience",
    "write_campaign": "campaign",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
