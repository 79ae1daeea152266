"""What a double can be told to do wrong with its next calls.

| fault | done? | what the caller sees |
| --- | --- | --- |
| `throttled` | no | 429 |
| `throttled_wait` | no | 429 with `Retry-After` |
| `error_before` | no | 500 |
| `error_after` | yes | 500 |
| `dropped_before` | no | the connection is closed, without an answer |
| `lost_answer` | yes | the connection is closed, without an answer |
| `half_answer` | yes | the connection is closed in the middle of the answer |
| `slow` | yes | the answer comes after `seconds` |
| `garbage` | yes | 2xx with a body that is nothing |
| `failure_in_ok` | no | 200 with a failure in its body, where the vendor does that |
| `unauthorised` | no | 401 |
| `invalid` | no | 400 with the vendor's code, its words repeating what was sent |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

__all__ = ["DONE", "FAULTS", "Fault", "Injection"]

Fault = Literal[
    "throttled",
    "throttled_wait",
    "error_before",
    "error_after",
    "dropped_before",
    "lost_answer",
    "half_answer",
    "slow",
    "garbage",
    "failure_in_ok",
    "unauthorised",
    "invalid",
]

FAULTS: tuple[Fault, ...] = get_args(Fault)

DONE: frozenset[Fault] = frozenset({"error_after", "lost_answer", "half_answer", "slow", "garbage"})
"""The faults that come after the thing was done."""


@dataclass(slots=True)
class Injection:
    """A fault for the next `times` calls (negative: for all), with its numbers (seconds)."""

    fault: Fault
    times: int = 1
    retry_after: float = 1.0
    seconds: float = 5.0

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Injection:
        """From the JSON of `/_control`; ValueError when there is no such fault."""
        made = cls(**raw)
        if made.fault not in FAULTS:
            raise ValueError(f"no fault {made.fault!r}; known: {', '.join(FAULTS)}")
        return made
