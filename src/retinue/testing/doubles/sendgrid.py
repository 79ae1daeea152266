"""A double of SendGrid's `POST /v3/mail/send`. Option: `api_key`."""

from __future__ import annotations

import time

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main

__all__ = ["API_KEY", "SendGrid"]

API_KEY = "SG.key-of-the-double"


class SendGrid(Double):
    """SendGrid's mail."""

    def key(self, call: Call) -> str | None:
        """The delivery in the person's `custom_args`."""
        try:
            found = call.json()["personalizations"][0]["custom_args"]["retinue_delivery"]
        except (LookupError, TypeError):
            return None
        return str(found)

    def answer(self, call: Call) -> Reply:
        """Queue one mail."""
        if call.headers.get("authorization") != f"Bearer {self.options.get('api_key', API_KEY)}":
            return _error(401, None, "authorization required")
        if call.path != "/v3/mail/send":
            return _error(404, None, "not found")
        body = call.json()
        if not isinstance(body, dict):
            return _error(400, None, "Bad Request")
        wrong = _wrong(body)
        if wrong:
            return _error(400, wrong, f"{wrong} is not good: {call.body.decode('utf-8', 'replace')}")
        if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable") is True:
            return Reply(200)
        name = f"msg{len(self.witness.all('mail')) + 1:019d}"
        self.witness.put("mail", name, body)
        self.witness.effect(self.key(call), body)
        return Reply(202, None, {"X-Message-Id": name})

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """SendGrid's errors."""
        statuses = {"throttled": 429, "throttled_wait": 429, "error_before": 500, "unauthorised": 401}
        if injection.fault == "invalid":
            to = call.body.decode("utf-8", "replace")
            return _error(400, "personalizations.0.to.0.email", f"Does not contain a valid address: {to}")
        return _error(statuses[injection.fault], None, "not done") if injection.fault in statuses else None

    def wait(self, seconds: float) -> dict[str, str]:
        """The time of the next try; SendGrid has no `Retry-After`."""
        return {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0"} | {
            "X-RateLimit-Reset": str(int(time.time() + seconds))
        }


def _wrong(body: dict[str, object]) -> str | None:
    people, content = body.get("personalizations"), body.get("content")
    if not isinstance(people, list) or not people:
        return "personalizations"
    if not all(isinstance(p, dict) and p.get("to") and "@" in p["to"][0].get("email", "") for p in people):
        return "personalizations.0.to.0.email"
    if not isinstance(content, list) or not content or any(not part.get("value") for part in content):
        return "content"
    if [part["type"] for part in content] not in (["text/plain"], ["text/html"], ["text/plain", "text/html"]):
        return "content.0.type"
    sender = body.get("from")
    if not isinstance(sender, dict) or "@" not in sender.get("email", ""):
        return "from"
    return None if body.get("subject") else "subject"


def _error(status: int, field: str | None, words: str) -> Reply:
    return Reply(status, {"errors": [{"message": words, "field": field, "help": None}]})


if __name__ == "__main__":
    main(SendGrid)
