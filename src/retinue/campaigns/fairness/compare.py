"""Do groups of customers get offers alike? Each group against the rest, as it is and given need.

Compared is the **share offered**: decisions with an offer among the decisions on customers above the
threshold of action. Who is held out, or left to what the company did before, was chosen by lot and is not
counted. Whoever is withheld by a cap, an objection or an earlier offer counts as not offered: a guard that
hits one group is a difference too.

* `ratio`: the group's share over that of all others (disparate impact; below four fifths it counts as
  adverse in the US Uniform Guidelines of 1978, 29 CFR 1607.4 D).
* `alike`: the same among customers of like need (value × churn probability, in tenths), pooled by Mantel and
  Haenszel. A difference that is gone there comes from risk and value; one that stays does not.
* `cost`: mean cost of the offers made, to members and to the rest.

Every bound holds at 1 - 0.05 / m for m groups judged, so that all of them hold together at 95 %
(Bonferroni): who looks at many groups finds no difference by chance alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.campaigns.fairness.intervals import Interval, mean, ratio, share, stratified_ratio

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings.guards import FairnessSettings

__all__ = ["ALPHA", "Attribute", "Fairness", "Group", "compare"]

ALPHA = 0.05
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Group:
    """One group against the rest. `verdict`: less, perhaps_less, enough, unsure."""

    name: str
    customers: int
    decisions: int
    offers: int
    offered: Interval
    offered_rest: Interval
    ratio: Interval
    alike: Interval
    cost: Interval
    cost_rest: Interval
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        parts = ("offered", "offered_rest", "ratio", "alike", "cost", "cost_rest")
        return {
            "group": self.name,
            "customers": self.customers,
            "decisions": self.decisions,
            "offers": self.offers,
            **{part: getattr(self, part).as_dict() for part in parts},
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: the groups judged, those too small (name to customers), and customers without a value.

    `known`: whether the data have the attribute at all.
    """

    name: str
    known: bool
    groups: tuple[Group, ...] = ()
    small: tuple[tuple[str, int], ...] = ()
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Fairness:
    """All attributes; `alpha` is the error of one interval, for `judged` groups together at most ALPHA."""

    attributes: tuple[Attribute, ...]
    judged: int
    alpha: float
    least_ratio: float
    customers: int
    decisions: int

    @property
    def failing(self) -> tuple[tuple[str, Group], ...]:
        """Groups that surely get fewer offers than the rest: the upper bound lies below the least ratio."""
        return tuple((a.name, g) for a in self.attributes for g in a.groups if g.verdict == "less")

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "customers": self.customers,
            "decisions": self.decisions,
            "judged": self.judged,
            "confidence_each": 1 - self.alpha,
            "least_ratio": self.least_ratio,
            "attributes": [
                {
                    "attribute": a.name,
                    "known": a.known,
                    "groups": [g.as_dict() for g in a.groups],
                    "too_small": dict(a.small),
                    "without_value": a.missing,
                }
                for a in self.attributes
            ],
        }


def compare(decided: pd.DataFrame, groups: pd.DataFrame, settings: FairnessSettings) -> Fairness:
    """Judge every group of every attribute in the settings.

    Parameters
    ----------
    decided: one row per decision: customer_id, offered (bool), cost (of the offer, project currency), need
        (value × churn probability). A customer may appear in several runs.
    groups: one row per customer: customer_id, and a column of text for each attribute that the data have.
    """
    import pandas as pd

    frame = decided.merge(groups, on="customer_id", how="left").reset_index(drop=True)
    codes, names = pd.factorize(frame["customer_id"])
    stratum = _tenths(frame["need"].to_numpy(dtype=np.float64))
    least = settings.least_customers
    plans = [_plan(frame, codes, name, least) for name in settings.attributes]
    judged = sum(len(plan[0]) for plan in plans if plan)
    alpha = ALPHA / max(judged, 1)
    found = []
    for name, plan in zip(settings.attributes, plans, strict=True):
        if plan is None:
            found.append(Attribute(name, known=False))
            continue
        wanted, small, missing = plan
        known = frame[name].notna().to_numpy()
        rows = (frame[known], codes[known], stratum[known])
        each = tuple(_group(g, *rows, name, alpha, settings.least_ratio) for g in wanted)
        found.append(Attribute(name, True, each, tuple(small), missing))
    return Fairness(tuple(found), judged, alpha, settings.least_ratio, len(names), len(frame))


def _plan(
    frame: pd.DataFrame, codes: Any, name: str, least: int
) -> tuple[list[str], list[tuple[str, int]], int] | None:
    """Groups to judge, groups too small, customers without a value; None for what the data do not have."""
    if name not in frame.columns or frame[name].isna().all():
        return None
    sizes = frame.assign(_customer=codes).groupby(name)["_customer"].nunique().sort_index()
    everybody = int(sizes.sum())
    wanted, small = [], []
    for group, size in sizes.items():
        if size >= least and everybody - size >= least:
            wanted.append(str(group))
        else:
            small.append((str(group), int(size)))
    missing = len(np.unique(codes[frame[name].isna().to_numpy()]))
    return wanted, small, missing


def _group(
    group: str, frame: pd.DataFrame, codes: Any, stratum: Any, name: str, alpha: float, least_ratio: float
) -> Group:
    member = frame[name].eq(group).to_numpy(dtype=bool)
    offered = frame["offered"].to_numpy(dtype=bool)
    cost = frame["cost"].to_numpy(dtype=np.float64)
    inside, outside = (share(offered[side], codes[side], alpha) for side in (member, ~member))
    between = ratio(inside, outside)
    return Group(
        name=group,
        customers=inside.customers,
        decisions=int(member.sum()),
        offers=int(offered[member].sum()),
        offered=inside,
        offered_rest=outside,
        ratio=between,
        alike=stratified_ratio(offered, member, stratum, codes, alpha),
        cost=mean(cost[member & offered], codes[member & offered], alpha),
        cost_rest=mean(cost[~member & offered], codes[~member & offered], alpha),
        verdict=_verdict(between, least_ratio),
    )


def _verdict(between: Interval, least: float) -> str:
    if math.isnan(between.value):
        return "unsure"
    if between.high < least:
        return "less"
    if between.low >= least:
        return "enough"
    return "perhaps_less" if between.value < least else "unsure"


def _tenths(need: Any) -> Any:
    """The tenth of need each decision belongs to; ties stay together."""
    known = np.where(np.isfinite(need), need, 0.0)
    if not len(known):
        return np.zeros(0, dtype=np.intp)
    edges = np.unique(np.quantile(known, np.arange(1, TENTHS) / TENTHS))
    return np.searchsorted(edges, known, side="right").astype(np.intp)
