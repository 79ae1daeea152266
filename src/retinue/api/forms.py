"""Forms as pages and OAuth clients send them: `application/x-www-form-urlencoded`, each field once."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request

from retinue.errors import RequestError

__all__ = ["fields_of", "form_of"]

_LONGEST = 32_768
_MOST = 50


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a body. Raises RequestError (400) for another type, a field twice, or too many."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body() if kind == "application/x-www-form-urlencoded" else None
    if body is None or len(body) > _LONGEST:
        raise RequestError("The body is no form.", status=400, where="Content-Type")
    found = fields_of(body.decode("ascii", "replace"))
    if len(dict(found)) != len(found):
        raise RequestError("A field of the form stands twice.", status=400)
    return dict(found)


def fields_of(text: str) -> list[tuple[str, str]]:
    """The fields of a query or body in their order. Raises RequestError (400) where they cannot be read."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST, errors="strict")
    except ValueError:
        raise RequestError("The fields cannot be read.", status=400) from None
