"""Customers: lists, and one with all that is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from retinue.api.access import see_customer
from retinue.api.cursors import Cursor, Limit
from retinue.api.graphql.asking import Asking
from retinue.api.graphql.fields import Field, answers
from retinue.api.routes.customers import Filters, RunName, SortName, listed, row_found
from retinue.api.routes.explanations import counterfactual_of, explanation_of
from retinue.api.routes.timeline import page_of, place_of
from retinue.api.shapes import customers as shapes
from retinue.api.shapes.common import CustomerId
from retinue.api.shapes.customers import Profile, Risk, profile_of, risk_of
from retinue.api.shapes.explanations import Counterfactual, Explanation
from retinue.api.shapes.timeline import Timeline
from retinue.runs.customers import CustomerFile

__all__ = ["LINKS", "QUERIES"]

_MODEL = 100
"""What a field costs that reads features and asks the model."""


class Customer(shapes.Customer):
    """A customer in a list. Amounts in project currency; without a decision its fields are null."""

    run: str


class CustomerPage(shapes.CustomerPage):
    """A page of customers; `next` is the cursor of the page after, null on the last one."""

    customers: list[Customer]  # type: ignore[assignment]  # each knows its run


@answers("customers.read")
def customers(
    asking: Asking,
    filters: Filters,
    sort: SortName = "churn_probability",
    order: Literal["asc", "desc"] = "desc",
    limit: Limit = 50,
    cursor: Cursor = None,
    run: RunName = None,
) -> CustomerPage:
    """Active customers of a run that the asker may see, filtered and sorted, page by page."""
    found = listed(
        asking.door,
        asking.reads,
        asking.who,
        asking.seen,
        filters,
        sort=sort,
        order=order,
        limit=limit,
        cursor=cursor,
        run=run,
    )
    rows = [Customer.model_construct(**vars(one), run=found.run) for one in found.customers]
    return CustomerPage.model_construct(run=found.run, as_of=found.as_of, customers=rows, next=found.next)


@answers("customers.read")
def customer(asking: Asking, customer_id: CustomerId, run: RunName = None) -> Profile:
    """All that a run left of a customer: risk, value, segments, and the decision with its causes in words."""
    see_customer(asking.who, asking.door, customer_id, "customers.read")
    found = _file(asking, run)
    row = row_found(found, customer_id)
    asking.seen.one("profile", customer_id, found.shared.campaign_id)
    return _profile(found, row)


@answers("customers.read", weight=2)
async def profile(asking: Asking, source: Customer) -> Profile:
    """The customer with all that the run left of them."""
    return _profile(_file(asking, source.run), await _row(asking, source))


@answers("customers.read", weight=2)
async def decision(asking: Asking, source: Customer) -> dict[str, Any]:
    """Rule, offer, lift, confidence and the causes of the score, in words; null without a decision."""
    return (await _row(asking, source))["decision"]  # type: ignore[no-any-return]


@answers("customers.read", weight=2)
async def risk(asking: Asking, source: Customer | Profile) -> Risk:
    """Risk, value and recommendation in the form of the design document."""
    return risk_of(await _row(asking, source), _file(asking, source.run).shared.as_of)


@answers("customers.read", weight=2)
async def timeline(
    asking: Asking, source: Customer | Profile, limit: Limit = 20, cursor: Cursor = None
) -> Timeline:
    """What happened to the customer, newest first: risk and decisions of past runs, deliveries and responses,
    cases, reported outcomes, words on consent, the cancel button."""
    name, before = source.customer_id, place_of(asking.reads, source.customer_id, cursor)
    found = await asking.past.of(name, limit + 1, before)
    return page_of(asking.reads, asking.who, name, found, limit)


@answers("customers.explain", weight=_MODEL)
def explanation(asking: Asking, source: Profile) -> Explanation:
    """The causes of the score in words with their shares, and how the decision came about."""
    see_customer(asking.who, asking.door, source.customer_id, "customers.explain")
    return explanation_of(asking.door, asking.reads, asking.seen, source.customer_id, source.run)


@answers("customers.explain", weight=_MODEL)
def counterfactual(asking: Asking, source: Profile) -> Counterfactual:
    """What the model would say if what raises the risk most was typical; no forecast of an effect."""
    see_customer(asking.who, asking.door, source.customer_id, "customers.explain")
    return counterfactual_of(asking.door, asking.reads, asking.seen, source.customer_id, source.run)


async def _row(asking: Asking, source: Customer | Profile) -> dict[str, Any]:
    row = await asking.rows.of(source.run, source.customer_id)
    return row_found(_file(asking, source.run), source.customer_id) if row is None else row


def _file(asking: Asking, run: str | None) -> CustomerFile:
    return asking.reads.customers(asking.door.clock(), run)


def _profile(found: CustomerFile, row: dict[str, Any]) -> Profile:
    shared = found.shared
    return profile_of(row, shared.campaign_id, shared.as_of, shared.currency)


QUERIES = (customers, customer)
LINKS: Mapping[type[BaseModel], tuple[Field, ...]] = {
    Customer: (profile, decision, risk, timeline),
    Profile: (risk, timeline, explanation, counterfactual),
}
