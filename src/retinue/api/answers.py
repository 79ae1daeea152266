"""How answers are given: with a tag, so that what did not change is not sent again."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

__all__ = ["NOT_MODIFIED", "tag_of", "tagged"]

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as the given ETag says."}}
"""What a route that answers with a tag documents."""


def tag_of(content: bytes) -> str:
    """The ETag of these bytes.

    >>> tag_of(b"the same") == tag_of(b"the same"), len(tag_of(b""))
    (True, 34)
    """
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def tagged(request: Request, body: BaseModel | bytes, *, tag: str | None = None) -> Response:
    """The body with its ETag, or 304 where the caller has it already. `tag`: a natural one, in quotes."""
    content = body if isinstance(body, bytes) else body.model_dump_json().encode()
    own = tag or tag_of(content)
    headers = {"ETag": own, "Cache-Control": "private, no-cache"}
    if _known(request.headers.get("if-none-match", ""), own):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def _known(given: str, own: str) -> bool:
    tags = [part.strip().removeprefix("W/") for part in given.split(",")]
    return own in tags or "*" in tags
