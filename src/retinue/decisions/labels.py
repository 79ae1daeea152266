"""How each customer would respond to the offer considered: as a label, for a list, a count and a story.

The offer considered is the one made, else the one recommended, else, of those there are for the customer, the
one of highest expected net value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.artefacts import ModelStore
from retinue.decisions.receipt import frame_of
from retinue.decisions.replay import response_of
from retinue.decisions.terms import Terms
from retinue.incentives.catalogue import NONE
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.response.known import known_of
from retinue.incentives.response.labels import SURE, label_response
from retinue.incentives.uplift.labels import LABELS, UNKNOWN

if TYPE_CHECKING:
    from retinue.decisions.batch import Batch
    from retinue.domain import Receipt
    from retinue.incentives.response import Learned
    from retinue.incentives.response.labels import Labelled

__all__ = ["ResponseLabel", "counted", "label_of", "labels_of"]

_DOG = LABELS[3]
_MEANS = {
    "persuadable": "the offer is likely to keep customers like this one",
    "sure thing": "customers like this one stay, with or without the offer",
    "lost cause": "customers like this one leave, with or without the offer",
    "sleeping dog": "a contact is likely to drive customers like this one away",
}


@dataclass(frozen=True, slots=True)
class ResponseLabel:
    """One customer's label. offer: id of the offer considered. effect, error: by how much it lowers P(leave).
    taught: whether enough was learned of that offer to label anybody."""

    label: str
    likeliest: str
    probability: float
    offer: str
    effect: float
    error: float
    taught: bool

    @property
    def words(self) -> str:
        """What the label says of the customer, in a sentence; `offer` is named by the caller.

        >>> ResponseLabel("unknown", "sure thing", 0.6, "fixed_credit", 0.0, 0.01, True).words
        'unknown: most likely a sure thing, but 60% is less than the 80% that a label needs.'
        """
        kind = self.likeliest if self.likeliest == "persuadable" else f"a {self.likeliest}"
        if self.label == UNKNOWN and not self.taught:
            return (
                "unknown: too little has been learned of this offer yet"
                f" (by the catalogue's assumptions {kind}, {self.probability:.0%})."
            )
        if self.label == UNKNOWN:
            return (
                f"unknown: most likely {kind}, but {self.probability:.0%} is less than the {SURE:.0%} that a"
                " label needs."
            )
        points, spread = -100 * self.effect, 164.5 * self.error
        return (
            f"{self.label} ({self.probability:.0%}): {_MEANS[self.label]};"
            f" it changes the probability to leave by {points:+.1f} points"
            f" ({points - spread:+.1f} to {points + spread:+.1f})."
        )


def labels_of(batch: Batch, learned: Learned | None) -> list[ResponseLabel | None]:
    """A label for each customer of a batch; None where nothing is learned, or nothing can be offered."""
    context, weighed = batch.customers.context, batch.weighed
    if learned is None or context is None or not weighed.net.shape[1]:
        return [None] * len(batch.decisions)
    net = np.where(weighed.eligible, np.nan_to_num(weighed.net), -np.inf)
    column = np.where(batch.made != NO_OFFER, batch.made, weighed.chosen)
    column = np.where(column != NO_OFFER, column, net.argmax(axis=1))
    there = (column != NO_OFFER) & weighed.eligible.any(axis=1)
    risk = batch.customers.churn_probability
    found = label_response(learned, weighed.catalogue, risk, context, column)
    ids = [offer.id for offer in weighed.catalogue.offers]
    return _each(found, [ids[n] for n in column.tolist()], there, weighed.sleeping_dog)


def label_of(receipt: Receipt, models: ModelStore) -> ResponseLabel | None:
    """The same from a receipt and the response model that it names, which `models` keeps.

    Raises ArtefactError when that model is missing or altered.
    """
    body = receipt.body
    learned = response_of(body["run"]["versions"]["models"], models)
    offers = {c["id"]: c for c in body["candidates"] if c["id"] != NONE and c["eligible"]}
    if learned is None or not offers:
        return None
    catalogue = Terms.from_dict(body["run"]["terms"]).catalogue
    made = (body["decision"]["incentive"] or {}).get("id") or body["policy"]["recommended"]
    best = max(offers, key=lambda name: _number(offers[name]["net"]))
    frame, name = frame_of(receipt), made or best
    known = known_of(frame, np.array([_number(body["assessment"]["mrr"], float("nan"))]))
    found = label_response(
        learned,
        catalogue,
        np.array([body["assessment"]["churn_probability"]]),
        learned.context.encode(known),
        np.array([[offer.id for offer in catalogue.offers].index(name)]),
    )
    dog = "sleeping_dog" in body["policy"].get("withheld", ())
    return _each(found, [name], np.array([True]), np.array([dog]))[0]


def counted(labels: list[ResponseLabel | None]) -> dict[str, int] | None:
    """How many customers have each label, the unknown last; None where there are no labels at all.

    >>> one = ResponseLabel("unknown", "persuadable", 0.6, "fixed_credit", 0.02, 0.02, True)
    >>> counted([one, one, None])["unknown"]
    2
    """
    many = Counter(found.label for found in labels if found is not None)
    return {name: many[name] for name in (*LABELS, UNKNOWN)} if many else None


def _each(
    found: Labelled, offers: list[str], there: NDArray[np.bool_], dogs: NDArray[np.bool_]
) -> list[ResponseLabel | None]:
    """Plain values; whom the guard leaves in peace is a sleeping dog, by the guard's own limits."""
    rows = zip(
        found.label.tolist(),
        found.likeliest.tolist(),
        found.probability.tolist(),
        offers,
        found.effect.tolist(),
        found.error.tolist(),
        found.taught.tolist(),
        there.tolist(),
        dogs.tolist(),
        strict=True,
    )
    return [
        ResponseLabel(_DOG if dog else label, _DOG if dog else likeliest, p, offer, effect, error, taught)
        if known
        else None
        for label, likeliest, p, offer, effect, error, taught, known, dog in rows
    ]


def _number(value: Any, otherwise: float = 0.0) -> float:
    """A number of a receipt, where infinities are spelled out and what is missing is null."""
    if isinstance(value, Mapping):
        return float(value["float"])
    return otherwise if value is None else float(value)
