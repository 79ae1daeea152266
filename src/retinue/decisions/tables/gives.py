"""What can be wrong with what the rows of a table give."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from retinue.decisions.rollout import ROLLOUT_WORDS
from retinue.decisions.rules import GUARDS
from retinue.decisions.tables.document import OUTPUTS, literal
from retinue.decisions.tables.mistakes import Mistake, nearest
from retinue.domain import ActionType, Urgency

__all__ = ["CHOICES", "gives_mistakes"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "route": tuple(action.value for action in ActionType),
    "urgency": tuple(urgency.value for urgency in Urgency),
}
_RESERVED = {rule.name for rule in GUARDS} | set(ROLLOUT_WORDS)
MOST_FACTOR = 100.0


def gives_mistakes(table: str, body: Mapping[str, Any]) -> Iterator[Mistake]:
    """Each mistake in the output cells of a table, given its name and its content."""
    columns = {column["id"]: column["field"] for column in body["outputs"]}
    names: Counter[Any] = Counter()
    for place, row in enumerate(body["rules"], 1):
        said = {}
        for key, field in columns.items():
            where, cell = f"{table}, row {place}, column {field}", str(row.get(key) or "")
            try:
                value = said[field] = literal(cell)
            except ValueError:
                quoted = re.fullmatch(r"[\w ]+", cell.strip())
                fix = f'write "{cell.strip()}"' if quoted else f"write {OUTPUTS[field]}"
                yield Mistake("error", where, f"{cell} is no plain value", fix)
                continue
            yield from _value(where, field, value)
        # the band that is watched keeps its name, as in the rules one starts from
        watched = said.get("route") == ActionType.MONITOR and said.get("rule") == "monitor_band"
        if said.get("rule") in _RESERVED and not watched:
            yield Mistake(
                "error",
                f"{table}, row {place}, column rule",
                f"'{said['rule']}' is the name of a guard, and what it names is measured by",
                "choose another name",
            )
        names[said.get("rule")] += 1
    for name, count in names.items():
        if name is not None and count > 1:
            where = f"{table}, column rule"
            yield Mistake(
                "error", where, f"{count} rows have the name '{name}'", "give each row its own name"
            )


def _value(where: str, field: str, value: Any) -> Iterator[Mistake]:
    if field in CHOICES:
        if value is None and field == "route":
            yield Mistake("error", where, "the route is missing", f"write {OUTPUTS[field]}")
        elif value is not None and value not in CHOICES[field]:
            fix = nearest(str(value), CHOICES[field]).replace("'", '"')
            yield Mistake("error", where, f"there is no {field} '{value}'", fix)
    elif field == "rule":
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            what = "the rule has no name" if value is None else f"'{value}' cannot be the name of a rule"
            yield Mistake("error", where, what, 'write small letters, digits and _, such as "partner_review"')
    elif field == "suppress":
        if value not in (None, True, False) or isinstance(value, float):
            yield Mistake(
                "error", where, f"'{value}' is neither true nor false", "write true, or leave it empty"
            )
    elif value is not None and not (
        isinstance(value, float) and not isinstance(value, bool) and 0 <= value <= MOST_FACTOR
    ):
        what = f"'{value}' is no factor from 0 to {MOST_FACTOR:g}"
        yield Mistake("error", where, what, "write 1.5 to move a customer up, 0.5 to move one down")
