"""A double of Slack: incoming webhooks (`/services/…`) and `chat.postMessage` (`/api/chat.postMessage`).

Slack has no keys; an effect's key is None. `failure_in_ok` answers 200 with `ok: false`.
"""

from __future__ import annotations

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main

__all__ = ["Slack"]

_TEXT = {"Content-Type": "text/plain"}


class Slack(Double):
    """Slack's two ways to post."""

    def key(self, call: Call) -> str | None:
        """There is none."""
        return None

    def answer(self, call: Call) -> Reply:
        """Post one message."""
        if call.path.startswith("/services/"):
            body = call.json()
            if not isinstance(body, dict) or not (body.get("text") or body.get("attachments")):
                return Reply(400, b"no_text", _TEXT)
            self.witness.effect(None, body)
            return Reply(200, b"ok", _TEXT)
        if call.path == "/api/chat.postMessage":
            if not call.headers.get("authorization", "").startswith("Bearer xoxb-"):
                return Reply(200, {"ok": False, "error": "invalid_auth"})
            self.witness.effect(None, call.json())
            return Reply(200, {"ok": True, "channel": "C1", "ts": "1.1", "message": {}})
        return Reply(404, b"no_service", _TEXT)

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """Slack's errors: by status for a webhook, in the body else."""
        if injection.fault == "failure_in_ok":
            return Reply(200, {"ok": False, "error": "channel_not_found"})
        codes = {
            "throttled": (429, b"ratelimited"),
            "throttled_wait": (429, b"ratelimited"),
            "error_before": (500, b"rollup_error"),
            "unauthorised": (403, b"action_prohibited"),
            "invalid": (400, b"invalid_payload " + call.body),
        }
        found = codes.get(injection.fault)
        return None if found is None else Reply(*found, _TEXT)


if __name__ == "__main__":
    main(Slack)
