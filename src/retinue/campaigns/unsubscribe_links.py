"""The address by which a customer unsubscribes, signed so that nobody can make one for somebody else.

>>> link = unsubscribe_url("https://retinue.example.com", "dlv_1", b"k" * 32)
>>> link.startswith("https://retinue.example.com/api/v1/unsubscribe/dlv_1.")
True
>>> read_link(link.rpartition("/")[2], b"k" * 32)
'dlv_1'
"""

from __future__ import annotations

import base64
import hmac

__all__ = ["read_link", "unsubscribe_url"]

PATH = "/api/v1/unsubscribe/"


def unsubscribe_url(root: str, delivery_id: str, key: bytes) -> str:
    """The address for a delivery, always the same.

    root: how others reach the service. key: the workspace's.
    """
    return f"{root}{PATH}{delivery_id}.{_signature(delivery_id, key)}"


def read_link(link: str, key: bytes) -> str | None:
    """The delivery that the last part of such an address names; None when its signature is not right.

    >>> read_link("dlv_1.c2lnbmF0dXJl", b"k" * 32) is None
    True
    """
    delivery_id, _, given = link.rpartition(".")
    right = _signature(delivery_id, key)
    return (
        delivery_id if hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode()) else None
    )


def _signature(delivery_id: str, key: bytes) -> str:
    # The key serves other purposes too: the words before the zero byte keep them apart.
    text = b"unsubscribe\0" + delivery_id.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(hmac.digest(key, text, "sha256")).rstrip(b"=").decode()
