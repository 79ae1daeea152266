"""What an answer over HTTP says about whether the thing was done.

| status | fault |
| --- | --- |
| 2xx | none: the adapter reads the body |
| 401, 403 | `ChannelDown` |
| 307, 308 | `ChannelDown`: the service has moved, nothing was done |
| 425, 429 | `TryLater`, with the wait that is asked for |
| other 4xx | `Refused` |
| 5xx | `Unsure`, unless the vendor promises otherwise (`undone`) |
| other 3xx, 408, anything else | `Unsure`: often the answer to something that was done |

Words of an answer are never passed on, since they often repeat the address; only the vendor's code is.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from retinue.channels.base import ChannelDown, ChannelFault, Refused, TryLater, Unsure

__all__ = ["Answer", "fault_of", "raise_for_status", "safe_code", "wait_asked"]

LONGEST_WAIT = 86_400.0
"""Seconds. An other end that asks for more is asked again after a day."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}|\d{1,6}")

Code = Callable[[Any], object]
"""Finds the vendor's code in the parsed body of an answer."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Status, headers and body of an answer, from `vendor`."""

    vendor: str
    status: int
    headers: httpx.Headers
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.vendor!r}, {self.status}, {len(self.body)} bytes)"

    def json(self) -> Any:
        """The body as JSON. Raises Unsure when it is none.

        >>> Answer("Vendor", 200, httpx.Headers(), b'{"id": 1}').json()
        {'id': 1}
        """
        # Raised outside of the handler: the handler's error carries the body along.
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        raise Unsure(f"{self.vendor} answered {self.status} with a body that cannot be read")

    def object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Unsure when it is none."""
        found = self.json()
        if not isinstance(found, dict):
            raise Unsure(f"{self.vendor} answered {self.status} with a body of another form")
        return found


def raise_for_status(
    answer: Answer,
    *,
    code: Code | None = None,
    reset: str = "",
    undone: Collection[int] = (),
) -> Answer:
    """The answer, when its status is 2xx; otherwise raises what `fault_of` finds."""
    fault = fault_of(answer, code=code, reset=reset, undone=undone)
    if fault is not None:
        raise fault
    return answer


def fault_of(
    answer: Answer,
    *,
    code: Code | None = None,
    reset: str = "",
    undone: Collection[int] = (),
) -> ChannelFault | None:
    """The fault that a status stands for; None for 2xx.

    Parameters
    ----------
    code: finds the vendor's code in the parsed body, such as `lambda body: body["error"]["code"]`; whatever
        it raises means that there is none.
    reset: name of a header that holds the Unix time of the next try, where the vendor has one beside
        `Retry-After`.
    undone: statuses from 500 on by which the vendor says that surely nothing was done.

    >>> fault_of(Answer("Vendor", 400, httpx.Headers(), b'{"code": 21211}'), code=lambda b: b["code"])
    Refused('Vendor answered 400 (21211)')
    >>> fault_of(Answer("Vendor", 429, httpx.Headers({"retry-after": "7"}), b"")).after
    7.0
    """
    status = answer.status
    if 200 <= status < 300:
        return None
    words = f"{answer.vendor} answered {status}"
    found = _found(answer, code)
    if found:
        words += f" ({found})"
    if status in (401, 403):
        return ChannelDown(words)
    if status in (307, 308):
        return ChannelDown(f"{words}: it has moved, and redirects are not followed")
    if status in (425, 429) or status in undone:
        return TryLater(words, wait_asked(answer, reset))
    if 400 <= status < 500 and status != 408:
        return Refused(words)
    return Unsure(words)


def wait_asked(answer: Answer, reset: str = "") -> float | None:
    """Seconds to wait by `Retry-After` (seconds or a date) or by the header `reset` (Unix time).

    A time is compared with the answer's own `Date`, so that a wrong clock on this side does no harm. From 0
    to a day; None when nothing sensible is said.
    """
    said = answer.headers.get("retry-after", "").strip()
    if said:
        seconds = _number(said)
        if seconds is None:
            then = _moment(said)
            seconds = None if then is None else then - _now(answer)
        if seconds is not None:
            return min(max(seconds, 0.0), LONGEST_WAIT)
    until = _number(answer.headers.get(reset, "").strip()) if reset else None
    return None if until is None else min(max(until - _now(answer), 0.0), LONGEST_WAIT)


def safe_code(value: object) -> str:
    """A vendor's code when it looks like one, else nothing: it may be shown, words of the vendor may not.

    >>> safe_code("invalid_email"), safe_code(21211), safe_code("no such address ann@example.com")
    ('invalid_email', '21211', '')
    """
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _CODE.fullmatch(text) else ""


def _found(answer: Answer, code: Code | None) -> str:
    if code is None:
        return ""
    try:
        return safe_code(code(json.loads(answer.body)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _now(answer: Answer) -> float:
    return _moment(answer.headers.get("date", "")) or time.time()
