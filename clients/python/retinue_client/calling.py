"""How the service is called: who asks, what is tried again, and what a refusal becomes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

__all__ = ["Calling", "Refused"]

_AGAIN = (429, 502, 503, 504)
_LONGEST_WAIT = 30.0


class Refused(Exception):
    """The service refused: `status`, and `code`, `detail`, `where`, `fix`, `errors` as it states them."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code: str = problem.get("code", "")
        self.detail: str = problem.get("detail", "")
        self.where: str | None = problem.get("where")
        self.fix: str | None = problem.get("fix")
        self.errors: list[dict[str, Any]] = problem.get("errors") or []
        super().__init__(f"{status} {self.code}: {self.detail} {self.fix or ''}".strip())


class Calling:
    """Calls the service over one pool of connections.

    Parameters
    ----------
    url: of the service, without `/api/v1`.
    token: sent as `Authorization: Bearer`; api_key: sent as `X-API-Key`. On the service's own machine neither
        may be needed.
    tries: how often a call is made that found the service busy (429, 502, 503, 504) or no connection. Reads
        and acts with an idempotency key are tried again; each act gets a key of its own where none is given,
        so it happens once.
    timeout: seconds to wait for an answer.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        api_key: str | None = None,
        tries: int = 3,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if api_key is not None:
            headers["X-API-Key"] = api_key
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)
        self._tries, self._sleep = max(1, tries), sleep

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @staticmethod
    def quoted(part: str) -> str:
        """A part of a path, whatever is in it."""
        return quote(part, safe="")

    def _json(self, method: str, path: str, **more: Any) -> Any:
        return self._called(method, path, **more).json()

    def _bytes(self, method: str, path: str, **more: Any) -> bytes:
        return self._called(method, path, **more).content

    def _called(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        content_type: str | None = None,
        if_match: str | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = {"Content-Type": content_type, "If-Match": if_match}
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        asked = self._http.build_request(
            method,
            path,
            params={name: value for name, value in (query or {}).items() if value is not None},
            json=body,
            content=content,
            headers={name: value for name, value in headers.items() if value is not None},
        )
        for left in reversed(range(self._tries)):
            try:
                answer = self._http.send(asked)
            except httpx.TransportError:
                if not left:
                    raise
                self._sleep(1.0)
                continue
            if answer.is_success:
                return answer
            if answer.status_code not in _AGAIN or not left:
                raise Refused(answer.status_code, _problem(answer))
            self._sleep(min(_LONGEST_WAIT, _seconds(answer)))
        raise AssertionError("unreachable")


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {"detail": answer.text[:500]}
    return found if isinstance(found, dict) else {"detail": str(found)}


def _seconds(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdigit() else 1.0
