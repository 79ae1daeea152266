"""The catalogue in words: for `retinue features list|describe` and the reference page."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from retinue.errors import UsageError
from retinue.features.base import FAMILIES, Feature

__all__ = ["describe", "listing", "reference"]

_HEADER = "| feature | formula | unit | tables | missing when | more is |"


def describe(name: str) -> Feature:
    """The feature of that name.

    Raises UsageError that names the nearest ones.

    >>> describe("mrr").unit
    'currency per month'
    """
    from retinue.features.catalogue import CATALOGUE

    by_name = {f.name: f for f in CATALOGUE}
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name, by_name, n=3, cutoff=0.5)
    raise UsageError(
        f"There is no feature '{name}'.",
        where="features",
        fix=f"Did you mean {', '.join(near)}?" if near else "See `retinue features list`.",
    )


def listing(family: str | None = None) -> list[dict[str, str]]:
    """Every feature as a row of text (name, family, tables, unit, formula, missing, label, higher_is).

    >>> [row["name"] for row in listing("breadth")][:2]
    ['event_kinds_30d', 'event_kinds_90d']
    """
    from retinue.features.catalogue import CATALOGUE

    if family is not None and family not in FAMILIES:
        near = difflib.get_close_matches(family, FAMILIES, n=1)
        raise UsageError(
            f"There is no family '{family}'.",
            where="features",
            fix=(f"Did you mean '{near[0]}'? " if near else "") + f"Families: {', '.join(FAMILIES)}.",
        )
    return [_row(f) for f in CATALOGUE if family in (None, f.family)]


def _row(feature: Feature) -> dict[str, str]:
    return {
        "name": feature.name,
        "family": feature.family,
        "tables": ", ".join(feature.tables),
        "unit": feature.unit,
        "formula": feature.formula,
        "missing": feature.missing,
        "label": feature.label,
        "higher_is": feature.higher_is,
    }


def reference(features: Sequence[Feature] | None = None) -> str:
    """The reference page of the catalogue, as Markdown."""
    from retinue.features.catalogue import CATALOGUE

    chosen = CATALOGUE if features is None else tuple(features)
    lines = [
        "# Features",
        "",
        "Generated from the declarations in `retinue.features.catalogue`; do not edit by hand "
        "(`python -m retinue.features.guide > docs/reference/features.md`).",
        "",
        f"{len(chosen)} features. Age is (as_of − time) in days of 86,400 seconds; a window of w days holds "
        "rows with age in [0, w), that is as_of − w < time ≤ as_of. A day is a UTC day. A division by zero "
        "is missing. How they are built: [concepts/features](../concepts/features.md).",
        "",
    ]
    for family, what in FAMILIES.items():
        members = [f for f in chosen if f.family == family]
        if not members:
            continue
        lines += [f"## {family}", "", f"{what[0].upper()}{what[1:]}.", ""]
        lines += [
            "| feature | formula | unit | tables | missing when | more is |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [
            f"| `{f.name}`<br>{f.label} | {f.formula} | {f.unit} | {', '.join(f.tables)} | {f.missing} | "
            f"{f.higher_is} |"
            for f in members
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    sys.stdout.write(reference())
