"""The random few who are left alone, drawn once and for all.

A customer stands at a fixed place in [0, 1): the first 53 bits of SHA-256 over salt and customer id. Those
below the share are held out. So membership

* needs no list and survives any crash,
* never changes from day to day, because neither the id nor the salt knows the date,
* only grows with the share: whoever is held out at 5 % is held out at 10 % too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from retinue.errors import SettingsError
from retinue.settings import HoldoutSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["check_salt", "is_held_out"]

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec"
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_CALENDAR = (
    ("a year", re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")),
    ("a date", re.compile(r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?(?!\d)")),
    ("a date", re.compile(r"(?<!\d)\d{1,2}[-./]\d{1,2}[-./]\d{2,4}(?!\d)")),
    (
        "a quarter, half or week",
        re.compile(r"(?<![a-z])(?:q[1-4]|h[12]|fy\d{2}|cw\d{1,2}|week\W?\d{1,2})(?!\w)"),
    ),
    ("a month", re.compile(rf"(?<![a-z])(?:{_MONTHS})(?![a-z])")),
    ("a day", re.compile(rf"(?<![a-z])(?:{_DAYS}|today)(?![a-z])")),
)


def check_salt(salt: str) -> None:
    """Refuse a salt that holds part of the calendar: it would be changed with it, and the holdout redrawn.

    >>> check_salt("retinue-holdout")
    >>> check_salt("holdout-2026")
    Traceback (most recent call last):
    retinue.errors.SettingsError: The holdout salt 'holdout-2026' contains a year ('2026').
      where: holdout.salt
      fix:   Choose a word without a date and never change it: a new salt draws a new holdout.
    """
    for what, pattern in _CALENDAR:
        found = pattern.search(salt.lower())
        if found:
            raise SettingsError(
                f"The holdout salt '{salt}' contains {what} ('{found[0]}').",
                where="holdout.salt",
                fix="Choose a word without a date and never change it: a new salt draws a new holdout.",
            )


def is_held_out(customer_ids: Sequence[str], settings: HoldoutSettings) -> NDArray[np.bool_]:
    """Whether each customer is held out. Raises SettingsError for a salt that knows the calendar.

    >>> ids = [f"C{number}" for number in range(1000)]
    >>> few, more = (is_held_out(ids, HoldoutSettings(share=share)) for share in (0.05, 0.10))
    >>> int(few.sum()), int(more.sum()), bool((more | ~few).all())
    (47, 99, True)
    """
    import numpy as np

    from retinue.incentives.draws import uniforms

    check_salt(settings.salt)
    return np.asarray(uniforms(settings.salt, customer_ids) < settings.share)
