"""The objects of a Stripe account, as far as rewards and recoveries touch them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from retinue.testing.doubles.witness import Witness

__all__ = ["Objects", "Trouble", "nested"]

_BEGIN = 1_772_450_000


class Trouble(Exception):
    """What Stripe answers in place of an object."""

    def __init__(self, status: int, code: str, kind: str = "invalid_request_error", **more: str) -> None:
        super().__init__(code)
        self.status = status
        self.error = {"type": kind, "code": code, "message": f"the double says {code}", **more}


class Objects:
    """Objects by kind and id; each is one second younger than the one before."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def put(self, kind: str, thing: Mapping[str, Any]) -> dict[str, Any]:
        """Add or replace an object; `object` and `created` are filled in."""
        before = self._witness.get(kind, thing["id"])
        created = before["created"] if before else _BEGIN + self._next()
        row = {"object": kind, "livemode": False, "created": created, **thing}
        self._witness.put(kind, row["id"], row)
        return row

    def new_id(self, prefix: str) -> str:
        """An id that is not taken."""
        return f"{prefix}_{self._next():06d}"

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object of a kind. Raises Trouble (404)."""
        found = self._witness.get(kind, name)
        if found is None:
            raise Trouble(404, "resource_missing")
        return dict(found)

    def all(self, kind: str, customer: str | None = None) -> list[dict[str, Any]]:
        """The objects of a kind, of one customer if named, newest first."""
        rows = [row for row in self._witness.all(kind) if customer in (None, row.get("customer"))]
        return sorted(rows, key=lambda row: row["created"], reverse=True)

    def drop(self, kind: str, names: Iterable[str]) -> None:
        """Mark objects as gone: nothing lists or finds them by their kind."""
        for name in names:
            self._witness.put(f"{kind}.gone", name, self._witness.get(kind, name))

    def _next(self) -> int:
        number = (self._witness.get("count", "all") or 0) + 1
        self._witness.put("count", "all", number)
        return int(number)


def nested(body: bytes) -> dict[str, Any]:
    """A form with brackets as a tree; numbered entries become a list, `name=` an empty text.

    >>> nested(b"discounts[0][coupon]=a&discounts[1][coupon]=b&metadata[k]=v&clear=")
    {'discounts': [{'coupon': 'a'}, {'coupon': 'b'}], 'metadata': {'k': 'v'}, 'clear': ''}
    """
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        *outer, last = name.replace("]", "").split("[")
        place = tree
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return [inner[name] for name in inner] if inner and all(name.isdigit() for name in inner) else inner
