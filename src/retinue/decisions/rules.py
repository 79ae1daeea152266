"""The design document's rules as a table: the first row that holds decides. Standard library only.

| rule | holds when | route |
| --- | --- | --- |
| not_targeted | p <= act_above | no action; not in the campaign |
| monitor_band | p <= monitor_up_to | monitor |
| stopped | Retinue is stopped (the kill switch) | no action |
| unfair | the run would surely give some group too few offers, and is set to refuse | no action |
| not_in_rollout | the roll-out has not come to this customer | no action |
| objected | the customer objected, or consent is required and missing | no action |
| under_offer | the customer had an offer within the last offer_gap_days | no action |
| rejected | a person rejected an offer for the customer within review.ask_again_days | no action |
| contact_cap | guards.contacts: approached as often as may be | no action |
| lifetime_cap | guards.offers_per_…, guards.cost_per_…: had as much as may be | no action |
| cancel_clicks | guards.cancel_clicks: asks to cancel in order to be paid | no action |
| sleeping_dog | guards.sleeping_dog: every offer surely drives them away | no action |
| by_rule | the rules of the business let no offer go to them | no action or monitor, by that rule |
| nothing_pays | no offer of the catalogue has a positive net value | no action |
| review_cap | the reviews of the day went to others | no action |
| treated_share | as many others are treated as may be | no action |
| budget | the budget went to others | no action |
| held_out | the customer is in the holdout | no action |
| as_usual | the customer is left to what the company did before | no action |
| high_value | CLV > review_clv_above | manual review |
| costly_offer | cost > auto_cost_up_to | manual review |
| low_value_low_risk | otherwise | auto-execute |

The rows up to `as_usual` are guards: they stand in front of the rules of the business (`decisions.tables`),
which say what happens to an offer that has passed them. The last three rows are those rules as they were
before anybody could write them; receipts of that time are recomputed by them.

In the pilot of a roll-out what would be executed by itself is reviewed too, as `pilot_review`
(`retinue.decisions.rollout`).

Urgency is a flag beside the route and never a way round it: HIGH when p > urgent_above and CLV >
urgent_clv_above, else MEDIUM when p > monitor_up_to, else LOW.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from retinue.decisions.withheld import BY_RULE, FREE, WITHHELD
from retinue.domain import ActionType, RiskLevel, Urgency

__all__ = [
    "GUARDS",
    "RULES",
    "RULES_VERSION",
    "Facts",
    "Route",
    "Rule",
    "Ruling",
    "Thresholds",
    "risk_level",
    "route",
    "urgency",
]

RULES_VERSION = "4"
"""Raised whenever a row of the table changes; a receipt names it."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers the rules compare with, in project currency; the defaults are the design document's."""

    act_above: float = 0.40
    monitor_up_to: float = 0.60
    urgent_above: float = 0.80
    urgent_clv_above: float = 2000.0
    review_clv_above: float = 5000.0
    auto_cost_up_to: float = 250.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at.

    recommended: some offer of the catalogue pays. offered: one is left after the budget and other limits.
    lost_to: the rule of the limit that left none.
    cost: planned cost of that offer. withheld: why nothing may be offered at all; empty for no reason.
    """

    churn_probability: float
    clv: float
    cost: float
    recommended: bool
    offered: bool
    held_out: bool
    withheld: str = FREE
    as_usual: bool = False
    lost_to: str = "budget"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: its name, when it holds, where it leads, and both in words."""

    name: str
    holds: Callable[[Facts, Thresholds], bool]
    action: ActionType
    words: str

    @property
    def makes_offer(self) -> bool:
        """Whether the customer gets an offer, at once or after a person approved."""
        return self.action in (ActionType.AUTO_EXECUTE, ActionType.MANUAL_REVIEW)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a customer goes, and the rule that said so."""

    rule: str
    action: ActionType
    makes_offer: bool


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules of the business say of one customer and the offer for them, if there is one.

    rule: name of the row. urgency: None leaves it to the thresholds. priority_factor: what a priority above 0
    is multiplied with.
    """

    rule: str
    action: ActionType
    urgency: Urgency | None = None
    priority_factor: float = 1.0

    @property
    def makes_offer(self) -> bool:
        """Whether an offer goes out, at once or after a person approved."""
        return self.action in (ActionType.AUTO_EXECUTE, ActionType.MANUAL_REVIEW)


def _withholding(code: str, words: str) -> Rule:
    return Rule(code, lambda facts, t: facts.withheld == code, ActionType.NO_ACTION, words)


RULES: tuple[Rule, ...] = (
    Rule(
        "not_targeted",
        lambda facts, t: not facts.churn_probability > t.act_above,
        ActionType.NO_ACTION,
        "The churn probability is not above the threshold of action.",
    ),
    Rule(
        "monitor_band",
        lambda facts, t: not facts.churn_probability > t.monitor_up_to,
        ActionType.MONITOR,
        "The churn probability lies in the band that is watched without immediate action.",
    ),
    *(_withholding(code, words) for code, words in WITHHELD.items()),
    Rule(
        "nothing_pays",
        lambda facts, t: not facts.recommended,
        ActionType.NO_ACTION,
        "No offer is expected to earn more than it costs.",
    ),
    Rule(
        "review_cap",
        lambda facts, t: not facts.offered and facts.lost_to == "review_cap",
        ActionType.NO_ACTION,
        "An offer would pay, but those who review offers have more valuable cases that day.",
    ),
    Rule(
        "treated_share",
        lambda facts, t: not facts.offered and facts.lost_to == "treated_share",
        ActionType.NO_ACTION,
        "An offer would pay, but no more customers may be treated, and others gain more by it.",
    ),
    Rule(
        "budget",
        lambda facts, t: not facts.offered,
        ActionType.NO_ACTION,
        "An offer would pay, but the budget earns more elsewhere.",
    ),
    Rule(
        "held_out",
        lambda facts, t: facts.held_out,
        ActionType.NO_ACTION,
        "The customer belongs to the random holdout that is left alone to measure against.",
    ),
    Rule(
        "as_usual",
        lambda facts, t: facts.as_usual,
        ActionType.NO_ACTION,
        "The customer belongs to the random few who are left to what the company did before.",
    ),
    Rule(
        "high_value",
        lambda facts, t: facts.clv > t.review_clv_above,
        ActionType.MANUAL_REVIEW,
        "A customer of this value is decided on by a person.",
    ),
    Rule(
        "costly_offer",
        lambda facts, t: facts.cost > t.auto_cost_up_to,
        ActionType.MANUAL_REVIEW,
        "An offer of this cost is decided on by a person.",
    ),
    Rule(
        "low_value_low_risk",
        lambda facts, t: True,
        ActionType.AUTO_EXECUTE,
        "Neither the customer's value nor the cost of the offer needs a person.",
    ),
)
"""The table, in order of precedence."""

GUARDS: tuple[Rule, ...] = tuple(rule for rule in RULES if not rule.makes_offer)
"""The rows that no rule of the business can overrule."""

_YIELDS = ("monitor_band", BY_RULE)
"""Guards that are named by the rule of the business where that one makes no offer either."""


def route(
    *,
    churn_probability: float,
    clv: float,
    cost: float,
    recommended: bool,
    offered: bool,
    held_out: bool,
    thresholds: Thresholds,
    withheld: str = FREE,
    as_usual: bool = False,
    lost_to: str = "budget",
    ruling: Ruling | None = None,
) -> Route:
    """The first guard that holds, else the ruling of the business (None: the last rows of RULES).

    A ruling is never asked where a guard makes no offer, except for its name and for whether to watch.

    >>> facts = dict(clv=100.0, cost=9.0, recommended=True, offered=True, held_out=False)
    >>> [route(churn_probability=p, thresholds=Thresholds(), **facts).action.value for p in (0.4, 0.6, 0.61)]
    ['no_action', 'monitor', 'auto_execute']
    """
    facts = Facts(churn_probability, clv, cost, recommended, offered, held_out, withheld, as_usual, lost_to)
    rule = next(rule for rule in RULES if rule.holds(facts, thresholds))
    if ruling is None or not (rule.makes_offer or (rule.name in _YIELDS and not ruling.makes_offer)):
        return Route(rule.name, rule.action, rule.makes_offer)
    return Route(ruling.rule, ruling.action, ruling.makes_offer)


def urgency(churn_probability: float, clv: float, thresholds: Thresholds) -> Urgency:
    """How soon a person should look.

    >>> urgency(0.81, 2000.01, Thresholds()).value, urgency(0.81, 2000.0, Thresholds()).value
    ('HIGH', 'MEDIUM')
    """
    if churn_probability > thresholds.urgent_above and clv > thresholds.urgent_clv_above:
        return Urgency.HIGH
    return Urgency.MEDIUM if churn_probability > thresholds.monitor_up_to else Urgency.LOW


def risk_level(churn_probability: float, thresholds: Thresholds) -> RiskLevel:
    """The probability in words, by the same thresholds as the rules.

    >>> [risk_level(p, Thresholds()).value for p in (0.4, 0.6, 0.8, 0.81)]
    ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']
    """
    if churn_probability > thresholds.urgent_above:
        return RiskLevel.CRITICAL
    if churn_probability > thresholds.monitor_up_to:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if churn_probability > thresholds.act_above else RiskLevel.LOW
