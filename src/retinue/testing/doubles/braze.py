"""A double of Braze: events and triggers that are counted each time, and drops inside of a success.

* No keys: the same event twice is two effects.
* An event of a profile that is not known is dropped: 201 `success` with `errors`.
* `throttled` is 429 with `X-RateLimit-Reset` (Unix time) and without `Retry-After`.
* A trigger without recipients, or with `broadcast`, writes to the whole segment: the effect says `everybody`.

An effect is an event that was counted or a triggered campaign; its key is the property `retinue_key`.

| set | what it does |
| --- | --- |
| `unknown` | external ids of which there is no profile |
| `wait` | seconds until `X-RateLimit-Reset` |
| `message` | the word in place of `success` |
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main
from retinue.testing.doubles.witness import Witness

__all__ = ["KEY", "Braze"]

KEY = "braze-double"
"""The REST key that it takes."""


class Braze(Double):
    """One workspace."""

    def __init__(self, witness: Witness, options: Mapping[str, str]) -> None:
        super().__init__(witness, options)
        self._state: dict[str, Any] = {"unknown": [], "wait": 60, "message": "success"}

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take the keys of this module's table."""
        if not set(changes) <= set(self._state):
            super().set(changes)
        self._state.update(changes)

    def key(self, call: Call) -> str | None:
        """The property `retinue_key` of the first event or recipient."""
        body = call.json()
        if not isinstance(body, dict):
            return None
        first = [*(body.get("events") or []), *(body.get("recipients") or []), {}][0]
        properties = first.get("properties") or first.get("trigger_properties") or {}
        return properties.get("retinue_key")

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """A failure in Braze's form."""
        match injection.fault:
            case "throttled":
                reset = f"{time.time() + self._state['wait']:.0f}"
                return Reply(429, {"message": "limit reached"}, {"X-RateLimit-Reset": reset})
            case "failure_in_ok":
                return Reply(201, {"message": "success", "errors": [{"type": "dropped", "index": 0}]})
            case "throttled_wait":
                return None
        return super().refusal(injection, call)

    def answer(self, call: Call) -> Reply:
        """Count an event, or trigger a campaign."""
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(401, {"message": "Invalid API key"})
        body = call.json()
        if call.path == "/users/track":
            return self._track(body["events"])
        if call.path == "/campaigns/trigger/send":
            return self._trigger(body)
        return Reply(404, {"message": "no such endpoint"})

    def _track(self, events: list[dict[str, Any]]) -> Reply:
        errors = []
        for index, event in enumerate(events):
            if event.get("_update_existing_only") and event["external_id"] in self._state["unknown"]:
                errors.append({"type": "The user does not exist", "input_array": "events", "index": index})
                continue
            self.witness.effect(event["properties"].get("retinue_key"), {"object": "event", **event})
        answer = {"message": self._state["message"], "events_processed": len(events) - len(errors)}
        return Reply(201, {**answer, **({"errors": errors} if errors else {})})

    def _trigger(self, body: dict[str, Any]) -> Reply:
        recipients = body.get("recipients") or []
        if body.get("broadcast") or not recipients:
            if not body.get("broadcast"):
                return Reply(400, {"message": "recipients are missing", "errors": []})
            self.witness.effect(None, {"object": "campaign", "to": "everybody"})
            return Reply(201, {"dispatch_id": "all", "message": "success"})
        for one in recipients:
            what = {
                "object": "campaign",
                "campaign": body["campaign_id"],
                "to": one["external_user_id"],
                **one,
            }
            self.witness.effect(one["trigger_properties"].get("retinue_key"), what)
        return Reply(201, {"dispatch_id": f"dispatch-{self._number()}", "message": self._state["message"]})

    def _number(self) -> int:
        number = (self.witness.get("count", "triggers") or 0) + 1
        self.witness.put("count", "triggers", number)
        return int(number)


if __name__ == "__main__":
    main(Braze)
