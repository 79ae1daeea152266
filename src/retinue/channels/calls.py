"""One HTTP call, and what is known when it fails.

The question that matters is whether the other end may have done what was asked. Until the first byte of the
request is on its way it surely has not: a refused connection, an unknown host or a failed handshake is
`TryLater`. From then on a broken or silent connection is `Unsure`.

No redirects, no cookies, no second tries, no compression; the whole call has a deadline, the answer a largest
size. No fault names an address, a path or a header, and the calls are not logged: a path may hold a telephone
number, a header holds the password.

>>> from retinue.channels.calls import Caller
>>> Caller("Vendor", "https://api.example.com", headers={"Authorization": "secret"})
Caller('Vendor')
"""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpcore
import httpx

from retinue.channels.answers import Answer
from retinue.channels.base import ChannelFault, Refused, TryLater, Unsure
from retinue.channels.wire import Deadline, DeadlineBackend

__all__ = ["Caller", "Limits"]

_MOST_CONNECTIONS = 16
_IDLE_SECONDS = 5.0
"""An older idle connection is not used again, lest the other end closes it just as a request goes out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a call may take (seconds), and how many bytes its answer may have.

    connect: until the connection stands. read: between two pieces of the answer. whole: for everything.
    """

    connect: float = 5.0
    read: float = 20.0
    whole: float = 30.0
    answer_bytes: int = 2_000_000


class Caller:
    """Calls one vendor. Safe to use from several threads at once.

    Parameters
    ----------
    vendor: its name, for the words of faults.
    base_url: scheme, host and, if there is one, the path before all others.
    headers: sent with every call.
    limits: times and sizes.
    backend: opens the connections, where a channel has its own rules about addresses; then no proxy of the
        environment (`HTTPS_PROXY`, `NO_PROXY`) is used, because it would connect in our place.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self.vendor = vendor
        self._base = base_url.rstrip("/")
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "retinue", **(headers or {})}
        self._limits = limits or Limits()
        self._deadline = Deadline()
        self._own_backend = backend
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}

    def __repr__(self) -> str:
        return f"Caller({self.vendor!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def post(self, path: str, **request: Any) -> Answer:
        """`call("POST", …)`."""
        return self.call("POST", path, **request)

    def get(self, path: str, **request: Any) -> Answer:
        """`call("GET", …)`."""
        return self.call("GET", path, **request)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call and return whatever was answered, of any status.

        Parameters
        ----------
        path: after `base_url`, already percent-encoded where it must be; or a whole address.
        json, form, content: the body, at most one of them. A list in `form` or `params` repeats its key.
        headers: beside those of every call.

        Raises TryLater when nothing was sent, Refused when it cannot be written as a request, Unsure when it
        may have been done.
        """
        url = path if "://" in path else self._base + path
        built = None
        with contextlib.suppress(ValueError, TypeError, httpx.InvalidURL):
            built = httpx.Request(
                method,
                url,
                json=json,
                data=form,
                content=content,
                params=params,
                headers={**self._headers, **(headers or {})},
            )
        if built is None:
            raise Refused(f"the request to {self.vendor} cannot be written")
        return self._made(built)

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def _made(self, built: httpx.Request) -> Answer:
        started: list[str] = []

        def trace(event: str, _: Mapping[str, Any]) -> None:
            if event.endswith("send_request_headers.started"):
                started.append(event)

        limits = self._limits
        request = httpcore.Request(
            built.method,
            httpcore.URL(
                scheme=built.url.raw_scheme,
                host=built.url.raw_host,
                port=built.url.port,
                target=built.url.raw_path,
            ),
            headers=built.headers.raw,
            content=built.read(),
            extensions={
                "timeout": {
                    "connect": limits.connect,
                    "read": limits.read,
                    "write": limits.read,
                    "pool": limits.connect,
                },
                "trace": trace,
            },
        )
        self._deadline.start(limits.whole)
        # The fault is raised outside of the handler, so that no traceback carries the request along.
        try:
            return self._answer(request, str(built.url))
        except (httpcore.TimeoutException, OverflowError):
            fault = self._fault(started, "did not answer in time")
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol):
            fault = Refused(f"the request to {self.vendor} cannot be written")
        except httpcore.ConnectError:
            fault = self._fault(started, "cannot be reached")
        except httpcore.ProxyError:
            fault = self._fault(started, "cannot be reached through the proxy")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ConnectionNotAvailable, OSError):
            fault = self._fault(started, "broke the connection off")
        raise fault

    def _answer(self, request: httpcore.Request, url: str) -> Answer:
        response = self._pool(url).handle_request(request)
        pieces: list[bytes] = []
        size = 0
        try:
            for piece in response.iter_stream():
                size += len(piece)
                if size > self._limits.answer_bytes:
                    raise httpcore.ReadTimeout
                pieces.append(piece)
        finally:
            response.close()
        return Answer(self.vendor, response.status, httpx.Headers(response.headers), b"".join(pieces))

    def _fault(self, started: list[str], words: str) -> ChannelFault:
        return (Unsure if started else TryLater)(f"{self.vendor} {words}")

    def _pool(self, url: str) -> httpcore.ConnectionPool:
        proxy = None if self._own_backend else _proxy_for(httpx.URL(url))
        pool = self._pools.get(proxy)
        if pool is None:
            fresh = httpcore.ConnectionPool(
                ssl_context=httpx.create_ssl_context(),
                proxy=_proxy(proxy) if proxy else None,
                max_connections=_MOST_CONNECTIONS,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=DeadlineBackend(self._deadline, self._own_backend),
            )
            pool = self._pools.setdefault(proxy, fresh)
        return pool


def _proxy_for(url: httpx.URL) -> str | None:
    """The proxy of the environment for an address."""
    if urllib.request.proxy_bypass(url.host):
        return None
    return urllib.request.getproxies().get(url.scheme)


def _proxy(address: str) -> httpcore.Proxy:
    parsed = httpx.URL(address if "://" in address else f"http://{address}")
    auth = (parsed.username, parsed.password) if parsed.username else None
    return httpcore.Proxy(url=str(parsed.copy_with(username=None, password=None)), auth=auth)
