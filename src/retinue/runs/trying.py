"""Rules tried on the customers of a run: who would go another way, and what that moves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.decisions.again import PastRun, decide_again, read_past
from retinue.decisions.artefacts import ModelStore
from retinue.decisions.batch import Batch
from retinue.decisions.replay import response_of
from retinue.decisions.tables.document import RuleSet
from retinue.decisions.tables.facts import ATTRIBUTES
from retinue.decisions.tables.ruled import Ruled
from retinue.decisions.tables.words import differences
from retinue.errors import UsageError
from retinue.pipeline.stages import MODELS
from retinue.runs.earlier import finished_between
from retinue.runs.redecided import Redecided
from retinue.runs.sides import moved, tally

if TYPE_CHECKING:
    import pandas as pd

    from retinue.runs.base import Staged

__all__ = ["try_rules"]


def try_rules(
    retinue: Staged,
    now: RuleSet,
    tried: RuleSet,
    *,
    as_of: datetime,
    top: int = 5,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """The newest finished run up to `as_of` (aware UTC) by the rules of now and by others; JSON-ready.

    Everything else is as it was in that run: customers, risks, offers, response, luck, guards and limits.
    Nothing is written. top: how many of the moved customers are shown, those of most money first; `only`:
    none but these are (all are counted), None for no such limit.

    Raises UsageError when there is no such run.
    """
    runs = finished_between(retinue.store, retinue.settings.state, None, as_of)
    if not runs:
        raise UsageError(
            "There is no finished run to try the rules on.",
            where="--as-of",
            fix="Start one: retinue run --as-of DATE",
        )
    name, path = list(runs.items())[-1]
    past = _with_attributes(retinue, read_past(path), tried.facts | now.facts)
    learned = response_of(past.models, ModelStore(retinue.settings.state / MODELS))

    def under(rules: RuleSet) -> tuple[Any, Batch]:
        return decide_again(past, replace(past.terms, rules=rules), learned=learned, limits=past.limits)

    rows, before = under(now)
    _, after = under(tried)
    base = replace(past, done=_done(before))
    both = moved([name], [Redecided(base, rows, after)])
    budget = [past.limits.total_cents]
    was, new = tally(both, "was", budget), tally(both, "new", budget)
    other = both[(both["was_route"] != both["new_route"]) | (both["was_incentive"] != both["new_incentive"])]
    pairs = list(zip(before.decisions, after.decisions, strict=True))
    return {
        "run": name,
        "as_of": past.run["as_of"],
        "currency": past.terms.currency,
        "now": now.title,
        "differences": differences(now, tried),
        "decided": len(pairs),
        "moves": _moves(other),
        "moved": len(other),
        "urgency": sum(a.urgency is not b.urgency for a, b in pairs),
        "priority": sum(a.priority_score != b.priority_score for a, b in pairs),
        "cost": round(new["planned_cost"] - was["planned_cost"], 2),
        "expected_net": round(new["expected_net"] - was["expected_net"], 2),
        "was": was | {"by_route": _routes(both, "was")},
        "new": new | {"by_route": _routes(both, "new")},
        "customers": [_shown(row, after) for row in _first(other, top, only)],
    }


def _with_attributes(retinue: Staged, past: PastRun, facts: frozenset[str]) -> PastRun:
    """The run with the customers' own words for what they are, where rules ask for them and it has none."""
    missing = [n for n in ATTRIBUTES if n in facts and f"attribute_{n}" not in past.features]
    if not missing:
        return past
    moment = datetime.fromisoformat(past.run["as_of"])
    told = retinue.stages(moment).with_attributes(past.assessment[["customer_id"]])
    columns = {f"attribute_{n}": told[f"attribute_{n}"].to_numpy() for n in missing}
    return replace(past, features=past.features.assign(**columns))


def _done(batch: Batch) -> pd.DataFrame:
    """What a batch decides, as `PastRun.done` says it."""
    import pandas as pd

    decisions = batch.decisions
    return pd.DataFrame(
        {
            "decision_id": [d.decision_id for d in decisions],
            "incentive": [d.incentive.id if d.incentive else "none" for d in decisions],
            "rule": [d.rule for d in decisions],
            "route": [d.action_type.value for d in decisions],
            "cost": pd.Series([d.cost for d in decisions], dtype="float64"),
            "expected_net": pd.Series([d.expected_roi for d in decisions], dtype="float64"),
            "lift": pd.Series([d.retention_lift for d in decisions], dtype="float64"),
        }
    )


def _routes(rows: pd.DataFrame, side: str) -> dict[str, int]:
    """Customers who are decided on by the way they go, on one side."""
    targeted = rows[rows[f"{side}_rule"] != "not_targeted"]
    return {str(name): int(count) for name, count in sorted(targeted[f"{side}_route"].value_counts().items())}


def _moves(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Customers and money by the way they went and the way they would go; most customers first."""
    found = []
    for (was, new), part in rows.groupby(["was_route", "new_route"]):
        found.append(
            {
                "from": was,
                "to": new,
                "customers": len(part),
                "cost": round(float((part["new_cost"] - part["was_cost"]).sum()), 2),
                "expected_net": round(float((part["new_expected_net"] - part["was_expected_net"]).sum()), 2),
            }
        )
    return sorted(found, key=lambda move: (-move["customers"], move["from"], move["to"]))


def _first(rows: pd.DataFrame, top: int, only: Collection[str] | None) -> list[dict[str, Any]]:
    if only is not None:
        rows = rows[rows["customer_id"].isin(only)]
    money = (rows["new_expected_net"] - rows["was_expected_net"]).abs() + (
        rows["new_cost"] - rows["was_cost"]
    ).abs()
    at_stake = rows["clv"] * rows["churn_probability"]
    ranked = rows.assign(money=money, at_stake=at_stake).sort_values(
        ["money", "at_stake", "customer_id"], ascending=[False, False, True]
    )
    shown = ranked.head(top).itertuples(index=False)
    return [dict(zip(ranked.columns, row, strict=True)) for row in shown]


def _shown(row: dict[str, Any], after: Batch) -> dict[str, Any]:
    rule = _by_which(row, after)
    rules = after.day.terms.rules
    return {
        "customer_id": row["customer_id"],
        "churn_probability": row["churn_probability"],
        "clv": row["clv"],
        **{
            key: row[key]
            for side in ("was", "new")
            for key in (f"{side}_route", f"{side}_rule", f"{side}_incentive")
        },
        "cost": round(row["new_cost"] - row["was_cost"], 2),
        "expected_net": round(row["new_expected_net"] - row["was_expected_net"], 2),
        "why": rules.words.get(rule, rule) if rules else rule,
    }


def _by_which(row: dict[str, Any], after: Batch) -> str:
    """The rule that moves a customer: that which keeps back the offer of before, else that which decides."""
    weighed = after.weighed
    was = row["was_incentive"]
    if row["new_incentive"] not in ("none", was) and was != "none" and isinstance(weighed, Ruled):
        column = [offer.id for offer in weighed.catalogue.offers].index(was)
        ruling = weighed.ruling(after.customers.customer_id.index(row["customer_id"]), column)
        if not ruling.makes_offer:
            return ruling.rule
    return str(row["new_rule"])
