"""What a feature is: a name, a formula, and everything a reader must know about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from retinue.features.expressions import Expression, tables_of

__all__ = ["FAMILIES", "WINDOWS", "Family", "Feature"]

WINDOWS = (7, 30, 90, 180, 365)
"""The windows of the catalogue, in days."""

Family = Literal[
    "transactions",
    "payments",
    "engagement",
    "support",
    "temporal",
    "tenure",
    "seasonality",
    "regularity",
    "breadth",
    "contract",
    "prices",
    "account",
]

FAMILIES: dict[Family, str] = {
    "transactions": "how often and for how much the customer buys, and how that changes",
    "payments": "payments that fail, how they are mended, refunds, and signals of leaving",
    "engagement": "how often the customer comes and how much is done",
    "support": "tickets, their tone and their resolution",
    "temporal": "time since the last of something, and trends",
    "tenure": "how long the customer has been one, and what the whole history adds up to",
    "seasonality": "a window against the same window a year before",
    "regularity": "the customer's own rhythm, and silence measured against it",
    "breadth": "how many different things are used",
    "contract": "where the customer stands in the contract and in the paid period",
    "prices": "what is paid now against before, and how far below the most paid",
    "account": "what the other customers of the same account do",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One point-in-time feature, declared once.

    Parameters
    ----------
    name: column name, lower case with underscores; a window is the suffix ``_30d``.
    family: the group it is listed under.
    value: the formula, in the words of `retinue.features.declare`.
    unit: what one of it is ("logins", "days", "currency", "ratio").
    formula: the formula in words, exact enough to recompute it.
    missing: what NaN means, or "never missing".
    label: short human words, used in reasons ("logins in the last 30 days").
    higher_is: whether more of it is usually a good or a bad sign.

    >>> from retinue.features.declare import count
    >>> exports = Feature(
    ...     name="export_count_30d",
    ...     family="engagement",
    ...     value=count("events", where=lambda row, settings: row.event_type == "export").over(30),
    ...     unit="events",
    ...     formula="events of type export with age in [0, 30) days",
    ...     missing="never missing",
    ...     label="exports in the last 30 days",
    ...     higher_is="good",
    ... )
    >>> exports.tables
    ('events',)
    """

    name: str
    family: Family
    value: Expression
    unit: str
    formula: str
    missing: str
    label: str
    higher_is: Literal["good", "bad", "neutral"] = "neutral"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"a feature's name is lower case with underscores, not {self.name!r}")

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables the formula reads, sorted."""
        return tuple(sorted(tables_of(self.value)))
