"""Recompute a decision from its receipt alone, with the models it was made with; compare bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from retinue.decisions.artefacts import ModelStore
from retinue.decisions.assess import Models, assess, subscribed
from retinue.decisions.batch import Day, Ration, conclude, weigh_under
from retinue.decisions.caps import Caps
from retinue.decisions.receipt import ReceiptParts, frame_of, receipt_of, verify
from retinue.decisions.tables.facts import told_of
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import told
from retinue.domain import Reason, Receipt
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.costs import Customers
from retinue.incentives.response import Learned
from retinue.incentives.response.known import known_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from retinue.settings import Settings

__all__ = ["RESPONSE", "Difference", "ReplayResult", "customers_of", "ration_of", "replay", "response_of"]

RESPONSE = "response"
"""What the learned response is called among the models of a run."""

_COMPARED = ("run", "features", "assessment", "reasons", "candidates", "policy", "decision")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that came out otherwise: its path in the receipt, what it was, and what it is now."""

    path: str
    was: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.path}: was {self.was!r}, is {self.now!r}"


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """Whether the recomputed decision is the same, where it differs, and the decision as it comes out now."""

    same: bool
    differences: tuple[Difference, ...]
    receipt: Receipt


def replay(receipt: Receipt, models: ModelStore, *, settings: Settings | None = None) -> ReplayResult:
    """Assess, weigh, allocate, draw and route again from the feature values in the receipt.

    Parameters
    ----------
    models: where the bytes of the models are kept; they are loaded by the hashes in the receipt.
    settings: decide by these instead of the terms in the receipt, to see what would have come out; rules of
        the business stay those of the receipt.

    Only the bytes that have the hashes in the receipt are trusted: converted trees kept beside them are not.

    What the budget left for this customer follows from all customers of the day, so the shadow price, and an
    offer that came from the remainder, are taken from the receipt. Everything else is recomputed.

    Raises ArtefactError when the receipt was altered or a model is missing or altered.
    """
    verify(receipt)
    body = receipt.body
    run = body["run"]
    terms = Terms.from_dict(run["terms"])
    if settings:
        own = terms.rules
        terms = Terms.of(settings, own if own is not None and own.number else None, rollout=terms.rollout)
    loaded = Models.load(run["versions"]["models"], models, from_bytes=True)
    frame = frame_of(receipt)
    assessment = assess(frame, loaded, terms)
    reasons: tuple[Reason, ...] = ()
    if body["reasons"]:
        reasons = tuple(loaded.churn.explain(frame, top=len(body["reasons"]))[0])
    learned = response_of(run["versions"]["models"], models)
    withheld = np.array([told(body["policy"])], dtype=np.int64)
    customers = customers_of(assessment, frame, learned=learned, withheld=withheld)
    weighed = weigh_under(terms, customers, learned)
    day = Day(run["run_id"], run["as_of"], terms)
    batch = conclude(customers, weighed, day, _ration(body, terms), reasons=[reasons])
    parts = ReceiptParts(batch, frame, assessment, run["versions"]["models"])
    now_run = parts.run()
    for known in ("limit_cents", "limits"):  # of all customers together; one alone does not show them
        if known in run["budget"]:
            now_run["budget"][known] = run["budget"][known]
    now_run["retinue"] = run["retinue"]
    now = receipt_of(now_run, next(parts.rows()))
    differences = tuple(
        difference for name in _COMPARED for difference in _differences(name, body[name], now.body[name])
    )
    return ReplayResult(not differences, differences, now)


def response_of(versions: Mapping[str, str], models: ModelStore) -> Learned | None:
    """The response model among the models of a run, if it had learned one."""
    return Learned.from_bytes(models.get(versions[RESPONSE])) if RESPONSE in versions else None


def customers_of(
    assessment: pd.DataFrame,
    features: pd.DataFrame,
    *,
    learned: Learned | None = None,
    withheld: NDArray[np.int64] | None = None,
) -> Customers:
    """The arrays that the economics need, from an assessment and the row-aligned features."""
    revenue = assessment["mrr"].to_numpy(dtype="float64")
    return Customers(
        customer_id=assessment["customer_id"].tolist(),
        clv=assessment["clv"].to_numpy(dtype="float64"),
        churn_probability=assessment["churn_probability"].to_numpy(dtype="float64"),
        monthly_revenue=revenue,
        subscribed=subscribed(features),
        context=None if learned is None else learned.context.encode(known_of(features, revenue)),
        withheld=withheld,
        told=told_of(assessment, features),
    )


def ration_of(budget: Mapping[str, Any], filled: Mapping[str, int]) -> Ration:
    """What the limits of a run left, from the section `run.budget` of its receipts and who was filled up."""
    return Ration(
        budget["limited"],
        budget["binding"],
        budget["shadow_price"],
        filled,
        budget.get("trial_price", 0.0),
        Caps.from_dict(budget["caps"]) if "caps" in budget else None,
    )


def _ration(body: Mapping[str, Any], terms: Terms) -> Ration:
    budget, policy = body["run"]["budget"], body["policy"]
    columns = {offer.id: column for column, offer in enumerate(terms.catalogue.offers)}
    filled = {}
    if policy["from_remainder"] and policy["allocated"] in (None, *columns):
        filled = {body["customer"]["customer_id"]: columns.get(policy["allocated"], NO_OFFER)}
    return ration_of(budget, filled)


def _differences(path: str, was: Any, now: Any) -> Iterator[Difference]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now}):
            yield from _differences(f"{path}.{key}", was.get(key), now.get(key))
    elif _is_list(was) and _is_list(now) and len(was) == len(now):
        for index, (old, new) in enumerate(zip(was, now, strict=True)):
            name = old["id"] if isinstance(old, Mapping) and "id" in old else index
            yield from _differences(f"{path}[{name}]", old, new)
    elif type(was) is not type(now) or was != now:
        yield Difference(path, was, now)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
