"""Outcomes that the data tell by themselves, where nobody reported any.

`following` reads contracts when it judges, so that a contractual business needs no reports to be measured.
What is derived here puts the same on record, by the same end of contract (`following.contract_ends`), as rows
of `outcomes` that a learner and a person can read, and adds what contracts do not say: what was paid, and,
for a business without contracts, whether the customer bought again. A decision on which somebody reported has
none, and should somebody report later, the report stands (`sources`).

For a decision at s with window w, seen at T:

* **Left.** The customer's last contract ended within (s, s + w]: not retained, observed on that day.
* **Stayed.** s + w has passed and the contract runs, or ended later: retained, observed at s + w.
* Without any contract in the business: s + w and `churn.grace_days` have passed; retained when there was a
  purchase within that time, observed at s + w. A purchase before says nothing yet.
* Revenue is what was paid in (s, s + w], as far as it is known; null in a business without payments.

Each has its decision's id in its own, so that deriving again corrects it and never adds a second one. Where
what was derived does not follow from the data any more (a contract taken up again), the customer is said to
be there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.outcomes.attribution import LATE_DAYS, attribute
from retinue.outcomes.before import payments
from retinue.outcomes.following import contract_ends, days_since
from retinue.outcomes.logged import logged_decisions, outcome_rows
from retinue.outcomes.sources import DERIVED, is_derived
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["derive"]


def derive(warehouse: Warehouse, settings: Settings, as_of: datetime) -> list[dict[str, Any]]:
    """What can be told of decisions nobody reported on, as rows of the table `outcomes`; by decision.

    as_of: aware UTC; nothing that happened or was learned later is seen. A business whose data have no dates
    (`churn.definition = "static"`) has none.
    """
    import pandas as pd

    if settings.churn.definition == "static":
        return []
    decisions = logged_decisions(warehouse, as_of)
    decisions = decisions[decisions["customer_id"].notna()]
    window = float(settings.outcome_window_days)
    seen = outcome_rows(warehouse, as_of, resolved=False)
    derived = is_derived(seen["outcome_id"])
    reported = attribute(seen[~derived], decisions, within_days=window + LATE_DAYS).outcomes
    known = set(reported["decision_id"].dropna())
    open_ = decisions[~decisions["decision_id"].isin(known)].reset_index(drop=True)
    if open_.empty:
        return []
    paid = payments(warehouse, as_of, sorted(set(open_["customer_id"])))
    found = _judged(open_, warehouse, settings, as_of, window, paid)
    revenue = _revenue(open_, paid, window) if warehouse.count("transactions") else None
    before = set(seen.loc[derived, "decision_id"].dropna())
    now = pd.Timestamp(utc_naive(as_of))
    rows = []
    for place, (decision, customer, start) in enumerate(
        zip(open_["decision_id"], open_["customer_id"], open_["executed_at"], strict=True)
    ):
        retained, at = found["retained"][place], found["observed_at"][place]
        if np.isnan(retained):
            if decision not in before:
                continue
            retained, at = 1.0, min(now, start + timedelta(days=window))
        rows.append(
            {
                "outcome_id": f"{DERIVED}{decision}",
                "decision_id": decision,
                "customer_id": customer,
                "retained": bool(retained),
                "observed_at": pd.Timestamp(at).to_pydatetime(),
                "revenue": None if revenue is None else f"{revenue[place]:.4f}",
            }
        )
    return rows


def _judged(
    open_: pd.DataFrame,
    warehouse: Warehouse,
    settings: Settings,
    as_of: datetime,
    window: float,
    paid: pd.DataFrame,
) -> dict[str, Any]:
    """`retained` (1, 0, NaN for not known) and `observed_at` of each decision."""
    import pandas as pd

    start = open_["executed_at"]
    end = start + pd.Timedelta(days=window)
    now = pd.Timestamp(utc_naive(as_of))
    contracts = contract_ends(warehouse, as_of)
    if contracts is not None:
        ends = pd.to_datetime(open_["customer_id"].map(contracts))
        under = open_["customer_id"].isin(contracts.index)
        left = under & (ends > start) & (ends <= end) & (ends <= now)
        # whoever had left before the decision teaches nothing here
        stayed = under & ~left & (end <= now) & ~(ends <= start)
        retained = np.select([left, stayed], [0.0, 1.0], default=np.nan)
        return {"retained": retained, "observed_at": ends.where(left, end).to_numpy()}
    last = end + pd.Timedelta(days=settings.churn.grace_days)
    bought = paid[paid["amount"] >= 0]
    each = open_[["customer_id"]].assign(row=open_.index, start=start, last=last)
    each = each.merge(bought[["customer_id", "date"]], on="customer_id")
    again = each[(each["date"] > each["start"]) & (each["date"] <= each["last"])]["row"].unique()
    ever = open_["customer_id"].isin(bought["customer_id"])
    retained = np.where(open_.index.isin(again), 1.0, 0.0)
    return {"retained": np.where(ever & (last <= now), retained, np.nan), "observed_at": end.to_numpy()}


def _revenue(open_: pd.DataFrame, paid: pd.DataFrame, window: float) -> Any:
    """What each decision's customer paid in its window, net of refunds."""
    each = open_[["customer_id"]].assign(row=open_.index).merge(paid, on="customer_id")
    age = days_since(each["date"], each["row"], open_["executed_at"])
    inside = each[(age > 0) & (age <= window)]
    return inside.groupby("row")["amount"].sum().reindex(open_.index).fillna(0.0).to_numpy()
