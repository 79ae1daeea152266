"""A double of OneSignal's `POST /notifications`, which honours a key in the body.

Options: `app_id`, `api_key`. A device whose id begins with `gone` takes no push messages, one whose id begins
with `unknown` is not known, and one whose id begins with `partly` is not known beside an id all the same.
"""

from __future__ import annotations

import uuid
from typing import Any

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main

__all__ = ["API_KEY", "APP_ID", "OneSignal"]

APP_ID = "app-of-the-double"
API_KEY = "os_key-of-the-double"
_NOBODY = {"id": "", "errors": ["All included players are not subscribed"]}


class OneSignal(Double):
    """OneSignal's push messages."""

    def key(self, call: Call) -> str | None:
        """The field `idempotency_key`; a header does nothing."""
        body = call.json()
        found = body.get("idempotency_key") if isinstance(body, dict) else None
        return found if isinstance(found, str) else None

    def answer(self, call: Call) -> Reply:
        """Push to one device, unless the key was seen."""
        if call.headers.get("authorization") != f"Key {self.options.get('api_key', API_KEY)}":
            return Reply(401, {"errors": ["Access denied."]})
        body, key = call.json(), self.key(call)
        if call.path != "/notifications" or not isinstance(body, dict):
            return Reply(404, {"errors": ["not found"]})
        if body.get("app_id") != self.options.get("app_id", APP_ID):
            return Reply(400, {"errors": ["app_id not found"]})
        if not (body.get("contents") or {}).get("en"):
            return Reply(400, {"errors": ["Message Notifications must have English language content"]})
        if key is not None:
            try:
                uuid.UUID(key)
            except ValueError:
                return Reply(400, {"errors": ["idempotency_key must be a UUID"]})
            before = self.replay(key)
            if before is not None:
                return Reply(before.status, before.body, {"Idempotent-Replayed": "true"})
        reply = self._push(body, key)
        return reply if key is None else self.remember(key, reply)

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """OneSignal's errors, as a list or as an object."""
        if injection.fault == "failure_in_ok":
            return Reply(200, _NOBODY)
        statuses = {"throttled": 429, "throttled_wait": 429, "error_before": 500, "unauthorised": 401}
        if injection.fault in statuses:
            return Reply(statuses[injection.fault], {"errors": ["not done"]})
        sent = call.body.decode("utf-8", "replace")
        return Reply(400, {"errors": [f"not good: {sent}"]}) if injection.fault == "invalid" else None

    def _push(self, body: dict[str, Any], key: str | None) -> Reply:
        aliases = body.get("include_aliases") or {}
        devices = body.get("include_subscription_ids") or [d for ids in aliases.values() for d in ids]
        if not devices or devices[0].startswith("gone"):
            return Reply(200, _NOBODY)
        if devices[0].startswith("unknown"):
            return Reply(200, {"id": "", "errors": {"invalid_aliases": aliases}})
        name = str(uuid.uuid4())
        if devices[0].startswith("partly"):
            return Reply(200, {"id": name, "errors": {"invalid_aliases": aliases}})
        self.witness.effect(key, body)
        return Reply(200, {"id": name, "external_id": None})


if __name__ == "__main__":
    main(OneSignal)
