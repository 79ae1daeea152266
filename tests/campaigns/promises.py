"""Customers who took an offer at the cancel button, as the desk leaves them."""

from __future__ import annotations

from datetime import timedelta

from tests.campaigns.witness import Business

from retinue.campaigns.accepted import Accepted, plan_accepted
from retinue.store.cancel_moments import Moment, choose, occasion_id, opened
from retinue.store.contacts import Known
from retinue.store.ledger import Claim, Grant, approve, reserve


def take(
    b: Business,
    n: int,
    *,
    kind: str = "fixed_credit",
    paid: bool = True,
    known: bool = True,
    name: str = "cancel",
) -> str:
    """Customer `C{n}` is shown an offer of 25 and takes it; the occasion's name."""
    customer, decision = f"C{n}", f"dec_{name}_{n}"
    if known:
        b.know(Known(customer, name="Ada", email=f"{customer}@example.org", ids={"stripe": f"cus_{n}"}))
    occasion = occasion_id(customer, "nonce-1")
    offer = {
        "incentive": f"{kind}_25",
        "type": kind,
        "value": 25.0,
        "duration_months": None,
        "text": "a credit",
        "cost": 25.0,
        "tier": "Standard",
        "account": "cancel_2026_02",
    }
    shown = Moment(occasion, customer, b.now, "offer", "low_value_low_risk", "too_expensive", offer, decision)
    opened(b.store, shown)
    if paid:
        reserve(b.store, "cancel_2026_02", [Claim(decision, "Standard", 2500)], Grant(), as_of=b.now)
        approve(b.store, decision)
    choose(b.store, occasion, "accepted", now=b.now + timedelta(seconds=n))
    return occasion


def plan(b: Business) -> Accepted:
    """Plan what was accepted, at the business's time."""
    return plan_accepted(b.store, b.channels, b.settings, now=b.now)
