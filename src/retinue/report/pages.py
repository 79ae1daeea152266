"""The template engine of all pages: everything from data is escaped, numbers are said one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retinue.report.words import ROUTE_WORDS, incentive_words

if TYPE_CHECKING:
    import jinja2

__all__ = ["environment"]


def environment() -> jinja2.Environment:
    """The templates of `retinue.report` with filters for amounts, shares and words; "–" is not known."""
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.PackageLoader("retinue.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    formats: dict[str, str] = {
        "money": "{:,.0f}",
        "cents": "{:,.2f}",
        "amount": "{:+,.0f}",
        "percent": "{:.1%}",
        "points": "{:+.1%}",
        "gap": "{:.2%}",
        "share": "{:.0%}",
        "number": "{:,.3f}",
        "count": "{:,}",
    }
    for name, pattern in formats.items():
        found.filters[name] = _shown(pattern)
    found.filters |= {
        "incentive": incentive_words,
        "route": _route,
        "words": lambda value: str(value).replace("_", " "),
    }
    return found


def _route(value: str) -> str:
    return ROUTE_WORDS.get(value, value)


def _shown(pattern: str) -> Callable[[float | None], str]:
    return lambda value: "–" if value is None else pattern.format(value)
