"""The dashboard as it was built: one page for every view, and files whose names change with their content.

The page may load from this service alone, runs no script but its own, and stands in nobody's frame. What of
it is made anew for each answer is a nonce, by which the few styles and scripts in the page itself count.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["STATIC", "Built", "ViewsOf"]

STATIC = Path(__file__).parent.parent / "static"
"""Where the build leaves the dashboard; not under version control."""

NONCE = "__CSP_NONCE__"
"""What stands in the built page for the nonce."""

_PAGE, _ASSETS = "index.html", "assets"
_NAME = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_@.-]*(/[A-Za-z0-9_@-][A-Za-z0-9_@.-]*)*")
_LONGEST = 300
_FOREVER, _FOR_NOW = "public, max-age=31536000, immutable", "public, max-age=3600"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_GUARDS = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
_PAGE_GUARDS = {
    **_GUARDS,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Retinue</title>
<h1>The dashboard is not built here</h1>
<p>The service answers at <a href="/api/v1/openapi.json">/api/v1</a>. To build the dashboard, type
<code>make dashboard</code> where Retinue was installed from its sources; a wheel has it inside.</p>
</html>
"""
_OF_THE_SERVICE = frozenset(
    {
        "",
        "api",
        "assets",
        "cancel",
        "cancel.js",
        "healthz",
        "metrics",
        "oauth",
        "readyz",
        "session",
        ".well-known",
    }
)
"""First parts of paths that are no view of the dashboard."""


class Built:
    """The files of one folder. They are looked at anew for each answer, so a new build counts at once."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder.resolve()

    def page(self) -> Response:
        """The page of every view; where there is none, one that says how to build it (503)."""
        nonce = secrets.token_urlsafe(16)
        headers = {**_PAGE_GUARDS, "Content-Security-Policy": _policy(nonce)}
        try:
            text, status = (self._folder / _PAGE).read_text(encoding="utf-8"), 200
        except OSError:
            text, status = _NOT_BUILT, 503
        return Response(text.replace(NONCE, nonce), status, headers=headers, media_type="text/html")

    def asset(self, name: str, asked: Mapping[str, str]) -> Response | None:
        """A file of `assets`, which never changes under its name; None for none. asked: the request's
        headers."""
        return self._file(f"{_ASSETS}/{name}", asked, _FOREVER)

    def other(self, name: str, asked: Mapping[str, str]) -> Response | None:
        """A file beside the page, such as its icon; None for none, and for the page itself."""
        return None if "/" in name or name == _PAGE else self._file(name, asked, _FOR_NOW)

    def _file(self, name: str, asked: Mapping[str, str], kept: str) -> Response | None:
        if len(name) > _LONGEST or _NAME.fullmatch(name) is None or name.endswith((".br", ".gz")):
            return None
        plain = (self._folder / name).resolve()
        if not plain.is_relative_to(self._folder) or not plain.is_file():
            return None
        path, encoding = _smallest(plain, asked.get("accept-encoding", ""))
        found = path.stat()
        mark = f'"{found.st_mtime_ns:x}-{found.st_size:x}{"" if encoding is None else "-" + encoding}"'
        headers = {**_GUARDS, "Cache-Control": kept, "ETag": mark, "Vary": "Accept-Encoding"}
        if mark in (one.strip() for one in asked.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        kind = _KINDS.get(plain.suffix.lower(), "application/octet-stream")
        return FileResponse(path, headers=headers, media_type=kind, stat_result=found)


class ViewsOf:
    """What is answered where no route matches: the page to a browser that wants one, else what was before."""

    def __init__(self, built: Built, otherwise: ASGIApp) -> None:
        self._built, self._otherwise = built, otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (self._otherwise if answer is None else answer)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        if scope["method"] not in ("GET", "HEAD"):
            return None
        request, name = Request(scope), scope["path"].removeprefix("/")
        if name.partition("/")[0] in _OF_THE_SERVICE:
            return None
        found = self._built.other(name, request.headers)
        if found is None and "text/html" in request.headers.get("accept", ""):
            return self._built.page()
        return found


def _smallest(plain: Path, accepted: str) -> tuple[Path, str | None]:
    """The file as the build packed it, where that is accepted and there, and by what it is packed."""
    words = [word.strip().lower().replace(" ", "") for word in accepted.split(",")]
    for encoding, ending in _ENCODINGS:
        packed = plain.with_name(plain.name + ending)
        wanted = any(w == encoding or (w.startswith(f"{encoding};q=") and _weight(w) > 0) for w in words)
        if wanted and packed.is_file():
            return packed, encoding
    return plain, None


def _weight(word: str) -> float:
    """The weight behind `;q=`; 0 for one that is none."""
    try:
        return float(word.partition(";q=")[2])
    except ValueError:
        return 0.0


def _policy(nonce: str) -> str:
    own = f"'self' 'nonce-{nonce}'"
    return (
        f"default-src 'none'; script-src {own}; style-src {own}; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    )
