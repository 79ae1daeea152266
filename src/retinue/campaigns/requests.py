"""From a delivery in the outbox to the request that is sent: contact, message, the channel's own form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.campaigns.templates import Template, fill, variables_for
from retinue.campaigns.unsubscribe_links import unsubscribe_url
from retinue.channels.base import Channel, Contact, Message, Order, Prepared
from retinue.domain import Incentive, Money
from retinue.privacy.sealing import OLD_VERSION, Place, seal, unseal, unseal_old
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.campaigns import campaign_of
from retinue.store.contacts import contact_of
from retinue.store.deliveries import DeliveryRecord, Draft
from retinue.store.subject_keys import data_key_in, data_keys_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["Requests", "kept_request"]


def kept_request(store: Store, delivery: DeliveryRecord) -> Prepared | None:
    """The request of a delivery as it was sent first; None before that, or once the customer's key is gone.

    Raises ArtefactError when it cannot be opened.
    """
    if delivery.request is None:
        return None
    if delivery.request[:1] == OLD_VERSION:
        body = unseal_old(delivery.request, store.vault.old_key(), f"deliveries/{delivery.delivery_id}")
    else:
        with store.reading() as session:
            key = data_key_in(session, store.vault, delivery.customer_id)
        if key is None:
            return None
        body = unseal(delivery.request, key, _place(delivery.delivery_id))
    return Prepared(**msgspec.json.decode(body))


def _place(delivery_id: str) -> Place:
    return Place("deliveries", "request", delivery_id)


class _Words(msgspec.Struct):
    """The part of a plan that holds its templates, by hash."""

    templates: dict[str, dict[str, Any]] = {}


class Requests:
    """Makes requests, and opens those that were kept. `key`: the workspace's, which signs links."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], settings: Settings, key: bytes) -> None:
        self._store = store
        self._channels = channels
        self._settings = settings
        self._key = key
        self._templates: dict[str, dict[str, Template]] = {}

    def contact(self, customer_id: str) -> Contact:
        """How to reach a customer; nothing but the id where nothing is known."""
        known = contact_of(self._store, customer_id)
        return Contact(customer_id) if known is None else Contact(**msgspec.structs.asdict(known))

    def prepared(self, delivery: DeliveryRecord | Draft, contact: Contact) -> Prepared:
        """The request: as it was kept at the first try, else made now.

        Raises Refused when the customer cannot be reached, RetinueError for a template that cannot be filled.
        """
        if isinstance(delivery, DeliveryRecord) and (kept := self.kept(delivery)) is not None:
            return kept
        order = self.order(delivery)
        return self._channels[delivery.channel].prepare(
            order, contact, self.message(delivery, order.incentive, contact)
        )

    def kept(self, delivery: DeliveryRecord) -> Prepared | None:
        """The request as it was sent first; None before that."""
        return kept_request(self._store, delivery)

    def sealed(self, session: Session, delivery: DeliveryRecord, prepared: Prepared, now: datetime) -> bytes:
        """The request as it is kept, in the transaction that keeps it. now: aware UTC."""
        body = msgspec.json.encode({"recipient": prepared.recipient, "body": prepared.body})
        customer = delivery.customer_id
        keys = data_keys_in(session, self._store.vault, [customer], now=now)
        return seal(body, keys[customer], _place(delivery.delivery_id))

    def message(
        self, delivery: DeliveryRecord | Draft, incentive: Incentive | None, contact: Contact
    ) -> Message | None:
        """The words, filled in; None for a delivery without words."""
        name = delivery.content.get("template")
        if name is None:
            return None
        variables = self.variables(delivery, incentive, contact)
        return fill(self._template(delivery.campaign_id, name), variables)

    def variables(
        self, delivery: DeliveryRecord | Draft, incentive: Incentive | None, contact: Contact
    ) -> dict[str, Any]:
        """What the words of a delivery may use, by name."""
        project = self._settings.project
        facts = {
            **delivery.content.get("facts", {}),
            "campaign_id": delivery.campaign_id,
            "decision_id": delivery.decision_id,
            "unsubscribe_url": self._unsubscribe(delivery),
        }
        return variables_for(contact, incentive, project=project.name, currency=project.currency, facts=facts)

    def offer(self, delivery: DeliveryRecord | Draft) -> Incentive | None:
        """The incentive of a delivery."""
        offer = delivery.content.get("incentive")
        return None if offer is None else Incentive(**offer)

    def order(self, delivery: DeliveryRecord | Draft) -> Order:
        """The delivery as its channel gets it."""
        content: Mapping[str, Any] = delivery.content
        link = self._unsubscribe(delivery)
        currency = self._settings.project.currency
        return Order(
            delivery_id=delivery.delivery_id,
            decision_id=delivery.decision_id,
            campaign_id=delivery.campaign_id,
            customer_id=delivery.customer_id,
            purpose=delivery.purpose,
            incentive=self.offer(delivery),
            cost=Money.of(f"{delivery.planned_cents / 100:.2f}", currency),
            planned_at=delivery.planned_at.replace(tzinfo=UTC),
            facts={**content.get("facts", {}), **({"unsubscribe_url": link} if link else {})},
        )

    def _unsubscribe(self, delivery: DeliveryRecord | Draft) -> str:
        """The address by which the customer unsubscribes; empty where others cannot reach the service."""
        root = self._settings.api.public_url
        if root is None or delivery.kind != "message":
            return ""
        return unsubscribe_url(root, delivery.delivery_id, self._key)

    def _template(self, campaign_id: str, sha256: str) -> Template:
        """The template as the plan holds it, which is what was approved."""
        if sha256 not in self._templates.get(campaign_id, {}):
            plan = campaign_of(self._store, campaign_id).plan or b"{}"
            # Of a plan of many customers only this part is made into objects.
            found = msgspec.json.decode(plan, type=_Words).templates
            self._templates[campaign_id] = {name: Template(**body) for name, body in found.items()}
        return self._templates[campaign_id][sha256]
