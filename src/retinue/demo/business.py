"""The business of the demo: its world, and what customers do with what they are sent."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.channels.standard_webhooks import sign, signing_key
from retinue.simulation import World
from retinue.store.contacts import Known
from retinue.store.deliveries import DeliveryRecord

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Business", "Callback"]

HISTORY_YEARS = 1.0
"""What lies before the first campaign."""

_TELLS = (("opened", 0.55), ("clicked", 0.22), ("unsubscribed", 0.012), ("complained", 0.002))
_BOUNCES, _REDEEMS = 0.015, 0.6
"""Laws of the customers of the demo: what share of messages they open, and so on."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What a system outside tells of one delivery, as it would arrive: headers and body, signed."""

    channel: str
    headers: dict[str, str]
    body: bytes


class Business:
    """A simulated business from a year before its first campaign on.

    customers: how many have joined by the first campaign. secret: what its systems sign with.
    """

    def __init__(self, customers: int, *, seed: int, first: datetime, secret: str) -> None:
        self.world = World(customers, HISTORY_YEARS, seed, first)
        self._seed = seed
        self._key = signing_key(secret)
        self._written: datetime | None = None

    @property
    def now(self) -> datetime:
        """How far its time has come (aware UTC)."""
        return self.world.now

    def export(self, folder: Path) -> Path:
        """Write what was learned since the last export, as files named as the tables."""
        self.world.write(folder, since=self._written)
        self._written = self.world.now
        return folder

    def contacts(self, folder: Path) -> Iterator[Known]:
        """How to reach the customers of an export."""
        import csv

        with (folder / "customers.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["customer_id"] and row["email"]:
                    yield Known(row["customer_id"], name=row["name"] or None, email=row["email"])

    def live(self, until: datetime, made: pd.DataFrame) -> None:
        """Let time pass; `made`: offers that reached a customer, as `World.step` takes them."""
        self.world.step(made if len(made) else None, until)

    def tells(self, sent: Sequence[DeliveryRecord], at: datetime) -> Iterator[Callback]:
        """What mail and billing systems tell of deliveries, at a time (aware UTC)."""
        for delivery in sent:
            luck = random.Random(f"{self._seed}:{delivery.delivery_id}")  # noqa: S311 - guards nothing
            for kind in _news(delivery, luck):
                yield self._callback(delivery, kind, at)

    def _callback(self, delivery: DeliveryRecord, kind: str, at: datetime) -> Callback:
        # Whatever happens to a message happens before anybody tells of it.
        happened = at - timedelta(minutes=5)
        body = json.dumps(
            {
                "type": f"delivery.{kind}",
                "timestamp": happened.isoformat(),
                "data": {"delivery_id": delivery.delivery_id},
            }
        ).encode()
        name = f"{kind}_{delivery.delivery_id}"
        moment = int(at.timestamp())
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(moment),
            "webhook-signature": sign([self._key], name, moment, body),
        }
        return Callback(delivery.channel, headers, body)


def _news(delivery: DeliveryRecord, luck: random.Random) -> list[str]:
    """What becomes of one delivery."""
    if delivery.kind == "grant":
        return ["redeemed"] if luck.random() < _REDEEMS else []
    if delivery.kind != "message":
        return []
    if luck.random() < _BOUNCES:
        return ["bounced"]
    done = ["delivered"]
    for kind, share in _TELLS:
        if luck.random() < share:
            done.append(kind)
    # Nobody clicks in what they did not open.
    return [kind for kind in done if kind != "clicked" or "opened" in done]
