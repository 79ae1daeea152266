"""A double of Stripe: coupons, promotion codes, discounts, credits, invoices, and its idempotency.

* A key's first answer is kept and given again with `Idempotent-Replayed: true`, **a 500 too**; other
  parameters under it are 400 `idempotency_error`. Refused parameters, 409 and 429 are not kept.
* A populated list of `discounts` replaces all of them; `discounts=` clears; a missing one changes nothing.
* `throttled` is a `lock_timeout`.

An effect is a redeemed discount, a credit, or a paid invoice; its key is the delivery's (`retinue_key` of the
metadata), or what stands before the first colon of the idempotency key.

Started with `--set customer=cus_1`, it always has this customer, with a monthly subscription.

| set | what it does |
| --- | --- |
| `at` | faults strike only calls of which `METHOD PATH` contains this, reading ones too |
| `skip` | so many of these calls pass before the faults strike |
| `in_use` | so many calls are answered with 409 `idempotency_key_in_use` |
| `stored` | `false`: a 500 is not kept under its key |
| `forget` | all keys so far are forgotten, as after a day |
| `put` | objects of the account: `[{"kind": "subscription", "id": "sub_1", …}]` |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main
from retinue.testing.doubles.stripe_billing import Billing
from retinue.testing.doubles.stripe_objects import Objects, Trouble, nested
from retinue.testing.doubles.witness import Witness

__all__ = ["KEY", "Stripe"]

KEY = "sk_test_double"
"""The secret key that it takes."""

_KEPT = (200, 402, 500)


class Stripe(Double):
    """One account in Stripe."""

    def __init__(self, witness: Witness, options: Mapping[str, str]) -> None:
        super().__init__(witness, options)
        self._objects = Objects(witness)
        self._billing = Billing(self._objects)
        self._at = ""
        self._in_use = 0
        self._stored = True
        self._skip = 0
        self._age = 0

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take the keys of this module's table."""
        for name, value in changes.items():
            match name:
                case "at":
                    self._at = str(value)
                case "skip":
                    self._skip = int(value)
                case "in_use":
                    self._in_use = int(value)
                case "stored":
                    self._stored = bool(value)
                case "forget":
                    self._age += 1
                case "put":
                    with self.witness.unit():
                        for one in value:
                            self._objects.put(one["kind"], {k: v for k, v in one.items() if k != "kind"})
                case _:
                    super().set({name: value})

    def acts(self, call: Call) -> bool:
        """Calls that change something, or those that `at` names."""
        found = self._at in f"{call.method} {call.path}" if self._at else call.method == "POST"
        if found and self._skip > 0:
            self._skip -= 1
            return False
        return found

    def key(self, call: Call) -> str | None:
        """The idempotency key."""
        return call.headers.get("idempotency-key")

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """A failure in Stripe's form; a 500 is kept under its key."""
        match injection.fault:
            case "throttled" | "throttled_wait":
                return _failed(Trouble(429, "lock_timeout"))
            case "unauthorised":
                return _failed(Trouble(401, "invalid_api_key"))
            case "invalid":
                sent = call.body.decode("utf-8", "replace")
                return _failed(Trouble(400, "parameter_invalid", param=sent))
            case "error_before":
                reply = _failed(Trouble(500, "internal", "api_error"))
                key = self.key(call)
                return self._keep(key, call, reply) if key and self._stored else reply
        return None

    def answer(self, call: Call) -> Reply:
        """Do it, or give the kept answer again."""
        self._standing()
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return _failed(Trouble(401, "invalid_api_key"))
        key = self.key(call) if call.method == "POST" else None
        if key is not None:
            if self._in_use > 0:
                self._in_use -= 1
                return _failed(Trouble(409, "idempotency_key_in_use", "idempotency_error"))
            before = self.replay(f"{self._age}:{key}")
            if before is not None:
                if before.headers["print"] != _print(call):
                    return _failed(Trouble(400, "key_mismatch", "idempotency_error"))
                return Reply(before.status, before.body, {"Idempotent-Replayed": "true"})
        reply = self._done(call)
        return self._keep(key, call, reply) if key is not None and reply.status in _KEPT else reply

    def _done(self, call: Call) -> Reply:
        parts = call.path.removeprefix("/v1/").split("/")
        try:
            if call.method == "GET":
                return Reply(200, self._billing.read(parts, call.query))
            form = nested(call.body)
            made = self._billing.write(parts, form)
        except Trouble as trouble:
            return _failed(trouble)
        except (KeyError, ValueError):
            return _failed(Trouble(400, "parameter_missing"))
        if made["object"] in ("subscription", "customer_balance_transaction", "invoice"):
            key = (form.get("metadata") or {}).get("retinue_key") or (self.key(call) or "").partition(":")[0]
            what = {"object": made["object"], "id": made["id"], "form": form}
            self.witness.effect(key, what)
        return Reply(200, made)

    def _standing(self) -> None:
        """The customer that was asked for at the start is there, also after a reset."""
        name = self.options.get("customer")
        if name and self.witness.get("customer", name) is None:
            recurring = {"interval": "month", "interval_count": 1}
            self._objects.put("customer", {"id": name, "currency": "eur", "discount": None})
            subscription = {"id": f"sub_{name}", "customer": name, "status": "active", "discounts": []}
            items = {"data": [{"price": {"recurring": recurring}}]}
            self._objects.put("subscription", {**subscription, "items": items})

    def _keep(self, key: str, call: Call, reply: Reply) -> Reply:
        self.remember(f"{self._age}:{key}", Reply(reply.status, reply.body, {"print": _print(call)}))
        return reply


def _print(call: Call) -> str:
    return hashlib.sha256(call.path.encode() + b"\n" + call.body).hexdigest()


def _failed(trouble: Trouble) -> Reply:
    return Reply(trouble.status, {"error": trouble.error})


if __name__ == "__main__":
    main(Stripe)
