"""HubSpot's interface, as far as a channel needs it: limits, faults, and failures inside of a 2xx.

| answer | fault |
| --- | --- |
| 207, or a body with `errors` | `Refused`, or `TryLater` where the category is `RATE_LIMITS` |
| 401, 403 | `ChannelDown` |
| 423, 477 | `TryLater`: the record, or the account, is locked for a moment |
| 429 | `TryLater`: ten seconds, or an hour where the day's calls are used up (`policyName` `DAILY`) |
| other 4xx | `Refused` |
| 5xx | `Unsure`; reading: `TryLater` |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from retinue.channels.allowance import Allowance
from retinue.channels.answers import Answer, fault_of, safe_code, wait_asked
from retinue.channels.base import ChannelFault, Refused, TryLater, Unsure
from retinue.channels.calls import Caller, Limits

__all__ = ["HubSpotApi"]

_LOCKED = (423, 477)
_DAY_SECONDS = 3600.0
_BURST_SECONDS = 10.0


class HubSpotApi:
    """Calls of one account. Safe to use from several threads at once."""

    def __init__(self, base_url: str, token: str, *, limits: Limits, allowance: Allowance) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._caller = Caller("HubSpot", base_url, headers=headers, limits=limits)
        self._allowance = allowance

    def __repr__(self) -> str:
        return "HubSpotApi()"

    def write(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST something. Raises what the table of this module says."""
        return self._checked(self._counted("POST", path, body))

    def read(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST a search. Raises TryLater, Refused or ChannelDown, never Unsure."""
        words = ""
        try:
            return self._checked(self._counted("GET" if body is None else "POST", path, body))
        except Unsure as unsure:
            words = unsure.reason
        raise TryLater(words)

    def close(self) -> None:
        """Release the connections."""
        self._caller.close()

    def _counted(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        self._allowance.check()
        answer = self._caller.call(method, path, json=body)
        most = answer.headers.get("x-hubspot-ratelimit-daily", "")
        left = answer.headers.get("x-hubspot-ratelimit-daily-remaining", "")
        if most.isascii() and most.isdigit() and left.isascii() and left.isdigit():
            self._allowance.note(used=int(most) - int(left), most=int(most))
        return answer

    def _checked(self, answer: Answer) -> dict[str, Any]:
        fault = _fault(answer)
        if fault is not None:
            raise fault
        body = answer.object()
        errors = body.get("errors") or []
        if answer.status == 207 or errors:
            first = errors[0] if errors and isinstance(errors[0], dict) else {}
            category = safe_code(first.get("category"))
            words = f"HubSpot answered {answer.status}, and that it failed ({category or 'no category'})"
            raise TryLater(words, _BURST_SECONDS) if category == "RATE_LIMITS" else Refused(words)
        return body


def _fault(answer: Answer) -> ChannelFault | None:
    fault = fault_of(answer, code=lambda body: body["category"])
    if fault is None:
        return None
    if answer.status in _LOCKED:
        return TryLater(fault.reason, wait_asked(answer))
    if answer.status == 429:
        asked = wait_asked(answer)
        daily = _policy(answer) == "DAILY"
        return TryLater(fault.reason, asked or (_DAY_SECONDS if daily else _BURST_SECONDS))
    return fault


def _policy(answer: Answer) -> str:
    try:
        return safe_code(json.loads(answer.body)["policyName"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
