"""A double of Twilio's messages: sends, lists and refuses as `api.twilio.com` does.

Options: `account` (AC…), `token`, `largest_page`, `filters` (`no`: a list is not narrowed). A number that
ends in 0001 is none, one that ends in 0010 has opted out; from one that ends in 0007 nothing can be sent.
"""

from __future__ import annotations

import base64
import time
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main

__all__ = ["ACCOUNT", "TOKEN", "Twilio"]

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "twilio-token-of-the-double"  # noqa: S105 - of a double


class Twilio(Double):
    """Twilio's messages."""

    def key(self, call: Call) -> str | None:
        """The delivery in the address of the status callback."""
        if call.method != "POST":
            return None
        query = parse_qs(urlsplit(call.form.get("StatusCallback", "")).query)
        return query.get("delivery", [None])[0]

    def answer(self, call: Call) -> Reply:
        """Send one message, or list them."""
        account = self.options.get("account", ACCOUNT)
        login = base64.b64encode(f"{account}:{self.options.get('token', TOKEN)}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {login}":
            return _error(401, 20003, "Authenticate")
        if call.path != f"/2010-04-01/Accounts/{account}/Messages.json":
            return _error(404, 20404, "not found")
        return self._list(call) if call.method == "GET" else self._send(call)

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """Twilio's errors, whose words repeat the number."""
        to = call.form.get("To", "")
        errors = {
            "throttled": (429, 20429),
            "throttled_wait": (429, 20429),
            "error_before": (500, 20500),
            "unauthorised": (401, 20003),
            "invalid": (400, 21211),
        }
        if injection.fault == "failure_in_ok":
            return Reply(
                201, {**_message(call.form, "SM0", account=ACCOUNT), "status": "failed", "error_code": 30007}
            )
        return (
            _error(*errors[injection.fault], f"'To' {to} is not good") if injection.fault in errors else None
        )

    def _send(self, call: Call) -> Reply:
        form = call.form
        to = form.get("To", "")
        if not to.startswith("+") or to.endswith("0001"):
            return _error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if to.endswith("0010"):
            return _error(400, 21610, f"Attempt to send to unsubscribed recipient {to}")
        if form.get("From", "").endswith("0007"):
            return _error(400, 21606, "The 'From' phone number is not a valid, SMS-capable number.")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return _error(400, 21603, "A 'From' phone number is required.")
        sid = f"SM{len(self.witness.all('message')) + 1:032d}"
        message = _message(form, sid, account=self.options.get("account", ACCOUNT))
        self.witness.put("message", sid, message)
        self.witness.effect(self.key(call), form)
        return Reply(201, message)

    def _list(self, call: Call) -> Reply:
        query = call.query
        size, page = min(int(query.get("PageSize", "50")), 1000), int(query.get("Page", "0"))
        size = min(size, int(self.options.get("largest_page", "1000")))
        wanted = query.get("To") if self.options.get("filters", "yes") == "yes" else None
        found = [m for m in reversed(self.witness.all("message")) if wanted in (None, m["to"])]
        more = len(found) > (page + 1) * size
        following = (
            f"{call.path}?To={query.get('To', '').replace('+', '%2B')}&PageSize={size}&Page={page + 1}"
        )
        return Reply(
            200,
            {
                "messages": found[page * size : (page + 1) * size],
                "page": page,
                "page_size": size,
                "next_page_uri": following if more else None,
            },
        )


def _message(form: dict[str, str], sid: str, account: str) -> dict[str, Any]:
    return {
        "sid": sid,
        "account_sid": account,
        "status": "queued",
        "to": form.get("To"),
        "from": form.get("From"),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "body": form.get("Body"),
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "date_created": formatdate(time.time()),
        "date_sent": None,
    }


def _error(status: int, code: int, words: str) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply(status, {"code": code, "message": words, "more_info": more, "status": status})


if __name__ == "__main__":
    main(Twilio)
