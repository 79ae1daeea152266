"""Keys are replaced while everything goes on: a new one seals at once, what is older is sealed anew, and the
old one is taken out when nothing is left of it.

Every step is a transaction and follows from what stands in the store, so a rotation that was killed goes on
with `reencrypt`. Readers open both meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue import faults
from retinue.errors import StateError
from retinue.privacy.keys import PURPOSES, Kek
from retinue.store.keysets import Wrapped, drop_copies_in, keep_copy_in, wrapped_in
from retinue.store.resealing import STEPS, rows_on
from retinue.store.vault import stamp

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.store import Store

__all__ = ["Resealed", "forget_keks", "reencrypt", "retire", "rewrap", "rotate"]

AT_ONCE = 200
"""Rows of a transaction: other writers wait some hundredths of a second for it."""


@dataclass(slots=True)
class Resealed:
    """What became of rows on older keys. failed: those that cannot be opened, left as they are."""

    done: int = 0
    failed: list[str] = field(default_factory=list)
    retired: list[int] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; of what failed, the first ten."""
        return {
            "resealed": self.done,
            "failed": len(self.failed),
            "first_failed": self.failed[:10],
            "retired": self.retired,
        }


def rotate(store: Store, *, now: datetime) -> dict[str, int]:
    """Seal with new keys from now on; their numbers by purpose. now: aware UTC.

    Raises StateError while the key-encrypting key is being replaced, ArtefactError when a keyset cannot be
    opened.
    """
    made: dict[str, int] = {}
    with store.transaction() as session:
        _one_copy(session)
        for purpose in PURPOSES:
            held = store.vault.held(session, purpose)
            if held is None:
                made[purpose] = store.vault.writing(session, purpose, now=now).primary
                continue
            keyset = held.keyset.rotated()
            since = {**held.made, keyset.primary: stamp(now)}
            store.vault.replace(
                session, purpose, keyset, since, "vault.rotated", key_id=keyset.primary, now=now
            )
            made[purpose] = keyset.primary
        faults.point("vault.rotating")
    faults.point("vault.rotated")
    return made


def reencrypt(store: Store, *, now: datetime, at_once: int = AT_ONCE) -> Resealed:
    """Seal anew what is under an older key, or in the form of before keysets, `at_once` rows a transaction.

    What cannot be opened is left and named; the others go on. Raises as `rotate` when a keyset cannot be
    opened.
    """
    total = Resealed()
    for step in STEPS:
        last = ""
        while True:
            with store.transaction() as session:
                part = step(session, store.vault, after=last, limit=at_once, now=now)
                faults.point("vault.resealing")
            faults.point("vault.resealed")
            total.done += part.done
            total.failed += part.failed
            if part.last is None:
                break
            last = part.last
    return total


def retire(store: Store, *, now: datetime) -> list[int]:
    """Take out every older key that nothing is sealed by, counted in the same transaction; their numbers."""
    gone: list[int] = []
    with store.transaction() as session:
        for purpose in PURPOSES:
            held = store.vault.held(session, purpose)
            if held is None:
                continue
            rows = rows_on(session, purpose)
            for key_id in held.keyset.ids:
                if key_id == held.keyset.primary or rows.get(key_id, 0):
                    continue
                _one_copy(session)
                keyset = held.keyset.without(key_id)
                since = {one: at for one, at in held.made.items() if one != key_id}
                store.vault.replace(session, purpose, keyset, since, "vault.retired", key_id=key_id, now=now)
                held = store.vault.held(session, purpose) or held
                gone.append(key_id)
        faults.point("vault.retiring")
    return gone


def rewrap(store: Store, kek: Kek, *, now: datetime) -> int:
    """Wrap each keyset by one more key-encrypting key, beside the present one; how many keysets.

    From then on the store opens with either, so that processes can be given the new one in turn;
    `forget_keks` ends that.
    """
    with store.transaction() as session:
        count = 0
        for purpose in PURPOSES:
            held = store.vault.held(session, purpose)
            if held is None or kek.id == store.vault.kek.id:
                continue
            text = held.keyset.wrap(kek, purpose)
            kept = Wrapped(purpose, kek.id, text, held.made, held.version, held.keyset.primary)
            keep_copy_in(session, kept, now=now)
            count += 1
        faults.point("vault.rewrapping")
        return count


def forget_keks(store: Store) -> list[str]:
    """Let only the present key-encrypting key open the keysets; the ids of those that do no more.

    Raises ArtefactError when the present one does not open all of them: nothing is dropped then.
    """
    with store.transaction() as session:
        for purpose in PURPOSES:
            store.vault.held(session, purpose)
        return drop_copies_in(session, store.vault.kek.id)


def _one_copy(session: Session) -> None:
    keks = sorted({one.kek for one in wrapped_in(session)})
    if len(keks) > 1:
        raise StateError(
            f"The key-encrypting key is being replaced: keysets are wrapped by {' and '.join(keks)}.",
            where="store, table keysets",
            fix="Give every process the new key, then: retinue vault forget-kek",
        )
