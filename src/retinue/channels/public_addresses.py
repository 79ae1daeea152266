"""Connections to public addresses only, for channels whose address somebody types in.

A webhook must not become a way into the network that Retinue runs in: to a database, or to the address from
which a cloud gives out its credentials. A name is resolved once, every address it has is looked at, and the
connection goes to the very address that was looked at. So a name that answers differently the second time
(DNS rebinding) gains nothing, and neither does `0x7f.1` for 127.0.0.1.

>>> is_public("93.184.216.34"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254")
(True, False, False)
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from retinue.channels.base import ChannelDown

__all__ = ["PublicOnly", "is_public"]

Resolve = Callable[[str, int], list[str]]

_MAPPED_64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST_6 = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        "192.88.99.0/24",  # relays from IPv6
        "192.0.0.0/24",  # protocol assignments
        "2001::/23",  # protocol assignments, with Teredo, which holds an IPv4 address
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, and for one other end.

    An IPv4 address inside of an IPv6 one is looked at itself. What cannot be read is not public.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found in _MAPPED_64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)))
        if found not in _UNICAST_6:
            return False
    if any(found.version == network.version and found in network for network in _NOT_PUBLIC):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


class PublicOnly(httpcore.NetworkBackend):
    """Opens connections to public addresses only; ChannelDown for any other.

    resolve: host and port to IP addresses, where the system's resolver is not to be asked.
    """

    def __init__(
        self, *, resolve: Resolve | None = None, inner: httpcore.NetworkBackend | None = None
    ) -> None:
        self._resolve = resolve or _resolve
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a host and port. Raises ChannelDown when one of its addresses is not public."""
        addresses = self._resolve(host, port)
        if not all(is_public(address) for address in addresses):
            raise ChannelDown("the address does not lead to the public internet; see allow_private")
        failed: Exception = httpcore.ConnectError()
        for address in addresses:
            try:
                return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise httpcore.ConnectError
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
