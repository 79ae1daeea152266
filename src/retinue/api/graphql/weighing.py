"""What a question may ask for at most; looked at before anything is read, and before it is validated.

| at most | counted |
| --- | --- |
| 20,000 characters and 1,000 tokens | of the text |
| 20 operations and fragments | of the text |
| 8 levels | of fields within fields; those that describe the schema have 16 |
| 300 fields, 10 of them at the top | with every fragment where it is used |
| 20 other names, 10 fields that are there already | the same |
| `[api] graphql_cost` | fields, times the length of the lists that they are in |

A fragment is weighed once, however often it is used, so that none can be folded into a question that takes
long to refuse. Validation compares each two fields of one name, so only few may be there twice. `@skip` and
`@include` change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from retinue.errors import RequestError

__all__ = ["ALIASES", "CHARACTERS", "DEPTH", "FIELDS", "ROOTS", "TOKENS", "form_of", "too_much"]

CHARACTERS, TOKENS = 20_000, 1_000
DEPTH, ABOUT_ITSELF = 8, 16
DEFINITIONS, FIELDS, REPEATS, ALIASES, ROOTS = 20, 300, 10, 20, 10


@dataclass(frozen=True, slots=True)
class Form:
    """How deep a part of a question is, how many fields it has, and how many that are there already or have
    another name; `about`: the depth of what it asks of the schema itself."""

    depth: int = 0
    about: int = 0
    fields: int = 0
    repeats: int = 0
    aliases: int = 0

    def beside(self, other: Form) -> Form:
        """Both parts side by side."""
        return Form(
            max(self.depth, other.depth),
            max(self.about, other.about),
            self.fields + other.fields,
            self.repeats + other.repeats,
            self.aliases + other.aliases,
        )

    def within(self, field: FieldNode, repeats: int) -> Form:
        """This part as what is asked of a field. repeats: of what is asked of it."""
        fields, aliases = self.fields + 1, self.aliases + (field.alias is not None)
        depth, about = self.depth + 1, self.about and self.about + 1
        if field.name.value in ("__schema", "__type"):
            depth, about = 0, 1 + max(self.depth, self.about)
        return Form(depth, about, fields, self.repeats + repeats, aliases)


_FRAGMENT = Form(fields=1)
"""A fragment counts as a field where it is used."""


def form_of(document: DocumentNode) -> int:
    """Look at a document. The most fields that one of its operations has at the top.

    Raises RequestError: 422 with what is too much.

    >>> from graphql import parse
    >>> form_of(parse("{ a b { c } }"))
    2
    >>> form_of(parse("{ a { ...A } } fragment A on B { c { ...A } }"))
    Traceback (most recent call last):
    ...
    retinue.errors.RequestError: A fragment uses itself.
      where: query
      fix:   Ask for less, or in parts.
    """
    _most("operations and fragments", len(document.definitions), DEFINITIONS)
    found = _Forms(document)
    roots = 0
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            form, names = found.of(one.selection_set), found.names(one.selection_set)
            _most("levels of fields", form.depth, DEPTH)
            _most("levels of fields about the schema", form.about, ABOUT_ITSELF)
            _most("fields", form.fields, FIELDS)
            _most("fields that are there already", form.repeats + _again(names), REPEATS)
            _most("other names", form.aliases, ALIASES)
            _most("fields at the top", names.total(), ROOTS)
            roots = max(roots, names.total())
    for name in found.fragments:
        form = found.fragment(name)
        _most("fields", form.fields, FIELDS)
        _most("fields that are there already", form.repeats, REPEATS)
    return roots


class _Forms:
    def __init__(self, document: DocumentNode) -> None:
        self.fragments: Mapping[str, FragmentDefinitionNode] = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._forms: dict[str, Form | None] = {}
        self._names: dict[str, Counter[str]] = {}

    def fragment(self, name: str) -> Form:
        if name not in self.fragments:
            return Form()  # validation says so
        if name not in self._forms:
            self._forms[name] = None
            self._forms[name] = self.of(self.fragments[name].selection_set)
        found = self._forms[name]
        if found is None:
            raise too_much("A fragment uses itself.")
        return found

    def of(self, selections: SelectionSetNode | None) -> Form:
        total = Form()
        for one in () if selections is None else selections.selections:
            if isinstance(one, FragmentSpreadNode):
                total = total.beside(self.fragment(one.name.value)).beside(_FRAGMENT)
                continue
            asked = getattr(one, "selection_set", None)
            inner = self.of(asked)
            if isinstance(one, FieldNode):
                total = total.beside(inner.within(one, _again(self.names(asked))))
            else:
                total = total.beside(inner).beside(_FRAGMENT)
        return total

    def names(self, selections: SelectionSetNode | None) -> Counter[str]:
        """Names under which a selection answers, with those of its fragments, to how often each is there.

        It has been looked through by `of`: no fragment uses itself.
        """
        found: Counter[str] = Counter()
        for one in () if selections is None else selections.selections:
            if isinstance(one, FieldNode):
                found[(one.alias or one.name).value] += 1
            elif isinstance(one, FragmentSpreadNode):
                found.update(self._of_fragment(one.name.value))
            else:
                found.update(self.names(getattr(one, "selection_set", None)))
        return found

    def _of_fragment(self, name: str) -> Counter[str]:
        if name not in self._names:
            known = self.fragments.get(name)
            self._names[name] = self.names(None if known is None else known.selection_set)
        return self._names[name]


def _again(names: Counter[str]) -> int:
    return names.total() - len(names)


def _most(what: str, found: int, most: int) -> None:
    if found > most:
        raise too_much(f"The question has more than {most} {what}.")


def too_much(what: str) -> RequestError:
    """The refusal of a question that asks for too much."""
    return RequestError(what, status=422, where="query", fix="Ask for less, or in parts.")
