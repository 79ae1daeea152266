"""The offers that a person may choose instead of the one that waits for them, from a run's receipts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from retinue.decisions import read_receipts
from retinue.incentives.budget import to_cents
from retinue.incentives.catalogue import NONE, Catalogue

__all__ = ["alternatives"]


def alternatives(receipts: Path, campaign: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The offers that were weighed, by decision, for those that wait for a person."""
    waiting = {a["decision_id"] for a in campaign["actions"] if a["action_type"] == "manual_review"}
    if not waiting:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    catalogue: dict[str, Any] | None = None
    for receipt in read_receipts(receipts):
        if receipt.decision_id not in waiting:
            continue
        if catalogue is None:
            offers = Catalogue.from_list(receipt.body["run"]["terms"]["catalogue"]).offers
            catalogue = {offer.id: offer.incentive() for offer in offers}
        found[receipt.decision_id] = [
            {
                "id": candidate["id"],
                "type": catalogue[candidate["id"]].type,
                "value": catalogue[candidate["id"]].value,
                "duration_months": catalogue[candidate["id"]].duration_months,
                "cents": to_cents(Decimal(str(candidate["cost"]))),
                "expected_cents": round((candidate["net"] or 0.0) * 100),
            }
            for candidate in receipt.body["candidates"]
            if candidate["id"] != NONE and candidate["eligible"]
        ]
    return found
