"""The laws of the simulated business, each a number that can be set.

Health `x` is a latent score around 0: it falls, usage falls with it, and the hazards of leaving rise.
Rates are per week; money is in the world's currency (EUR); effects on hazards are in logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ANNUAL",
    "ARMS",
    "CHANNELS",
    "COUNTRIES",
    "INDUSTRIES",
    "MONTH",
    "OFFERS",
    "PAYMENT_METHODS",
    "PLANS",
    "PLAN_PRICES",
    "PROFILES",
    "SIZES",
    "WEEK",
    "Parameters",
]

WEEK = 7 * 86_400
"""Seconds in a week, the step of the world."""
MONTH = 2_629_800
"""Seconds in a billing month: a twelfth of 365.25 days."""
ANNUAL = 12 * MONTH

PLANS = ("starter", "team", "business", "enterprise")
PLAN_PRICES = (19.0, 49.0, 119.0, 349.0)
SIZES = ("1-10", "11-50", "51-250", "251+")
INDUSTRIES = ("retail", "software", "finance", "health", "media", "education")
COUNTRIES = ("DE", "FR", "NL", "AT", "ES", "PL", "SE", "GB")
CHANNELS = ("organic", "paid_search", "referral", "partner", "promotion")
PAYMENT_METHODS = ("card", "direct_debit", "paypal", "bank_transfer")
PROFILES = ("viewer", "analyst", "integrator", "coordinator")

OFFERS = (
    "percentage_discount_5",
    "percentage_discount_10",
    "percentage_discount_15",
    "percentage_discount_20",
    "fixed_credit",
    "free_upgrade",
    "loyalty_points",
    "personalized_bundle",
)
ARMS = ("none", *OFFERS)
"""What can be done for a customer; the position is the code used inside the world."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every law with its default. The formulas are where the numbers are used (`hazards`, `response`, …).

    >>> Parameters(effect=0.0).effect  # a world in which no offer works
    0.0
    """

    events_per_customer_year: float = 100.0
    backlog: float = 0.38
    """Share of the customers that had joined before the history begins."""
    growth: float = 0.5
    """Relative growth of the arrivals over the history."""

    # health
    health_return: float = 0.05
    health_noise: float = 0.15
    mean_health: float = 0.5
    mean_health_spread: float = 0.45
    slump_begins: float = 0.0075
    slump_ends: float = 0.03
    slump_depth: float = 4.5
    price_shock: float = 0.30
    ticket_shock: float = 0.22
    product_shift: float = 0.35
    """How far the mean health of integrators falls when the product changes."""

    # leaving
    voluntary: float = -6.3
    voluntary_slope: float = 1.65
    downgrade: float = -8.3
    downgrade_slope: float = 0.9
    frailty: float = 0.25
    early: float = 0.7
    """Extra hazard of a newcomer, fading with 15 weeks of tenure."""
    off_renewal: float = -0.9
    before_renewal: float = 1.3
    """Annual contracts: away from the renewal, and in the four weeks before it."""
    january: float = 0.15
    drift: float = 0.15
    """Added to the hazard from the drift date on."""
    drift_at: float = 0.60
    price_rise: float = 0.08
    price_rise_at: float = 0.45
    """When, as a share of the history; the product changes at the drift date."""
    notice: float = 0.65
    """Share of the voluntary leavers who give notice and stay until the paid month ends."""

    # paying
    card_failure: tuple[float, ...] = (0.055, 0.02, 0.03, 0.012)
    retry: float = 0.0
    """Log-odds that a retry succeeds at health 0."""
    refund: float = 0.006
    annual_share: float = 0.28
    annual_price: float = 0.85

    # support
    tickets: float = 0.032

    # response to offers
    effect: float = 0.90
    """Share of the voluntary and downgrade hazard that a sufficient offer takes from a persuadable."""
    sleeping_dog: float = 3.0
    """By how much a contact multiplies a sleeping dog's hazard."""
    dogs: float = 0.0
    """Added to a customer's utility of being a sleeping dog: 1 makes them about twice as many."""
    strength: tuple[float, ...] = (1.0,) * len(OFFERS)
    """Factor on the strength of each offer, in the order of `OFFERS`."""
    effect_weeks: int = 13
    credit: float = 25.0

    # the past pilot
    pilot_share: float = 0.05
    pilot_waves: int = 6
    pilot_control: float = 0.20

    # how rows reach us
    late: float = 0.012
    """Share of transactions, events and tickets that are recorded days after they happened."""
