"""Keeps personal data and secrets out of logs and traces: by the name of a field, and by the look of a value.

It is the last net, not the first: whoever writes a log names nobody. A text is cut off after `LONGEST`
characters, as no field of ours is longer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

__all__ = ["HIDDEN", "LONGEST", "hidden", "plain"]

HIDDEN = "[hidden]"
LONGEST = 2_000

_PERSONAL = frozenset(
    [
        "address",
        "addresses",
        "birthday",
        "body",
        "card",
        "contact",
        "cookie",
        "customer",
        "customers",
        "email",
        "emails",
        "firstname",
        "fullname",
        "iban",
        "ip",
        "lastname",
        "mail",
        "mobile",
        "msisdn",
        "phone",
        "phones",
        "recipient",
        "recipients",
        "street",
        "surname",
        "telephone",
        "username",
        "authorization",
        "credential",
        "credentials",
        "key",
        "passphrase",
        "password",
        "secret",
        "secrets",
        "token",
        "tokens",
    ]
)
"""Words that make a field personal or secret, wherever they stand in its name."""

_PARTS = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")

_LOOKS = (
    # user@host, also where it is quoted in an address
    re.compile(r"[^\s@<>\"'(),;:/=?&]{1,64}(?:@|%40)[^\s@<>\"'(),;:/=?&]+"),
    # an IBAN, in groups or not
    re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b"),
    # a telephone number: international, in groups, or nothing but as many digits
    re.compile(r"(?<![\w.:+-])(?:\+|00)\d(?:[ ()./-]{0,2}\d){6,16}(?![\w:])"),
    re.compile(r"(?<![\w.:+-])\(?0\d{1,5}\)?[ /-]{1,2}\d(?:[ /-]?\d){4,11}(?![\w:])"),
    re.compile(r"(?<![\w.:+-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w:])"),
    re.compile(r"(?<![\w.:+-])\d{10,16}(?![\w.:-])"),
)


def hidden(name: str, value: Any) -> Any:
    """The value as it may be shown under that name.

    >>> hidden("channel", "mail"), hidden("customer_email", "x"), hidden("reason", "from ada@example.com")
    ('mail', '[hidden]', 'from [hidden]')
    """
    words = [word.lower() for word in _PARTS.findall(name)]
    pairs = map("".join, pairwise(words))  # lastName, last_name
    if not _PERSONAL.isdisjoint((*words, *pairs)):
        return HIDDEN
    if isinstance(value, Mapping):
        return {plain(str(key)): hidden(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [hidden("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return plain(str(value))


def plain(text: str) -> str:
    """A text without what looks like an address, a telephone or an account number.

    >>> plain("called +49 30 123 45 67 at 2026-02-14T09:00:00Z for decision 4f9c02e7a1b34455")
    'called [hidden] at 2026-02-14T09:00:00Z for decision 4f9c02e7a1b34455'
    """
    text = text[:LONGEST]
    for look in _LOOKS:
        text = look.sub(HIDDEN, text)
    return text
