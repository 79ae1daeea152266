"""A discount on a subscription in Stripe, given once, beside those that are there."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any

from retinue.channels.base import ChannelFault, Refused, Sent, TryLater, Unsure
from retinue.channels.stripe_api import StripeApi

__all__ = ["Discounts", "promotion_code"]

RUNNING = frozenset({"active", "trialing", "past_due"})
"""Statuses of a subscription that a discount can be given to."""

_MONTHS: dict[object, int] = {"month": 1, "year": 12}


def promotion_code(key: str) -> str:
    """The code of the promotion under a delivery's key: letters and digits only, as Stripe wants them.

    >>> promotion_code("d1")
    'RTN8B53639F152C8FC6EF30802F'
    """
    return "RTN" + hashlib.sha256(key.encode()).hexdigest()[:24].upper()


class Discounts:
    """Gives and finds discounts; `several` says which of several running subscriptions is meant."""

    def __init__(self, api: StripeApi, several: str) -> None:
        self._api = api
        self._several = several
        self._made: set[str] = set()
        self._making = threading.Lock()

    def give(self, body: Mapping[str, Any], key: str) -> Sent:
        """Coupon, promotion code, redemption: each only where it is not there yet.

        Raises Refused when there is no one subscription that it fits, and whatever `StripeApi` raises. Until
        the redemption nothing was done for the customer, so that a failure before it is a TryLater.
        """
        code = promotion_code(key)
        promotion = self._promotion(body, code)
        if promotion and promotion.get("times_redeemed"):
            return Sent(promotion["id"], replayed=True)
        subscription = self._subscription(body)
        if promotion and _given(promotion, subscription):
            return Sent(promotion["id"], replayed=True)
        _fits(subscription, body["coupon"])
        if promotion is None:
            promotion = self._begin(body, code, key)
        failed: Refused
        try:
            return self._redeem(body, subscription, promotion, key)
        except Refused as refused:
            failed = refused
        # Another worker, or a discount that ended in this moment, may be the reason.
        now = self._subscription(body)
        if _given(promotion, now):
            return Sent(promotion["id"], replayed=True)
        if _ids(now) != _ids(subscription):
            raise TryLater("the discounts of the subscription have changed in this moment")
        raise failed

    def find(self, body: Mapping[str, Any], key: str) -> Sent | None:
        """What the promotion code and the subscription show."""
        promotion = self._promotion(body, promotion_code(key))
        if promotion is None:
            return None
        if promotion.get("times_redeemed"):
            return Sent(promotion["id"], replayed=True)
        try:
            given = _given(promotion, self._subscription(body))
        except Refused:
            return None
        return Sent(promotion["id"], replayed=True) if given else None

    def _redeem(
        self, body: Mapping[str, Any], subscription: Mapping[str, Any], promotion: Mapping[str, Any], key: str
    ) -> Sent:
        kept: list[dict[str, Any]] = [{"discount": name} for name in _ids(subscription)]
        form = {"discounts": [*kept, {"promotion_code": promotion["id"]}]}
        # The list may have changed since an earlier try; under that try's key it would be a mismatch. A
        # second redemption is impossible under any key, since the promotion allows one.
        mark = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()[:12]
        _, before = self._api.make(
            f"/v1/subscriptions/{subscription['id']}",
            form,
            f"{key}:discount:{mark}",
            lambda: self._found(body, promotion),
        )
        return Sent(promotion["id"], replayed=before, detail=f"beside {len(kept)} others" if kept else "")

    def _found(self, body: Mapping[str, Any], promotion: Mapping[str, Any]) -> dict[str, Any] | None:
        again = self._promotion(body, promotion["code"])
        if again is not None and again.get("times_redeemed"):
            return again
        subscription = self._subscription(body)
        return subscription if _given(promotion, subscription) else None

    def _promotion(self, body: Mapping[str, Any], code: str) -> dict[str, Any] | None:
        params = {"code": code, "customer": body["customer"]}
        return next(self._api.pages("/v1/promotion_codes", params), None)

    def _begin(self, body: Mapping[str, Any], code: str, key: str) -> dict[str, Any]:
        """The promotion code, and the coupon that it is for."""
        try:
            self._coupon(body["coupon"], key)
            return self._promise(body, code, key)
        except Unsure as unsure:
            words = unsure.reason
        raise TryLater(f"the discount was not begun: {words}")

    def _promise(self, body: Mapping[str, Any], code: str, key: str) -> dict[str, Any]:
        form = {
            "promotion": {"type": "coupon", "coupon": body["coupon"]["id"]},
            "code": code,
            "customer": body["customer"],
            "max_redemptions": 1,
            "metadata": {**body["metadata"], "retinue_key": key},
        }
        failed: Refused
        try:
            made, _ = self._api.make(
                "/v1/promotion_codes", form, f"{key}:promotion", lambda: self._promotion(body, code)
            )
            return made
        except Refused as refused:
            # Somebody may have deleted the coupon; the next discount looks again.
            self._made.discard(body["coupon"]["id"])
            failed = refused
        raise failed

    def _coupon(self, terms: Mapping[str, Any], key: str) -> None:
        """See that the coupon of these terms is there: made once, its id says the terms."""
        name = terms["id"]
        with self._making:
            if name in self._made:
                return
            path = f"/v1/coupons/{name}"
            found = self._api.find(path)
            if found is None:
                failed: ChannelFault | None = None
                try:
                    found, _ = self._api.make(
                        "/v1/coupons", terms, f"{key}:coupon", lambda: self._api.find(path)
                    )
                except Refused as refused:
                    # Another process may have been quicker by a moment.
                    failed = refused
                found = found or self._api.find(path)
                if found is None and failed is not None:
                    raise failed
            if found is None or not _same(found, terms):
                raise Refused(
                    f"the coupon {name} in Stripe has other terms than its name says, or is used up"
                )
            self._made.add(name)

    def _subscription(self, body: Mapping[str, Any]) -> dict[str, Any]:
        expand = ["data.discounts", "data.customer"]
        rows = self._api.pages("/v1/subscriptions", {"customer": body["customer"], "expand": expand})
        found = [row for row in rows if row["status"] in RUNNING]
        named = body.get("subscription")
        if named:
            found = [row for row in found if row["id"] == named]
        if not found:
            raise Refused("the customer has no subscription that runs" + (" of that id" if named else ""))
        if len(found) > 1 and self._several == "refuse":
            raise Refused(
                f"the customer has {len(found)} subscriptions that run; `several` says which to take"
            )
        found.sort(key=lambda row: (row["created"], row["id"]))
        return found[0 if self._several == "oldest" else -1]


def _discounts(subscription: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row if isinstance(row, dict) else {"id": row} for row in subscription.get("discounts") or []]


def _ids(subscription: Mapping[str, Any]) -> list[str]:
    return [row["id"] for row in _discounts(subscription)]


def _given(promotion: Mapping[str, Any], subscription: Mapping[str, Any]) -> bool:
    """Whether the subscription has the discount of this promotion."""
    named = [row.get("promotion_code") for row in _discounts(subscription)]
    ids = [found.get("id") if isinstance(found, dict) else found for found in named]
    return promotion["id"] in ids


def _fits(subscription: Mapping[str, Any], coupon: Mapping[str, Any]) -> None:
    """Refuse what would give something else than was decided."""
    months = coupon.get("duration_in_months", 1)
    for item in (subscription.get("items") or {}).get("data") or []:
        recurring = (item.get("price") or {}).get("recurring") or {}
        every = _MONTHS.get(recurring.get("interval"), 0) * recurring.get("interval_count", 1)
        if every > months:
            raise Refused(
                f"the subscription is billed every {every} months: a discount for {months} would apply to "
                "a whole invoice or to none"
            )
    customer = subscription.get("customer")
    if isinstance(customer, dict) and customer.get("discount") and not _discounts(subscription):
        raise Refused("the customer has a discount of their own, which one on the subscription would replace")


def _same(found: Mapping[str, Any], terms: Mapping[str, Any]) -> bool:
    names = ("percent_off", "duration", "duration_in_months")
    return found.get("valid") is True and all(found.get(name) == terms.get(name) for name in names)
