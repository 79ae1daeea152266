"""One customer decided at the button, by the path of a run: weigh, draw, route, seal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

from retinue.campaigns.cancel_moment.facts import Facts, Known
from retinue.decisions.batch import Day, Ration, conclude, weigh_under
from retinue.decisions.receipt import assemble, case_sections, frame_from, run_of, seal
from retinue.decisions.replay import customers_of, ration_of
from retinue.decisions.rules import risk_level
from retinue.decisions.terms import Terms, canonical
from retinue.domain import Decision
from retinue.features.attributes import PREFIX
from retinue.incentives.costs import Customers
from retinue.incentives.response import Learned
from retinue.incentives.response.known import NUMBERS

__all__ = ["Decided", "decide_now", "terms_now"]

_READ = {*NUMBERS, "mrr"}
_NO_MONEY = 1e12
"""A price at which no offer earns its money."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and its receipt as JSON; `tier`: the customer's value tier."""

    decision: Decision
    receipt: bytes
    tier: str


def terms_now(facts: Facts) -> Terms:
    """The run's terms on this occasion: the probability is that of somebody at the button."""
    shared = facts.shared
    occasion = {
        "kind": "cancel",
        **shared.carried,
        "features_as_of": _text(shared.as_of),
        "run_id": shared.run_id,
    }
    return replace(Terms.from_dict(dict(shared.terms)), occasion=occasion)


def decide_now(
    facts: Facts,
    known: Known,
    customer_id: str,
    *,
    occasion: str,
    withheld: int,
    learned: Learned | None,
    now: datetime,
    money: bool = True,
) -> Decided:
    """Decide for one customer; the same arguments give the same receipt, which replays.

    Parameters
    ----------
    occasion: its name stands in place of a run's.
    withheld: why nothing may be offered, as bits.
    now: aware UTC; the draw of the occasion follows from it.
    money: whether an offer can be paid for; if not, none is made.

    What the run's budget was worth is what an offer must earn here too.
    """
    terms = terms_now(facts)
    risk = float(facts.shared.carried["churn_probability"])
    assessed = {
        **known.assessment,
        "churn_probability": risk,
        "risk_level": risk_level(risk, terms.thresholds).value,
    }
    customers = _customer(facts, known, customer_id, risk, learned, withheld, now)
    weighed = weigh_under(terms, customers, learned)
    day = Day(occasion, _text(now), terms)
    batch = conclude(customers, weighed, day, _ration(facts.shared.budget, money), reasons=[()])
    names = [name for name, _ in facts.shared.columns]
    sections = {
        **case_sections(batch, 0),
        "features": dict(zip(names, known.features, strict=True)),
        "assessment": assessed,
    }
    run = canonical(run_of(batch, facts.shared.columns, facts.shared.models))
    receipt_id, rest = seal(hashlib.sha256(run).hexdigest(), sections)
    return Decided(batch.decisions[0], assemble(receipt_id, run, rest), str(assessed["value_tier"]))


def _customer(
    facts: Facts,
    known: Known,
    customer_id: str,
    risk: float,
    learned: Learned | None,
    withheld: int,
    now: datetime,
) -> Customers:
    """The customer as the economics see them. Of the features only those are made a frame that they read."""
    import pandas as pd

    shown = [
        (column, value)
        for column, value in zip(facts.shared.columns, known.features, strict=True)
        if column[0] in _READ or column[0].startswith(PREFIX)
    ]
    frame = frame_from([column for column, _ in shown], [value for _, value in shown], customer_id, now)
    numbers = {name: _number(known.assessment[name]) for name in ("clv", "mrr", "time_to_churn_days")}
    facts_of_rules = {"segment": known.assessment["segment"], "churn_probability": risk}
    assessment = pd.DataFrame([{"customer_id": customer_id, **numbers, **facts_of_rules}])
    return customers_of(assessment, frame, learned=learned, withheld=np.array([withheld], dtype=np.int64))


def _ration(budget: Mapping[str, Any], money: bool) -> Ration:
    """What the run's limits left. Its count of reviews and of treated customers is of its own day."""
    left = replace(ration_of(budget, {}), caps=None)
    return left if money else Ration(True, True, _NO_MONEY, {}, _NO_MONEY)


def _number(value: Any) -> Any:
    """A plain value as it was: null is an unknown number, a mapping spells out an infinity."""
    if isinstance(value, Mapping):
        return float(value["float"])
    return float("nan") if value is None else value


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def warm(facts: Facts, learned: Learned | None, *, now: datetime) -> None:
    """Decide once for nobody's use, so that the first customer does not wait for what is loaded then."""
    name = facts.some_customer()
    known = None if name is None else facts.of(name)
    if name is not None and known is not None:
        decided = decide_now(facts, known, name, occasion="warm", withheld=0, learned=learned, now=now)
        msgspec.json.decode(decided.receipt)
