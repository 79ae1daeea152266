"""The store's own way to its keys: opens keysets, and makes one where there is none.

What is sealed is sealed within a transaction (`Store.transaction`), which asks for the newest keyset first:
so no process writes under a key that another one has retired. Readers keep what they opened, and look again
when they meet the number of a key they do not know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from retinue.errors import ArtefactError
from retinue.privacy.keys import Kek, Keyset, key_of
from retinue.privacy.keys.kek import wrapped_by_another
from retinue.store.accounts import naive

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.store.keysets import Wrapped

__all__ = ["Held", "Vault", "once_more", "stamp"]

T = TypeVar("T")


class _NoSuchKey(ArtefactError):
    """The keyset has no such key; or has it no more, since the row was read."""


def once_more(read: Callable[[], T]) -> T:
    """What a reading gives. Done again when a key was retired between its row and its keyset: by then the row
    is sealed by another key."""
    try:
        return read()
    except _NoSuchKey:
        return read()


@dataclass(frozen=True, slots=True)
class Held:
    """A keyset, opened. made: since when each of its keys is there, by number. version: the store's."""

    keyset: Keyset
    made: dict[int, str]
    version: int


class Vault:
    """The keysets of a store. kek: what wraps them."""

    def __init__(self, kek: Kek) -> None:
        self.kek = kek
        self._held: dict[str, Held] = {}

    def old_key(self) -> bytes:
        """The key of what was sealed before there were keysets. Raises ArtefactError where there is none."""
        key = self.kek.old_key
        if key is None:
            raise ArtefactError(
                "A value of an older Retinue is sealed by the workspace's key, which is not there.",
                where=str(self.kek.state or "no workspace"),
                fix="Restore the file .retinue/key from a backup.",
            )
        return key

    def decrypt(self, session: Session, purpose: str, ciphertext: bytes, bound: bytes) -> bytes:
        """What a keyset encrypted for the same associated data.

        Raises ArtefactError when the keyset cannot be opened, has no such key, or the bytes were altered.
        """
        key_id = key_of(ciphertext)
        held = self._held.get(purpose)
        if held is None or key_id not in held.keyset.ids:
            held = self.held(session, purpose)
        if held is None or key_id not in held.keyset.ids:
            raise _NoSuchKey(
                f"A value is sealed by a key that the keyset '{purpose}' does not have.",
                where=bound.decode(errors="replace"),
                fix="Restore the table keysets from the same backup as the rest of the store.",
            )
        return held.keyset.decrypt(ciphertext, bound)

    def writing(self, session: Session, purpose: str, *, now: datetime) -> Keyset:
        """The keyset to seal with, in a transaction of `Store.transaction`; made where there is none."""
        from retinue.store.keysets import standing_in

        version, primary = standing_in(session, purpose)
        held = self._held.get(purpose)
        # Both: what was read within a transaction that was undone has a number that comes again.
        if held is None or (held.version, held.keyset.primary) != (version, primary):
            held = self.held(session, purpose) if version else self._first(session, purpose, now)
        if held is None:
            raise ArtefactError("A keyset vanished.", where=purpose, fix="Restore the store from a backup.")
        return held.keyset

    def held(self, session: Session, purpose: str) -> Held | None:
        """A keyset as it stands in the store now; None where there is none yet.

        Raises ArtefactError when it is wrapped by another key, or cannot be opened.
        """
        from retinue.store.keysets import wrapped_in

        copies = wrapped_in(session, purpose)
        if not copies:
            return None
        for copy in copies:
            if copy.kek == self.kek.id:
                return self._keep(copy, Keyset.unwrap(copy.wrapped, self.kek, purpose))
        raise wrapped_by_another(f"The keyset '{purpose}'", [copy.kek for copy in copies], self.kek)

    def replace(
        self,
        session: Session,
        purpose: str,
        keyset: Keyset,
        made: dict[int, str],
        action: str,
        *,
        key_id: int,
        now: datetime,
    ) -> None:
        """Keep a changed keyset; this process uses it once the transaction is kept."""
        from retinue.store.keysets import Wrapped, keep_keyset_in, standing_in

        text = keyset.wrap(self.kek, purpose)
        version = standing_in(session, purpose)[0] + 1
        kept = Wrapped(purpose, self.kek.id, text, made, version, keyset.primary)
        keep_keyset_in(session, kept, action, now=now, key_id=key_id)

    def _first(self, session: Session, purpose: str, now: datetime) -> Held:
        keyset = Keyset.new()
        made = {keyset.primary: stamp(now)}
        self.replace(session, purpose, keyset, made, "vault.made", key_id=keyset.primary, now=now)
        return Held(keyset, made, 1)  # not remembered: the transaction may be undone

    def _keep(self, copy: Wrapped, keyset: Keyset) -> Held:
        held = self._held[copy.purpose] = Held(keyset, copy.made, copy.version)
        return held


def stamp(now: datetime) -> str:
    """A time as it is kept beside a key: UTC to the second."""
    return f"{naive(now).isoformat(timespec='seconds')}Z"
