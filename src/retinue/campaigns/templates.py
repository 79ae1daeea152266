"""Messages from templates: Jinja in a sandbox, the first line the subject, the rest the text.

A template is looked for as `TYPE.LANGUAGE.txt`, `TYPE.txt`, `offer.LANGUAGE.txt`, `offer.txt` in the
workspace's folder of templates, then among those that come with Retinue; TYPE is the incentive's type. Words
for colleagues (`task`, `accepted`, `waiting`) never come from `offer`. Beside a `.txt` may stand the same
name with `.html`. A plan keeps the templates it uses, so that what was approved is what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from retinue.channels.base import Contact, Message
from retinue.domain import Incentive
from retinue.errors import DataError

__all__ = ["Template", "fill", "find_template", "in_words"]

COLLEAGUES = ("task", "accepted", "waiting")
"""Kinds of message that colleagues read."""

_PACKAGED = files("retinue.campaigns") / "messages"


@dataclass(frozen=True, slots=True)
class Template:
    """The source of a message. `name`: the file it came from."""

    name: str
    text: str
    html: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a plan."""
        return {"name": self.name, "text": self.text, "html": self.html}


def find_template(folder: Path, kind: str, language: str) -> Template:
    """The template for an incentive's type, or for another kind of message such as `task`.

    Raises DataError when the text has no subject or is no valid template.
    """
    short = language.replace("_", "-").split("-")[0].lower()
    names = [f"{kind}.{short}.txt", f"{kind}.txt"]
    if kind not in COLLEAGUES:
        names += [f"offer.{short}.txt", "offer.txt"]
    for place in (folder, _PACKAGED):
        for name in names:
            source = place / name
            if source.is_file():
                html = place / f"{name.removesuffix('.txt')}.html"
                found = Template(
                    name, source.read_text("utf-8"), html.read_text("utf-8") if html.is_file() else None
                )
                _check(found, place / name)
                return found
    raise DataError(
        f"There is no template for {kind}.", where=str(folder), fix=f"Write {folder / 'offer.txt'}."
    )


def fill(template: Template, variables: Mapping[str, Any]) -> Message:
    """The message. Raises DataError when the template uses a variable that is not there."""
    from jinja2 import TemplateError

    try:
        lines = _compiled(template.text, False).render(**variables).strip("\n").split("\n", 1)
        html = _compiled(template.html, True).render(**variables) if template.html is not None else None
    except (TemplateError, TypeError, ValueError, ArithmeticError, MemoryError) as error:
        raise DataError(
            f"The template {template.name} cannot be filled in: {error}.",
            where=template.name,
            fix=f"It may use {', '.join(sorted(variables))}.",
        ) from error
    subject = " ".join(lines[0].removeprefix("Subject:").split())
    return Message(subject, lines[1].strip("\n") + "\n" if len(lines) > 1 else "", html)


def variables_for(
    contact: Contact, incentive: Incentive | None, *, project: str, currency: str, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """What a template may use, by name."""
    return {
        "name": contact.name or "",
        "customer_id": contact.customer_id,
        "project": project,
        "currency": currency,
        "offer": in_words(incentive, currency) if incentive else "",
        "incentive": incentive,
        "facts": facts,
    }


def in_words(incentive: Incentive, currency: str) -> str:
    """The offer as a customer reads it, in English.

    >>> in_words(Incentive("percentage_discount_15", "percentage_discount", 15, 3), "EUR")
    '15% off for 3 months'
    """
    value = f"{incentive.value:g}"
    months = incentive.duration_months
    time = "" if not months else f" for {months} month{'s' if months > 1 else ''}"
    return {
        "percentage_discount": f"{value}% off{time}",
        "fixed_credit": f"a credit of {value} {currency}",
        "free_upgrade": f"a free upgrade{time}",
        "loyalty_points": f"{value} loyalty points",
        "personalized_bundle": f"a bundle made for you{time}",
    }.get(incentive.type, f"{incentive.type.replace('_', ' ')}{time}")


def _check(template: Template, where: Any) -> None:
    from jinja2 import TemplateSyntaxError

    first = template.text.lstrip("\ufeff\n").split("\n", 1)[0]
    if not first.startswith("Subject:"):
        raise DataError(
            "A template begins with its subject.",
            where=f"{where}:1",
            fix="Make the first line 'Subject: …', then an empty line, then the text.",
        )
    try:
        for source, html in ((template.text, False), (template.html, True)):
            if source is not None:
                _compiled(source, html)
    except TemplateSyntaxError as error:
        raise DataError(
            f"The template is not valid: {error.message}.",
            where=f"{where}:{error.lineno}",
            fix="Correct it; variables look like {{ offer }}.",
        ) from error


@lru_cache(maxsize=256)
def _compiled(source: str, html: bool) -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # One for each: HTML escapes what is filled in, plain text must not.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=html)
    return environment.from_string(source.lstrip("\ufeff"))
