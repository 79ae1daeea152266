"""What a letter is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Letter", "Section", "as_text", "day_in_words"]

_MONTHS = ("January February March April May June July August September October November December").split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, and a list below them."""

    title: str
    sentences: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter. sender: who answers for the data. reference: what to name when one asks back."""

    title: str
    day: date
    sender: str
    sections: tuple[Section, ...]
    reference: str = ""


def day_in_words(day: date) -> str:
    """A day as a letter says it, whatever the language of the machine.

    >>> day_in_words(date(2026, 2, 14))
    '14 February 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def as_text(letter: Letter) -> str:
    """The letter as plain text."""
    lines = [letter.title, f"{letter.sender}, {day_in_words(letter.day)}"]
    if letter.reference:
        lines.append(f"Reference: {letter.reference}")
    for section in letter.sections:
        lines += ["", section.title, *section.sentences, *(f"- {item}" for item in section.items)]
    return "\n".join(lines) + "\n"
