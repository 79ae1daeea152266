"""A channel that keeps count of its effects, and fails as it is told to; and a campaign to send with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from retinue.campaigns.lifecycle import approve_campaign, keep_plan, start_campaign
from retinue.campaigns.planning import make_plan
from retinue.campaigns.sender import Sender
from retinue.channels import Capabilities, Contact, Message, Order, Prepared, Response, Sent
from retinue.settings import DeliverySettings, Settings
from retinue.store import Store
from retinue.store.contacts import Known, keep_contacts
from retinue.store.ledger import Claim, Grant, reserve

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
KEY = bytes(range(32))


class Witness:
    """Counts effects by key. `plan`: for each next call a fault, before or after its effect."""

    def __init__(
        self,
        name: str = "email",
        *,
        kind: str = "message",
        needs: str = "email",
        keys: bool = True,
        looks_up: bool = False,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(kind, needs, honours_keys=keys, looks_up=looks_up)  # type: ignore[arg-type]
        self.effects: dict[str, int] = {}
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.plan: list[tuple[str, Exception | None]] = []

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> Witness:
        return cls(name, **raw)

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        needed = self.capabilities.needs
        recipient = str(
            contact.ids.get("stripe") if needed == "ids.stripe" else getattr(contact, needed or "email")
        )
        body = {
            "offer": order.incentive.id if order.incentive else None,
            "text": message.text if message else "",
        }
        return Prepared(recipient, body)

    def send(self, prepared: Prepared, key: str) -> Sent:
        self.calls.append((key, prepared.recipient, dict(prepared.body)))
        moment, fault = self.plan.pop(0) if self.plan else ("", None)
        if fault is not None and moment == "before":
            raise fault
        if key in self.effects and self.capabilities.honours_keys:
            return Sent(f"ref-{key}", replayed=True)
        self.effects[key] = self.effects.get(key, 0) + 1
        if fault is not None:
            raise fault
        return Sent(f"ref-{key}")

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        return Sent(f"ref-{key}") if key in self.effects else None

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        return []

    def close(self) -> None:
        pass


def action(
    n: int, *, route: str = "auto_execute", cost: float = 5.0, kind: str = "percentage_discount"
) -> dict[str, Any]:
    """One action as `campaign.json` has it."""
    return {
        "customer_id": f"C{n}",
        "decision_id": f"dec_{n}",
        "action_type": route,
        "rule": "high_value" if route == "manual_review" else "low_value_low_risk",
        "value_tier": "Basic",
        "incentive_id": f"{kind}_10",
        "recommended_incentive": {"type": kind, "value": 10, "duration_months": 3},
        "cost": cost,
        "expected_roi": 50.0 + n,
        "urgency": "HIGH" if n % 2 else "MEDIUM",
        "churn_probability": 0.72,
        "risk_level": "HIGH",
        "time_to_churn_days": 40.0,
        "clv": 6200.0,
        "clv_low": 5000.0,
        "clv_high": 8000.0,
        "segment": "Loyal",
        "priority_score": 80.0,
        "retention_lift": 0.2,
        "confidence": 0.8,
        "response_label": None,
        "reasons": ["Logins fell 62 % in 30 days.", "Two payments failed."],
        "explored": False,
    }


class Business:
    """A store with a running campaign, and a clock that stands until it is moved."""

    def __init__(self, folder: Path, channels: Sequence[Witness], **delivery: Any) -> None:
        self.now = NOW
        self.folder = folder
        self.store = Store(folder / "store.sqlite")
        self.channels = {channel.name: channel for channel in channels}
        section = {
            "mode": "live",
            "messages": [c.name for c in channels if c.capabilities.kind == "message"],
            "at_once": 1,
            "first_wait_seconds": 10.0,
            **delivery,
        }
        self.settings = Settings(
            root=folder, delivery=DeliverySettings(**section), channels={name: {} for name in self.channels}
        )

    def know(self, *contacts: Known) -> None:
        keep_contacts(self.store, contacts, clock=self.now)

    def start(
        self, *actions: dict[str, Any], campaign: str = "CAMP_2026_02_14_001", grant: Grant | None = None
    ) -> str:
        """Reserve, plan, approve and start; everybody has an address."""
        self.know(
            *(
                Known(
                    a["customer_id"],
                    name="Ada",
                    email=f"{a['customer_id']}@example.org",
                    ids={"stripe": f"cus_{a['customer_id']}"},
                )
                for a in actions
            )
        )
        self.reserve(actions, grant)
        self.plan(actions, campaign)
        return self.go(campaign)

    def reserve(self, actions: Sequence[dict[str, Any]], grant: Grant | None = None) -> None:
        """Reserve the money of the actions, as the run that decided them does."""
        claims = [
            Claim(
                a["decision_id"],
                a["value_tier"],
                round(a["cost"] * 100),
                a["action_type"] == "manual_review",
            )
            for a in actions
        ]
        reserve(self.store, "run", claims, grant or Grant(), as_of=self.now)

    def plan(self, actions: Sequence[dict[str, Any]], campaign: str = "CAMP_2026_02_14_001") -> str:
        from retinue.store.consents import words_of_one
        from retinue.store.contacts import contacts_of

        customers = [a["customer_id"] for a in actions]
        plan = make_plan(
            {
                "campaign_id": campaign,
                "run_id": "run",
                "as_of": "2026-02-14T00:00:00Z",
                "currency": "EUR",
                "actions": actions,
            },
            self.settings,
            self.channels,
            contacts=contacts_of(self.store, customers),
            words={c: words_of_one(self.store, c) for c in customers},
            alternatives={
                a["decision_id"]: [
                    {
                        "id": "fixed_credit",
                        "type": "fixed_credit",
                        "value": 25,
                        "duration_months": None,
                        "cents": 2500,
                        "expected_cents": 900,
                    },
                    {
                        "id": "free_upgrade",
                        "type": "free_upgrade",
                        "value": 1,
                        "duration_months": 3,
                        "cents": 900_000,
                        "expected_cents": 100,
                    },
                ]
                for a in actions
            },
            now=self.now,
        )
        keep_plan(self.store, plan, who="ada", as_of=self.now, clock=self.now)
        return plan.sha256

    def go(self, campaign: str = "CAMP_2026_02_14_001") -> str:
        from retinue.store.campaigns import campaign_of

        sha = campaign_of(self.store, campaign).plan_sha256 or ""
        approve_campaign(self.store, campaign, sha, who="bob", clock=self.now)
        start_campaign(self.store, campaign, self.settings, who="bob", clock=self.now)
        return sha

    def sender(self, owner: str = "w1") -> Sender:
        return Sender(self.store, self.channels, self.settings, KEY, owner=owner, clock=lambda: self.now)

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def pump(self, times: int = 1, owner: str = "w1") -> int:
        sender = self.sender(owner)
        return sum(sender.pump(limit=100) for _ in range(times))

    def states(self) -> dict[str, str]:
        from retinue.store.deliveries import list_deliveries

        found = list_deliveries(self.store)
        return {f"{d.decision_id}/{d.channel}": d.state for d in found}

    def taken(self) -> int:
        """Cents reserved and spent of the month."""
        from retinue.store.ledger import left_of

        left = left_of(self.store, NOW, Grant(month_cents=10_000_000)).month_cents
        return 10_000_000 - (left or 0)


Made = Callable[..., Business]
"""Makes businesses with the channels and settings of delivery given, as the fixture `business` does."""
