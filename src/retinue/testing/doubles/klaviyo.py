"""A double of Klaviyo: events that are taken with an empty 202 and told apart by `unique_id`.

* Without the header `revision`, or with another media type, nothing is taken.
* Of two events with one `unique_id`, profile and metric the first counts; both are answered with 202.

An effect is an event that counts; its key is its `unique_id`.
"""

from __future__ import annotations

from typing import Any

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main

__all__ = ["KEY", "Klaviyo"]

KEY = "pk_double"
"""The private key that it takes."""

_MEDIA = "application/vnd.api+json"
_ATTRIBUTES = frozenset(
    {"properties", "metric", "profile", "time", "value", "value_currency", "unique_id", "backfill"}
)


class Klaviyo(Double):
    """One account."""

    def key(self, call: Call) -> str | None:
        """The event's `unique_id`."""
        try:
            found: Any = call.json()["data"]["attributes"].get("unique_id")
        except (TypeError, KeyError, AttributeError):
            return None
        return None if found is None else str(found)

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """A failure in Klaviyo's form."""
        match injection.fault:
            case "throttled" | "throttled_wait":
                return _failed(429, "throttled")
            case "unauthorised":
                return _failed(401, "authentication_failed")
            case "invalid":
                return _failed(400, "invalid", call.body.decode("utf-8", "replace"))
            case "error_before":
                return _failed(500, "error")
        return None

    def answer(self, call: Call) -> Reply:
        """Take an event."""
        if call.headers.get("authorization") != f"Klaviyo-API-Key {KEY}":
            return _failed(401, "not_authenticated")
        if not call.headers.get("revision") or call.headers.get("content-type") != _MEDIA:
            return _failed(400, "invalid")
        if (call.method, call.path) != ("POST", "/api/events"):
            return _failed(404, "not_found")
        data = call.json()["data"]
        attributes = data["attributes"]
        if data["type"] != "event" or not set(attributes) <= _ATTRIBUTES:
            return _failed(400, "invalid")
        metric = attributes["metric"]["data"]["attributes"]["name"]
        profile = attributes["profile"]["data"]
        named = profile.get("id") or sorted(profile["attributes"].items())
        if not named:
            return _failed(400, "invalid")
        key = self.key(call)
        place = f"{metric}|{named}|{key or attributes.get('time', '')[:19]}"
        if self.witness.get("event", place) is None:
            self.witness.put("event", place, attributes)
            self.witness.effect(key, {"object": "event", **attributes})
        return Reply(202)


def _failed(status: int, code: str, detail: str = "the double says no") -> Reply:
    error = {"id": "x", "status": status, "code": code, "title": "no", "detail": detail}
    return Reply(status, {"errors": [error]})


if __name__ == "__main__":
    main(Klaviyo)
