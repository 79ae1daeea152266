"""The dashboard's page and the files that it loads; its other views are answered by the same page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from retinue.api.built import Built
from retinue.errors import RequestError

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


def _built(request: Request) -> Built:
    found: Built = request.app.state.built
    return found


@router.api_route("/", methods=["GET", "HEAD"])
def page(request: Request) -> Response:
    """The page; 503 with what to type where it was not built."""
    return _built(request).page()


@router.api_route("/assets/{name:path}", methods=["GET", "HEAD"])
def asset(request: Request, name: str) -> Response:
    """A script, a style, a font or a picture of the page."""
    found = _built(request).asset(name, request.headers)
    if found is None:
        raise RequestError("There is no such file.", status=404)
    return found
