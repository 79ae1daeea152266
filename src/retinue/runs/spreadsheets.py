"""Rows as CSV that a spreadsheet opens without harm: whatever Retinue writes as CSV goes through here.

Names and segments come from outside. A spreadsheet takes text that begins in a certain way for a formula,
which may fetch from or send to another place.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["csv_lines", "plain"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Also the wide forms of East Asia, which some spreadsheets take for the narrow ones."""


def plain(value: Any) -> Any:
    """The value as a spreadsheet shall take it: text that begins like a formula gets a leading quote.

    >>> plain("=1+1"), plain("@SUM(A1)"), plain("-5"), plain(-5.0), plain("C-1"), plain(None)
    ("'=1+1", "'@SUM(A1)", "'-5", -5.0, 'C-1', None)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as lines of CSV (RFC 4180); a missing value is empty.

    >>> csv_lines([("C1", "=1+1", -5.0, None)])
    "C1,'=1+1,-5.0,\\r\\n"
    """
    text = io.StringIO()
    csv.writer(text).writerows([plain(value) for value in row] for row in rows)
    return text.getvalue()
