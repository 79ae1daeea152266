"""A double of any receiver of webhooks: each POST is done under its `webhook-id`.

| mode | what it does |
| --- | --- |
| `honour-keys` | a second call with a key is no effect, and answered with `Idempotent-Replayed: true` |
| `ignore-keys` | each call is an effect |
| `timeout-after-success` | as `honour-keys`, but never answers |
| `429` | does nothing, answers 429 |
| `garbage` | as `honour-keys`, but answers with a body that is nothing |

    python -m retinue.testing.doubles.provider --port 0 --set mode=ignore-keys
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retinue.testing.doubles.faults import Fault, Injection
from retinue.testing.doubles.server import Call, Double, Reply, main
from retinue.testing.doubles.witness import Witness

__all__ = ["MODES", "Provider"]

MODES: dict[str, Fault | None] = {
    "honour-keys": None,
    "ignore-keys": None,
    "timeout-after-success": "slow",
    "429": "throttled",
    "garbage": "garbage",
}
"""Mode → the fault that every call gets."""

_NEVER = 3600.0


class Provider(Double):
    """A receiver of webhooks."""

    def __init__(self, witness: Witness, options: Mapping[str, str]) -> None:
        super().__init__(witness, options)
        self.mode = "honour-keys"
        self.set({"mode": options.get("mode", self.mode)})

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take `mode`."""
        if set(changes) != {"mode"} or changes["mode"] not in MODES:
            raise ValueError(f"set mode to one of {', '.join(MODES)}")
        self.mode = changes["mode"]

    def usual(self) -> Injection | None:
        """The fault of the mode."""
        fault = MODES[self.mode]
        return None if fault is None else Injection(fault, times=-1, seconds=_NEVER)

    def key(self, call: Call) -> str | None:
        """The header `webhook-id`."""
        return call.headers.get("webhook-id")

    def answer(self, call: Call) -> Reply:
        """Do it, unless its key was seen."""
        key = self.key(call)
        if key is not None and self.mode != "ignore-keys":
            before = self.replay(key)
            if before is not None:
                return Reply(before.status, before.body, {"Idempotent-Replayed": "true"})
            self.remember(key, Reply(200, {"ok": True}))
        self.witness.effect(key, {"path": call.path, "body": call.body.decode("utf-8", "replace")})
        return Reply(200, {"ok": True})


if __name__ == "__main__":
    main(Provider)
