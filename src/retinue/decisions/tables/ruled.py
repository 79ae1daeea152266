"""Weighed offers under the rules: which offers they allow, who is set aside, and which rule says so.

A rule speaks of a customer and an offer. For each pair the first row that holds counts; where there is no
offer, the first among the rows that ask nothing of one. An offer that a rule does not let go is as good as
not in the catalogue for that customer. A customer is set aside when no offer is left that would pay or be
tried, or when there was none and the rules want none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.rules import Ruling
from retinue.decisions.tables.document import NO_RULE, RuleSet
from retinue.decisions.tables.evaluate import first_hits, rows_without_offer
from retinue.decisions.tables.facts import facts_of
from retinue.domain import ActionType
from retinue.errors import RulesError
from retinue.incentives.choose import NO_OFFER, smallest_as_good, within_tolerance
from retinue.incentives.weighing import Weighed

if TYPE_CHECKING:
    from retinue.decisions.terms import Terms
    from retinue.incentives.costs import Customers

__all__ = ["Ruled", "under_rules"]

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Ruled(Weighed):
    """Weighed offers, and what the rules say of each.

    places: for each table of the rules the row of each pair (n x k, from 1); bare: the same without an offer
    (n). barred: offers that a rule keeps from a customer. set_aside: customers to whom the rules let nothing
    go. reviewed: offers that a person decides on. first_choice: column of the offer that the economics chose
    before the rules spoke (-1 none).
    """

    rules: RuleSet
    places: tuple[Places, ...]
    bare: tuple[Places, ...]
    barred: NDArray[np.bool_]
    set_aside: NDArray[np.bool_]
    reviewed: NDArray[np.bool_]
    first_choice: Places

    def ruling(self, row: int, column: int) -> Ruling:
        """What the rules say of one customer and one offer (-1 none)."""
        if column == NO_OFFER:
            return self.rules.ruling(tuple(int(table[row]) for table in self.bare))
        return self.rules.ruling(tuple(int(table[row, column]) for table in self.places))

    def decided_by(self, row: int, offered: int, *, watched: bool) -> tuple[Ruling, bool]:
        """The ruling that a decision names, and whether it is that ruling which leaves no offer.

        offered: column of the offer left (-1 none). watched: nothing is offered to the customer anyway, being
        in the band that is watched.
        """
        bare = self.ruling(row, NO_OFFER)
        if offered != NO_OFFER or watched or not bare.makes_offer:
            alone = offered == NO_OFFER and not watched and bool(self.set_aside[row])
            return (bare if offered == NO_OFFER else self.ruling(row, offered)), alone
        if self.set_aside[row] or (self.chosen[row] == NO_OFFER != self.first_choice[row]):
            named = int(self.first_choice[row])
            if named == NO_OFFER:  # only a trial was kept from them
                named = int(np.flatnonzero(self.may_pay[row])[0])
            return self.ruling(row, named), True
        return bare, False


def under_rules(weighed: Weighed, customers: Customers, terms: Terms) -> Weighed:
    """The offers as the rules of the terms leave them; unchanged where the terms are from before there were.

    A row depends on nothing but its own customer. Raises RulesError where no row of a table holds.
    """
    rules = terms.rules
    if rules is None:
        return weighed
    facts = facts_of(customers, weighed, dict(terms.tiers))
    n, k = weighed.net.shape
    alone = {name: facts[name] for name in facts if facts[name].shape[1] == 1}
    places = tuple(first_hits(table, table.rows, facts, (n, k)) for table in rules.tables)
    bare = tuple(first_hits(table, rows_without_offer(table), alone, (n, 1))[:, 0] for table in rules.tables)
    for table, pairs, none in zip(rules.tables, places, bare, strict=True):
        if (pairs == NO_RULE).any() or (none == NO_RULE).any():
            raise RulesError(
                "There are customers for whom no row holds.",
                where=f"{rules.title}, table {table.name}",
                fix="Add a last row without conditions, then: retinue rules check",
            )
    free, free_alone = _let_go(rules, places), _let_go(rules, bare)
    open_ = weighed.pays | weighed.may_pay
    aside = np.where(open_.any(axis=1), ~(open_ & free).any(axis=1), ~free_alone)
    # who is only watched gets nothing anyway, and keeps the offer that priority is counted by
    acted_on = customers.churn_probability > terms.thresholds.monitor_up_to
    aside &= acted_on
    barred = ~free & (acted_on & ~aside)[:, None]
    can = weighed.eligible & ~weighed.harmful & ~barred
    # so does whoever is set aside
    changes: dict[str, Any] = {
        "pays": weighed.pays & ~barred,
        "may_pay": weighed.may_pay & ~barred,
        "close": within_tolerance(weighed.safe, can, terms.tolerance),
        "chosen": smallest_as_good(weighed.safe, weighed.cost_cents, can, terms.tolerance),
    }
    kept = {field.name: getattr(weighed, field.name) for field in fields(Weighed)}
    return Ruled(
        **{**kept, **changes},
        rules=rules,
        places=places,
        bare=bare,
        barred=barred,
        set_aside=aside,
        reviewed=_routed_to(rules, ActionType.MANUAL_REVIEW, places),
        first_choice=weighed.chosen,
    )


def _routed_to(rules: RuleSet, action: ActionType, places: tuple[Places, ...]) -> NDArray[np.bool_]:
    """Where the table of the routes says so."""
    said = np.array([row.gives["route"] == action.value for row in rules.tables[0].rows])
    return np.asarray(said[places[0] - 1])


def _let_go(rules: RuleSet, places: tuple[Places, ...]) -> NDArray[np.bool_]:
    """Where an offer may go: routed so, and suppressed by no table."""
    found = _routed_to(rules, ActionType.AUTO_EXECUTE, places)
    found |= _routed_to(rules, ActionType.MANUAL_REVIEW, places)
    for table, hits in zip(rules.tables, places, strict=True):
        found &= ~np.array([row.gives.get("suppress") is True for row in table.rows])[hits - 1]
    return found
