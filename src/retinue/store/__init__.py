"""Small state that needs a transaction: runs, the campaigns they made, and the money of their offers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.store.base import Store
    from retinue.store.runs import RunRecord

__all__ = ["STORE_VERSION", "RunRecord", "Store"]

STORE_VERSION = "0010"
"""Version of the store's tables: that of the newest migration. A store of a newer one is refused."""


def __getattr__(name: str) -> Any:
    if name == "Store":
        from retinue.store.base import Store

        return Store
    if name == "RunRecord":
        from retinue.store.runs import RunRecord

        return RunRecord
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
