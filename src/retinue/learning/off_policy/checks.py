"""One finding about a log: a number, what it means for a decision, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Check", "Level"]

Level = Literal["good", "wary", "bad", "unknown"]
"""good: nothing to say. wary: only an interval that needs no normality may be used. bad: no policy can be
judged from this log. unknown: it could not be looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """The name of the check, its number (None where it could not be computed), its level and the words.

    >>> Check("mean weight", 1.0, "good", "The weights average 1.00, as they must.").level
    'good'
    """

    name: str
    value: float | None
    level: Level
    words: str
