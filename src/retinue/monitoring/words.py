"""What changed in a feature, as a person says it."""

from __future__ import annotations

import numpy as np

from retinue.churn.explain import value_text, words_of
from retinue.monitoring.bins import Bins
from retinue.monitoring.profile import Histogram

__all__ = ["SCORE", "bin_words", "change_words", "label_of"]

SCORE = "churn_probability"


def label_of(name: str) -> str:
    """The catalogue's words for a feature, or its column name made readable.

    >>> label_of("login_count_30d")
    'logins in the last 30 days'
    """
    return words_of(name).label


def change_words(name: str, before: Histogram, now: Histogram, verdict: str) -> str:
    """The group of values whose share has changed most, and how; both sides must hold rows.

    >>> bins = Bins("intervals", (1.0, 5.0))
    >>> then, today = (Histogram(bins, np.array(c), 0) for c in ([10, 50, 40], [60, 30, 10]))
    >>> change_words("login_count_30d", then, today, "major")
    'logins in the last 30 days: 60 % are below 1, were 10 %.'
    """
    label = label_of(name)
    infinite = f" {now.infinite:,} infinite values count as unknown." if now.infinite else ""
    if verdict == "unclear":
        return f"{label}: too few rows to tell a change from chance.{infinite}"
    then = np.append(before.counts, before.missing) / before.rows
    today = np.append(now.counts, now.missing) / now.rows
    at = int(np.argmax(np.abs(today - then)))
    if then[at] == today[at]:
        return f"{label}: no change.{infinite}"
    share = f"{_percent(today[at])} are {bin_words(name, before.bins, at)}"
    return f"{label}: {share}, were {_percent(then[at])}.{infinite}"


def bin_words(name: str, bins: Bins, at: int) -> str:
    """The values of one bin in words; the one after the last holds the missing values.

    >>> [bin_words("login_count_30d", Bins("intervals", (1.0, 5.0)), at) for at in range(4)]
    ['below 1', 'from 1 up to 5', '5 or more', 'unknown']
    >>> bin_words("mrr", Bins("intervals", (1.0, 1.00004, 2.0)), 1)
    'from 1 up to 1.00004'
    >>> [bin_words("plan", Bins("texts", ("basic",)), at) for at in range(3)]
    ["'basic'", 'none of the values known before', 'unknown']
    """
    if at == bins.size:
        return "unknown"
    marks = bins.marks
    if bins.kind == "texts":
        return f"'{marks[at]}'" if at < len(marks) else "none of the values known before"
    unit = "share" if name == SCORE else words_of(name).unit
    shown = [value_text(float(mark), unit) for mark in marks]
    digits = 4
    # 1 and 1.00 are as little told apart as twice 1: edges may lie closer than a reader usually cares for
    while len({_bare(text) for text in shown}) < len(shown) and digits < 18:
        shown = [f"{mark:.{digits}g}" for mark in marks]
        digits += 1
    if bins.kind == "numbers":
        return shown[at] if at < len(marks) else "none of the values known before"
    if not marks:
        return "known"
    if at == 0:
        return f"below {shown[0]}"
    return f"{shown[-1]} or more" if at == len(marks) else f"from {shown[at - 1]} up to {shown[at]}"


def _bare(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(share: float) -> str:
    """A share as a reader expects it; a small one is not rounded to nothing.

    >>> [_percent(share) for share in (0.0, 0.004, 0.256, 0.999, 1.0)]
    ['0 %', '0.4 %', '26 %', '99.9 %', '100 %']
    """
    digits = 1 if 0 < share < 0.01 or 0.99 < share < 1 else 0
    return f"{100 * share:.{digits}f} %"
