"""Intention to treat: a row per customer, from the first time they qualified, in the arm drawn for them.

**The unit is the customer.** A customer enters once, at the first decision whose logged probabilities gave
some offer a chance; held out or not, they would have qualified alike. From there the customer is followed
through the window and counts in the arm of that day, whatever was done later: an offer that was never sent,
or one that reached a held-out customer by mistake, dilutes the effect but does not bend it. Crossings are
counted and said.

**Money.** Net revenue of a customer is the revenue of the window less what the offers of the window cost
beside the bill (`net_costs`).

**Probabilities of the arms.** For each row they are read from the log where it tells them, and from the
settings otherwise: where a policy version never chose `none` of itself, the logged P(none) is the share that
was held out. Merged customers have the probabilities of `assignment`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import HOLDOUT, TREATMENT, USUAL
from retinue.incentives.catalogue import NONE, Catalogue
from retinue.outcomes.attribution import LATE_DAYS
from retinue.outcomes.following import days_since, follow
from retinue.outcomes.logged import probability_matrix
from retinue.outcomes.sources import is_derived
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import HoldoutSettings

__all__ = ["Cohort", "entries", "followed", "net_costs"]

_CERTAIN = 1.0 - 1e-9
_ON_THE_BILL = ("percentage_discount", "fixed_credit", "personalized_bundle")


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers of the experiment by time of entry, and what a reader should know about them.

    units: `unit` (the customer, after merges), `customer_id`, `decision_id`, `arm`, `start`, probabilities
    `p_treatment`, `p_usual`, `p_holdout`; after `followed` also what became of them.
    """

    units: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.units)


def entries(
    decisions: pd.DataFrame,
    settings: HoldoutSettings,
    *,
    merged: Mapping[str, Sequence[str]] | None = None,
) -> Cohort:
    """Who entered the experiment when, in which arm.

    Parameters
    ----------
    decisions: rows of `logged.logged_decisions`.
    settings: shares of the arms, used where the log does not tell them.
    merged: surviving id -> other ids of the same customer.
    """
    import pandas as pd

    nothing = probability_matrix(decisions, [NONE])[:, 0]
    usual = (decisions["arm"] == USUAL).to_numpy()
    acted = (decisions["action"] != NONE).to_numpy() | decisions["held_out"].to_numpy(dtype=bool)
    qualified = usual | np.where(np.isfinite(nothing), nothing < _CERTAIN, acted)
    holdout, of_usual = _shares(decisions, nothing, qualified, settings)
    survivor = {other: one for one, others in (merged or {}).items() for other in others}
    rows = decisions.assign(p_holdout=holdout, p_usual=of_usual)[qualified]
    rows = rows.sort_values(["executed_at", "decision_id"], kind="stable")
    first = rows.drop_duplicates("customer_id", keep="first")
    first = first.assign(unit=first["customer_id"].map(lambda i: survivor.get(i, i)))
    rank = first["arm"].map({HOLDOUT: 0, USUAL: 1, TREATMENT: 2})
    alone, treated = 1.0 - first["p_holdout"], 1.0 - first["p_holdout"] - first["p_usual"]
    grouped = first.assign(rank=rank, alone=alone, treated=treated).groupby("unit", sort=False)
    units = grouped.first()[["customer_id", "decision_id", "executed_at"]].rename(
        columns={"executed_at": "start"}
    )
    units["arm"] = grouped["rank"].min().map({0: HOLDOUT, 1: USUAL, 2: TREATMENT})
    units["p_holdout"] = 1.0 - grouped["alone"].prod()
    units["p_treatment"] = grouped["treated"].prod()
    units["p_usual"] = (1.0 - units["p_holdout"] - units["p_treatment"]).clip(lower=0.0)
    units = units.reset_index().sort_values(["start", "unit"], kind="stable", ignore_index=True)
    skipped = int(pd.Series(decisions["customer_id"][~qualified]).nunique())
    notes = []
    if skipped:
        notes.append(
            f"{skipped:,} customers have decisions in which no offer had a chance; those are not an entry."
        )
    return Cohort(units, tuple(notes))


def followed(
    cohort: Cohort,
    decisions: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    as_of: datetime,
    window_days: float,
    contracts: pd.Series[pd.Timestamp] | None = None,
    catalogue: Catalogue | None = None,
    revenue: str = "paid",
    merged: Mapping[str, Sequence[str]] | None = None,
    payments: pd.DataFrame | None = None,
) -> Cohort:
    """The cohort with what became of each customer.

    Parameters
    ----------
    outcomes: rows of `logged.outcome_rows`, attributed (`attribution.attribute`).
    revenue: `paid` or `listed`, see `net_costs`.
    payments: succeeded payments (negative: refunds) as `customer_id`, `amount`, `date`; used for everybody
        where not every observed customer has a revenue in the outcomes.

    Adds `matured` (the window has ended), `retained`, `revenue`, `cost` (what the offers of the window cost
    in all), `net` (revenue less costs beside the bill; NaN unknown), `offers` (number) and `crossed` (left
    alone by lot, and got an offer of ours all the same). Only matured customers may be compared: churn is
    known before the window ends, staying is not.
    """
    survivor = {other: one for one, others in (merged or {}).items() for other in others}

    def unit_of(rows: pd.DataFrame) -> pd.Series[str]:
        return rows["customer_id"].map(lambda i: survivor.get(i, i))

    units = cohort.units
    start = units.set_index("unit")["start"]
    entry = units.set_index("unit")["decision_id"]
    seen = outcomes.assign(unit=unit_of(outcomes))
    age = days_since(seen["observed_at"], seen["unit"], start)
    of_entry = seen["decision_id"].eq(seen["unit"].map(entry)).fillna(False)
    # revenue is "since the decision", so that of another decision than the entry is another amount
    # and where one was derived from payments, payments are taken for everybody alike
    seen = seen.assign(revenue=seen["revenue"].where(of_entry & ~is_derived(seen["outcome_id"])))
    seen = seen[of_entry | ((age > 0) & (age <= window_days + LATE_DAYS))]
    ends = contracts
    if ends is not None and survivor:
        whole = ends.groupby(ends.index.map(lambda i: survivor.get(i, i)))
        ends = whole.max().mask(whole.apply(lambda rows: rows.isna().any()))
    known = follow(
        units.assign(customer_id=units["unit"]), seen, as_of=as_of, window_days=window_days, contracts=ends
    )
    result = units.assign(**{name: known[name] for name in ("retained", "revenue", "exposure_days")})
    left = (np.datetime64(utc_naive(as_of), "us") - units["start"].to_numpy("datetime64[us]")).astype(
        "timedelta64[us]"
    )
    result["matured"] = left / np.timedelta64(86_400_000_000, "us") >= window_days

    acts = decisions[decisions["action"].ne(NONE)].assign(unit=lambda rows: unit_of(rows))
    acts = acts[acts["unit"].isin(start.index)]
    since = days_since(acts["executed_at"], acts["unit"], start)
    acts = acts[(since >= 0) & (since < window_days)]
    acts = acts.assign(beside=net_costs(acts, catalogue or Catalogue.default(), revenue=revenue))
    spent = acts.groupby("unit")[["cost", "beside"]].sum().reindex(units["unit"])
    cost, beside = spent.fillna(0.0).to_numpy(dtype=np.float64).T
    result["cost"] = cost
    ours = acts[acts["arm"] == TREATMENT].groupby("unit").size()
    result["offers"] = ours.reindex(units["unit"]).fillna(0).to_numpy(dtype=np.int64)
    result["crossed"] = (result["arm"] != TREATMENT) & (result["offers"] > 0)

    notes = list(cohort.notes)
    judged = result["matured"] & result["retained"].notna()
    if payments is not None and len(payments) and result.loc[judged, "revenue"].isna().any():
        result["revenue"] = _paid(result, payments.assign(unit=unit_of(payments)), window_days)
        notes.append("Revenue is what was paid in the window, since not every outcome states one.")
    result["net"] = result["revenue"] - beside
    crossed = int(result["crossed"].sum())
    if crossed:
        notes.append(
            f"{crossed:,} customers who were to be left alone got an offer all the same; they still count as "
            "left alone, so the effect shown is too small rather than too large."
        )
    return Cohort(result, tuple(notes))


def net_costs(decisions: pd.DataFrame, catalogue: Catalogue, *, revenue: str) -> NDArray[np.float64]:
    """What of each decision's cost must still be taken off revenue, in the project's currency.

    `listed`: revenue is before offers, so all of the cost. `paid`: revenue is what customers paid, in which
    discounts, credits and bundles are missing already; of these only the catalogue's `fixed_cost` is left
    (at most the cost), of upgrades, points and everything unknown all of it.

    >>> import pandas as pd
    >>> log = pd.DataFrame({"action": ["percentage_discount_10", "loyalty_points"], "cost": [30.0, 11.25]})
    >>> net_costs(log, Catalogue.default(), revenue="paid").tolist()
    [0.0, 11.25]
    >>> net_costs(log, Catalogue.default(), revenue="listed").tolist()
    [30.0, 11.25]
    """
    cost = decisions["cost"].to_numpy(dtype=np.float64)
    if revenue == "listed":
        return cost
    fixed = {offer.id: offer.fixed_cost for offer in catalogue.offers if offer.type in _ON_THE_BILL}
    names = decisions["action"].tolist()
    on_bill = [n in fixed or str(n).startswith(_ON_THE_BILL) for n in names]
    left = np.array([fixed.get(n, 0.0) if on else np.inf for n, on in zip(names, on_bill, strict=True)])
    return np.minimum(cost, left) if len(cost) else cost


def _shares(
    decisions: pd.DataFrame,
    nothing: NDArray[np.float64],
    qualified: NDArray[np.bool_],
    settings: HoldoutSettings,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(holdout) and P(usual) of each row, were the customer of one id."""
    many = len(decisions)
    if settings.usual_share > 0 or (decisions["arm"] == USUAL).any():
        return np.full(many, settings.share), np.full(many, settings.usual_share)
    chose = (~decisions["held_out"] & decisions["action"].eq(NONE)).to_numpy() & qualified
    version = decisions["policy_version"].fillna("").to_numpy(dtype=object)
    chooses = set(version[chose].tolist())
    share = np.full(many, settings.share)
    for one in set(version.tolist()) - chooses:
        rows = version == one
        known = nothing[rows & np.isfinite(nothing)]
        if known.size:  # rows without a vector are taken to have had the chance of the others
            share[rows] = np.where(np.isfinite(nothing[rows]), nothing[rows], known.mean())
    return share, np.zeros(many)


def _paid(units: pd.DataFrame, payments: pd.DataFrame, window_days: float) -> NDArray[np.float64]:
    """What each unit paid in (start, start + window], net of refunds."""
    rows = payments[payments["unit"].isin(units["unit"])]
    age = days_since(rows["date"], rows["unit"], units.set_index("unit")["start"])
    inside = rows[(age > 0) & (age <= window_days)]
    total = units["unit"].map(inside.groupby("unit")["amount"].sum())
    return total.fillna(0.0).to_numpy(dtype=np.float64)
