"""What a rule may ask: every fact by its name, with its kind and its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from retinue.segments.tiers import value_tier

if TYPE_CHECKING:
    import pandas as pd

    from retinue.incentives.costs import Customers
    from retinue.incentives.weighing import Weighed

__all__ = ["ATTRIBUTES", "FACTS", "Fact", "Kind", "facts_of", "told_of"]

Kind = Literal["number", "text", "yes_no"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `of`: whether it belongs to the customer or to the offer weighed for them. `least`, `most`:
    bounds of a number. `known`: whether it always has a value; any other may be missing (null)."""

    name: str
    kind: Kind
    of: Literal["customer", "offer"]
    words: str
    least: float = -np.inf
    most: float = np.inf
    known: bool = False


_ALL = (
    Fact("churn_probability", "number", "customer", "probability to leave, 0 to 1", 0.0, 1.0, known=True),
    Fact("days_to_churn", "number", "customer", "days until they leave, if they do", 0.0),
    Fact("clv", "number", "customer", "value given that they stay, in money", known=True),
    Fact("value_tier", "text", "customer", "name of the value tier, as in [value.tiers]", known=True),
    Fact("segment", "text", "customer", "name of the segment"),
    Fact("monthly_revenue", "number", "customer", "what they pay a month, in money"),
    Fact("subscribed", "yes_no", "customer", "whether a contract is running that pays", known=True),
    Fact("country", "text", "customer", "as in the table customers"),
    Fact("plan", "text", "customer", "plan of the running contract"),
    Fact("current_tier", "text", "customer", "as in the table customers"),
    Fact("acquisition_channel", "text", "customer", "as in the table customers"),
    Fact("payment_method", "text", "customer", "of the latest payment"),
    Fact("offer", "text", "offer", "id of the offer in the catalogue", known=True),
    Fact("offer_type", "text", "offer", "such as percentage_discount", known=True),
    Fact("offer_value", "number", "offer", "percentage or amount, by the type", 0.0, known=True),
    Fact("offer_months", "number", "offer", "for how many months it holds", 0.0),
    Fact("cost", "number", "offer", "planned cost, in money", 0.0, known=True),
    Fact("retention_lift", "number", "offer", "share of leavers it keeps", -1.0, 1.0, known=True),
    Fact("expected_net", "number", "offer", "expected to be earned, less the cost, in money", known=True),
    Fact("confidence", "number", "offer", "probability that it pays, 0 to 1", 0.0, 1.0, known=True),
)

FACTS: Mapping[str, Fact] = {fact.name: fact for fact in _ALL}
"""Name to fact. Reasons for withholding are none of them: guards speak before any rule is asked."""

ATTRIBUTES = ("country", "plan", "current_tier", "acquisition_channel", "payment_method")
"""Facts that are words of the customers' own data; `attribute_…` among the features."""


def told_of(assessment: pd.DataFrame, features: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """The facts of customers that only rules look at, from an assessment and the row-aligned features."""
    found: dict[str, NDArray[Any]] = {}
    if "time_to_churn_days" in assessment:
        found["days_to_churn"] = assessment["time_to_churn_days"].to_numpy(dtype="float64", na_value=np.nan)
    if "segment" in assessment:
        found["segment"] = _texts(assessment["segment"])
    for name in ATTRIBUTES:
        if f"attribute_{name}" in features:
            found[name] = _texts(features[f"attribute_{name}"])
    return found


def facts_of(customers: Customers, weighed: Weighed, tiers: Mapping[str, float]) -> dict[str, NDArray[Any]]:
    """Every fact as an array that spreads over n customers by k offers: n x 1, 1 x k or n x k.

    Numbers are float64 with NaN where nothing is known, texts are objects with None.
    """
    n, offers = len(customers), weighed.catalogue.offers
    told = dict(customers.told or {})
    columns: dict[str, NDArray[Any]] = {
        "churn_probability": customers.churn_probability,
        "clv": customers.clv,
        "value_tier": np.asarray(value_tier(customers.clv, tiers), dtype=object),
        "monthly_revenue": customers.monthly_revenue,
        "subscribed": customers.subscribed,
    }
    for fact in _ALL:
        if fact.of == "customer" and fact.name not in columns:
            missing = np.full(n, np.nan) if fact.kind == "number" else np.full(n, None, dtype=object)
            columns[fact.name] = told.get(fact.name, missing)
    found = {name: column[:, None] for name, column in columns.items()}
    found |= {
        "offer": np.array([offer.id for offer in offers], dtype=object)[None, :],
        "offer_type": np.array([offer.type for offer in offers], dtype=object)[None, :],
        "offer_value": np.array([offer.value for offer in offers], dtype=float)[None, :],
        "offer_months": np.array([offer.duration_months or np.nan for offer in offers], dtype=float)[None, :],
        "cost": weighed.cost,
        "retention_lift": weighed.lift,
        "expected_net": weighed.net,
        "confidence": weighed.confidence,
    }
    return found


def _texts(column: pd.Series[Any]) -> NDArray[Any]:
    """Texts as objects; what is missing or empty is None."""
    values = [v if isinstance(v, str) and v else None for v in column.tolist()]
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
