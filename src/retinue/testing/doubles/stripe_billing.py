"""What Stripe does with coupons, promotion codes, discounts, credits and invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retinue.testing.doubles.stripe_objects import Objects, Trouble

__all__ = ["Billing"]

Form = Mapping[str, Any]


class Billing:
    """The calls that `retinue.channels` makes, on the objects of one account."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def read(self, parts: list[str], query: Mapping[str, str]) -> dict[str, Any]:
        """GET of an object or of a list."""
        match parts:
            case ["coupons", name]:
                return self._objects.get("coupon", name)
            case ["invoices", name]:
                return self._objects.get("invoice", name)
            case ["promotion_codes"]:
                rows = self._objects.all("promotion_code", query.get("customer"))
                code = query.get("code", "").upper()
                return _page([row for row in rows if not code or row["code"].upper() == code], query)
            case ["customers", customer, "balance_transactions"]:
                self._objects.get("customer", customer)
                return _page(self._objects.all("customer_balance_transaction", customer), query)
            case ["subscriptions"]:
                rows = self._objects.all("subscription", query.get("customer"))
                shown = [row for row in rows if row["status"] != "canceled"]
                expand = {value for name, value in query.items() if name.startswith("expand[")}
                return _page([self._expanded(row, expand) for row in shown], query)
        raise Trouble(404, "resource_missing")

    def write(self, parts: list[str], form: Form) -> dict[str, Any]:
        """POST. Raises Trouble before anything is changed."""
        match parts:
            case ["coupons"]:
                return self._coupon(form)
            case ["promotion_codes"]:
                return self._promotion(form)
            case ["subscriptions", name]:
                return self._discount(name, form)
            case ["customers", customer, "balance_transactions"]:
                return self._credit(customer, form)
            case ["invoices", name, "pay"]:
                return self._pay(name)
            case ["billing_portal", "sessions"]:
                self._objects.get("customer", form["customer"])
                name = self._objects.new_id("bps")
                url = f"https://billing.stripe.example/session/{name}"
                return self._objects.put("billing_portal.session", {**form, "id": name, "url": url})
        raise Trouble(404, "resource_missing")

    def _coupon(self, form: Form) -> dict[str, Any]:
        name = form.get("id") or self._objects.new_id("coupon")
        if any(row["id"] == name for row in self._objects.all("coupon")):
            raise Trouble(400, "resource_already_exists")
        percent = float(form["percent_off"])
        months = form.get("duration_in_months")
        if not 0 < percent <= 100 or (form.get("duration") == "repeating") != (months is not None):
            raise Trouble(400, "parameter_invalid")
        return self._objects.put(
            "coupon",
            {
                "id": name,
                "percent_off": percent,
                "duration": form.get("duration", "once"),
                "duration_in_months": int(months) if months else None,
                "name": form.get("name"),
                "times_redeemed": 0,
                "valid": True,
            },
        )

    def _promotion(self, form: Form) -> dict[str, Any]:
        if "coupon" in form or form.get("promotion", {}).get("type") != "coupon":
            raise Trouble(400, "parameter_unknown")
        coupon = self._objects.get("coupon", form["promotion"]["coupon"])
        self._objects.get("customer", form["customer"])
        for row in self._objects.all("promotion_code", form["customer"]):
            if row["active"] and row["code"].upper() == form["code"].upper():
                raise Trouble(400, "resource_already_exists")
        return self._objects.put(
            "promotion_code",
            {
                "id": self._objects.new_id("promo"),
                "code": form["code"],
                "customer": form["customer"],
                "active": True,
                "promotion": {"type": "coupon", "coupon": coupon["id"]},
                "max_redemptions": int(form["max_redemptions"]),
                "times_redeemed": 0,
                "metadata": form.get("metadata", {}),
            },
        )

    def _discount(self, name: str, form: Form) -> dict[str, Any]:
        """A populated list replaces all discounts; a missing one changes nothing; an empty text clears."""
        subscription = self._objects.get("subscription", name)
        if "coupon" in form or "promotion_code" in form:
            raise Trouble(400, "parameter_unknown")
        if subscription["status"] in ("canceled", "incomplete_expired"):
            raise Trouble(400, "resource_missing")
        if subscription.pop("ending", False):
            # A discount that ends between a caller's look and its call.
            subscription["discounts"] = subscription["discounts"][1:]
            self._objects.put("subscription", {**subscription, "ending": False})
        if "discounts" not in form:
            return subscription
        wanted = form["discounts"] or []
        kept = [entry["discount"] for entry in wanted if "discount" in entry]
        if not set(kept) <= set(subscription["discounts"]):
            raise Trouble(400, "resource_missing")
        redeemed = [self._redeemable(entry, subscription) for entry in wanted if "discount" not in entry]
        made = []
        for coupon, promotion in redeemed:
            if promotion:
                times = promotion["times_redeemed"] + 1
                active = times < promotion["max_redemptions"]
                self._objects.put("promotion_code", {**promotion, "times_redeemed": times, "active": active})
            row = {
                "id": self._objects.new_id("di"),
                "customer": subscription["customer"],
                "subscription": name,
                "source": {"type": "coupon", "coupon": coupon},
                "promotion_code": promotion["id"] if promotion else None,
            }
            made.append(self._objects.put("discount", row)["id"])
        self._objects.drop("discount", set(subscription["discounts"]) - set(kept))
        return self._objects.put("subscription", {**subscription, "discounts": [*kept, *made]})

    def _redeemable(self, entry: Form, subscription: Form) -> tuple[str, dict[str, Any] | None]:
        if "coupon" in entry:
            return self._objects.get("coupon", entry["coupon"])["id"], None
        promotion = self._objects.get("promotion_code", entry["promotion_code"])
        if not promotion["active"] or promotion["customer"] != subscription["customer"]:
            raise Trouble(400, "promotion_code_invalid")
        return promotion["promotion"]["coupon"], promotion

    def _credit(self, customer: str, form: Form) -> dict[str, Any]:
        owner = self._objects.get("customer", customer)
        if owner.get("currency", form["currency"]) != form["currency"]:
            raise Trouble(400, "currency_mismatch")
        amount = int(form["amount"])
        balance = owner.get("balance", 0) + amount
        self._objects.put("customer", {**owner, "balance": balance})
        return self._objects.put(
            "customer_balance_transaction",
            {
                "id": self._objects.new_id("cbtxn"),
                "amount": amount,
                "currency": form["currency"],
                "customer": customer,
                "description": form.get("description"),
                "ending_balance": balance,
                "metadata": form.get("metadata", {}),
                "type": "adjustment",
            },
        )

    def _pay(self, name: str) -> dict[str, Any]:
        invoice = self._objects.get("invoice", name)
        if invoice.get("paid_meanwhile"):
            invoice = self._objects.put("invoice", {**invoice, "status": "paid"})
        if invoice["status"] != "open":
            raise Trouble(400, "invoice_not_editable")
        declined = invoice.get("declines")
        if declined:
            raise Trouble(402, "card_declined", "card_error", decline_code=declined)
        due = invoice["amount_due"]
        self._objects.put(
            "charge", {"id": self._objects.new_id("ch"), "customer": invoice["customer"], "amount": due}
        )
        return self._objects.put("invoice", {**invoice, "status": "paid", "amount_paid": due})

    def _expanded(self, row: dict[str, Any], expand: set[str]) -> dict[str, Any]:
        found = dict(row)
        if "data.discounts" in expand:
            found["discounts"] = [self._objects.get("discount", name) for name in row["discounts"]]
        if "data.customer" in expand:
            found["customer"] = self._objects.get("customer", row["customer"])
        return found


def _page(rows: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    size, after = int(query.get("limit", "10")), query.get("starting_after")
    if not 1 <= size <= 100:
        raise Trouble(400, "parameter_invalid_integer")
    begin = 1 + [row["id"] for row in rows].index(after) if after else 0
    return {"object": "list", "data": rows[begin : begin + size], "has_more": begin + size < len(rows)}
