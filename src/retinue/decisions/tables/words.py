"""Rules as people read them: each table as rows of text, and two versions side by side in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retinue.decisions.tables.document import Row, RuleSet, Table

__all__ = ["differences", "in_rows"]

ANY = "any"


def in_rows(table: Table) -> list[dict[str, str]]:
    """The rows of a table under their headings; an empty condition is `any`.

    >>> from retinue.decisions.rules import Thresholds
    >>> from retinue.decisions.tables.default import default_rules
    >>> in_rows(default_rules(Thresholds()).tables[0])[1]["Customer lifetime value"]
    '> 5000'
    """
    found = []
    for row in table.rows:
        shown = {"row": str(row.place)}
        shown |= {table.headings[key]: cell.strip() or ANY for key, cell in row.cells.items()}
        shown |= {name: _shown(value) for name, value in row.gives.items()}
        found.append({**shown, "in words": row.words})
    return found


def differences(old: RuleSet, new: RuleSet) -> list[str]:
    """What the new rules say otherwise, row by row in words; empty when they say the same."""
    before = {table.name: table for table in old.tables}
    after = {table.name: table for table in new.tables}
    said = [f"table {name} is gone" for name in before if name not in after]
    for name, table in after.items():
        if name not in before:
            said.append(f"table {name} is new, with {len(table.rows)} rows")
        else:
            said += [f"{name}: {words}" for words in _of_table(before[name], table)]
    return said


def _of_table(old: Table, new: Table) -> Iterator[str]:
    before, after = _named(old), _named(new)
    for name, row in before.items():
        if name not in after:
            yield f"row {row.place} '{name}' is gone ({_told(old, row)})"
    for name, row in after.items():
        if name not in before:
            yield f"row {row.place} '{name}' is new ({_told(new, row)})"
            continue
        changes = list(_of_row(old, before[name], new, row))
        if changes:
            yield f"row {row.place} '{name}': {'; '.join(changes)}"
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        order = ", ".join(name for name in after if name in before)
        yield f"the order of the rows is another: {order}"


def _of_row(old: Table, was: Row, new: Table, now: Row) -> Iterator[str]:
    asked, asks = _conditions(old, was), _conditions(new, now)
    for fact in [*asked, *(fact for fact in asks if fact not in asked)]:
        one, other = asked.get(fact, ANY), asks.get(fact, ANY)
        if one != other:
            yield f"{fact} was {one}, is {other}"
    for name in [*was.gives, *(name for name in now.gives if name not in was.gives)]:
        a, b = was.gives.get(name), now.gives.get(name)
        if a != b:
            yield f"{name} was {_shown(a) or 'not stated'}, is {_shown(b) or 'not stated'}"
    if was.words != now.words:
        yield f"its words are now: {now.words or 'none'}"


def _named(table: Table) -> dict[str, Row]:
    """The rows by the name of their rule; where they have none, by what they give."""
    found: dict[str, Row] = {}
    for row in table.rows:
        name = str(
            row.gives.get("rule")
            or next((_shown(v) for v in row.gives.values() if v is not None), "no value")
        )
        while name in found:
            name += " again"
        found[name] = row
    return found


def _conditions(table: Table, row: Row) -> dict[str, str]:
    """Fact to condition, of the conditions that are not empty."""
    found: dict[str, str] = {}
    for key, cell in row.cells.items():
        if cell.strip():
            fact = table.inputs[key]
            found[fact] = f"{found[fact]} and {cell.strip()}" if fact in found else cell.strip()
    return found


def _told(table: Table, row: Row) -> str:
    conditions = [f"{fact} {cell}" for fact, cell in _conditions(table, row).items()]
    gives = [
        f"{name} {_shown(value)}" for name, value in row.gives.items() if value is not None and name != "rule"
    ]
    return f"{', '.join(conditions) or 'always'}: {', '.join(gives)}"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
