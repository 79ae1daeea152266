"""Months and their discount factors.

A month is 365.25 / 12 days. Revenue of month k (1 = the next) counts as received in its middle and is
divided by (1 + annual rate)^((k - 1/2) / 12).
"""

from __future__ import annotations

__all__ = ["DAYS_PER_MONTH", "discount_factors", "month_ends"]

DAYS_PER_MONTH = 365.25 / 12.0


def month_ends(months: int) -> tuple[float, ...]:
    """Days from now to the end of each month.

    >>> month_ends(2)
    (30.4375, 60.875)
    """
    return tuple(DAYS_PER_MONTH * k for k in range(1, months + 1))


def discount_factors(months: int, annual_rate: float) -> tuple[float, ...]:
    """The present value of one unit received in the middle of each month.

    >>> [round(d, 4) for d in discount_factors(3, 0.10)]
    [0.996, 0.9882, 0.9803]
    """
    return tuple(float((1.0 + annual_rate) ** (-(k - 0.5) / 12.0)) for k in range(1, months + 1))
