"""Examples that live beside the rules: given these facts, this is what must come out.

A file of them is a JSON list of objects with `name`, `given` (facts by name; one that is not named is
unknown) and `expect` (`route`, `rule`, `urgency`, `priority_factor`, as many of them as matter). Without any
fact of an offer, the example is of a customer for whom there is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.rules import Ruling
from retinue.decisions.tables.asked import Asked
from retinue.decisions.tables.document import NO_RULE, RuleSet
from retinue.decisions.tables.evaluate import first_hits, rows_without_offer
from retinue.decisions.tables.facts import FACTS
from retinue.decisions.tables.mistakes import nearest
from retinue.errors import RulesError

__all__ = [
    "Example",
    "Tried",
    "default_examples",
    "examples_of",
    "read_examples",
    "ruling_for",
    "try_examples",
]

_EXPECTED = ("route", "rule", "urgency", "priority_factor")
_TYPES: Mapping[str, tuple[type, ...]] = {"number": (int, float), "text": (str,), "yes_no": (bool,)}


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its name, the facts, and what must come out."""

    name: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, as a file of examples has it."""
        return {"name": self.name, "given": dict(self.given), "expect": dict(self.expect)}


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of an example. wrong: what is other than expected, as name → (expected, got)."""

    name: str
    rule: str
    wrong: Mapping[str, tuple[Any, Any]]

    @property
    def holds(self) -> bool:
        """Whether everything came out as expected."""
        return not self.wrong

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "holds": self.holds}

    def in_words(self) -> str:
        """One line.

        >>> Tried("a partner", "high_value", {"route": ("monitor", "manual_review")}).in_words()
        'fails: a partner: expected route monitor, got manual_review (rule high_value)'
        """
        if self.holds:
            return f"holds: {self.name} (rule {self.rule})"
        said = ", ".join(f"expected {what} {a}, got {b}" for what, (a, b) in self.wrong.items())
        return f"fails: {self.name}: {said} (rule {self.rule})"


def read_examples(text: str | bytes, where: str) -> list[Example]:
    """The examples of a file. Raises RulesError, which names the example, the fact and what is wrong."""
    try:
        body = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RulesError(f"The examples are no JSON: {error}.", where=where, fix="Correct them.") from error
    return examples_of(body, where)


def examples_of(body: Any, where: str) -> list[Example]:
    """The same of JSON that was read already."""
    if not isinstance(body, list):
        raise RulesError("The examples are no list.", where=where, fix="Write [ {…}, {…} ].")
    return [_example(number, entry, where) for number, entry in enumerate(body, 1)]


def try_examples(rules: RuleSet, examples: Sequence[Example]) -> list[Tried]:
    """Each example put before the rules."""
    found = []
    for example, ruling in zip(examples, _rulings(rules, [one.given for one in examples]), strict=True):
        got = {
            "route": ruling.action.value,
            "rule": ruling.rule,
            "urgency": None if ruling.urgency is None else ruling.urgency.value,
            "priority_factor": ruling.priority_factor,
        }
        wrong = {what: (value, got[what]) for what, value in example.expect.items() if got[what] != value}
        found.append(Tried(example.name, ruling.rule, wrong))
    return found


def ruling_for(rules: RuleSet, given: Mapping[str, Any]) -> Ruling:
    """What the rules say of these facts; a fact that is not given is unknown.

    It is read from the compiled rows and asked of the engine. Raises RulesError where the two differ, or
    where no row holds.
    """
    return _rulings(rules, [given])[0]


def _rulings(rules: RuleSet, given: Sequence[Mapping[str, Any]]) -> list[Ruling]:
    """The same of several; a table is read, and given to the engine, once for all of them."""
    cases = [{name: facts.get(name) for name in FACTS} for facts in given]
    offered = [any(FACTS[name].of == "offer" for name in facts) for facts in given]
    places: list[list[int]] = [[] for _ in cases]
    for table in rules.tables:
        for offer, rows in ((True, table.rows), (False, rows_without_offer(table))):
            mine = [number for number, one in enumerate(offered) if one is offer]
            if not mine:
                continue
            arrays = {name: _array(name, [cases[number][name] for number in mine]) for name in FACTS}
            hits = first_hits(table, rows, arrays, (len(mine), 1))[:, 0].tolist()
            asked = Asked(table, rows)
            for number, fast in zip(mine, hits, strict=True):
                slow = asked.row(cases[number])
                if fast != slow or fast == NO_RULE:
                    raise RulesError(
                        f"Row {fast} holds by our reading, row {slow} by the engine's ({NO_RULE}: none).",
                        where=f"{rules.title}, table {table.name}",
                        fix="See what is wrong: retinue rules check",
                    )
                places[number].append(fast)
    return [rules.ruling(tuple(own)) for own in places]


def default_examples(rules: RuleSet) -> list[dict[str, Any]]:
    """Examples for the built-in rules, to edit: what they say on either side of each threshold.

    >>> from retinue.decisions.rules import Thresholds
    >>> from retinue.decisions.tables.default import default_rules
    >>> default_examples(default_rules(Thresholds()))[1]["expect"]
    {'route': 'manual_review', 'rule': 'high_value', 'urgency': 'MEDIUM'}
    """
    offer = {"offer": "fixed_credit", "offer_type": "fixed_credit", "cost": 25.0}
    told: list[tuple[str, dict[str, Any]]] = [
        ("A risk of 50 %", {"churn_probability": 0.5, "clv": 900.0, **offer}),
        ("Worth more than 5000", {"churn_probability": 0.7, "clv": 5000.01, **offer}),
        ("Worth 5000, not more", {"churn_probability": 0.7, "clv": 5000.0, **offer}),
        ("An offer for 300", {"churn_probability": 0.7, "clv": 3000.0, **offer, "cost": 300.0}),
        ("Urgent, which is a flag and no route", {"churn_probability": 0.81, "clv": 2001.0, **offer}),
        ("No offer is there", {"churn_probability": 0.7, "clv": 5000.01}),
    ]
    found = []
    for name, given in told:
        ruling = ruling_for(rules, given)
        expect = {"route": ruling.action.value, "rule": ruling.rule}
        if ruling.urgency is not None:
            expect["urgency"] = ruling.urgency.value
        found.append({"name": name, "given": given, "expect": expect})
    return found


def _array(name: str, values: Sequence[Any]) -> NDArray[Any]:
    """The values of a fact, a row each."""
    if FACTS[name].kind == "number":
        return np.array([[np.nan if value is None else float(value)] for value in values])
    found = np.empty((len(values), 1), dtype=object)
    found[:, 0] = values
    return found


def _example(number: int, entry: Any, where: str) -> Example:
    name = entry.get("name", f"example {number}") if isinstance(entry, Mapping) else f"example {number}"
    place = f"{where}, {name}"
    if not isinstance(entry, Mapping) or not all(
        isinstance(entry.get(k), Mapping) for k in ("given", "expect")
    ):
        raise RulesError("An example needs 'given' and 'expect'.", where=place, fix="See: retinue rules init")
    for fact, value in entry["given"].items():
        if fact not in FACTS:
            raise RulesError(f"There is no fact '{fact}'.", where=place, fix=f"{nearest(fact, FACTS)}.")
        kind = FACTS[fact].kind
        fits = isinstance(value, _TYPES[kind]) and (kind == "yes_no" or not isinstance(value, bool))
        if value is not None and not fits:
            raise RulesError(
                f"{fact} cannot be {value!r}.", where=place, fix=f"It is a {kind.replace('_', ' or ')}."
            )
    for what in entry["expect"]:
        if what not in _EXPECTED:
            raise RulesError(f"'{what}' cannot be expected.", where=place, fix=f"{nearest(what, _EXPECTED)}.")
    if not entry["expect"]:
        raise RulesError(
            "The example expects nothing.", where=place, fix=f"State one of {', '.join(_EXPECTED)}."
        )
    return Example(str(name), entry["given"], entry["expect"])
