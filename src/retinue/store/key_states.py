"""How the keys of a store stand: which there are, how old, the rows each seals, and what is still to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.privacy.keys import PURPOSES
from retinue.store.keysets import wrapped_in
from retinue.store.resealing import in_old_form, rows_on, without_key

if TYPE_CHECKING:
    from retinue.store import Store

__all__ = ["KeyFigures", "KeyState", "VaultState", "key_figures", "vault_state"]


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key of a keyset. made: since when (UTC). rows: sealed by it; of `personal` customers' keys."""

    purpose: str
    key_id: int
    primary: bool
    made: str
    rows: int


@dataclass(frozen=True, slots=True)
class VaultState:
    """Every key, and what is left to do.

    kek: the id of the key-encrypting key that is given. keks: those that wrap the keysets. old_form: values
    sealed before there were keysets, by table. without_key: contacts whose customer's key is gone.
    """

    kek: str
    keks: list[str]
    keys: list[KeyState]
    old_form: dict[str, int]
    without_key: int

    @property
    def to_do(self) -> str:
        """What is not finished, with the command that finishes it; empty for nothing."""
        said = []
        if self.old_form:
            said.append(f"{sum(self.old_form.values()):,} values in the form of before")
        older = sum(not key.primary for key in self.keys)
        if older:
            rows = sum(key.rows for key in self.keys if not key.primary)
            said.append(f"{older} older keys with {rows:,} rows")
        words = f"{' and '.join(said)}: retinue vault reencrypt" if said else ""
        if len(self.keks) > 1:
            words += f"{'; ' if words else ''}wrapped by two keys: retinue vault forget-kek"
        return words

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "to_do": self.to_do}


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Of one purpose: the age of the key that seals, and how many rows older keys still seal."""

    purpose: str
    seconds: float
    behind: int


def key_figures(store: Store, now: datetime) -> list[KeyFigures]:
    """The figures as of now (aware UTC); no key is opened for them."""
    found = []
    with store.reading() as session:
        for kept in {one.purpose: one for one in wrapped_in(session)}.values():
            rows = rows_on(session, kept.purpose)
            made = datetime.fromisoformat(kept.made[kept.primary])
            behind = sum(rows.values()) - rows.get(kept.primary, 0)
            found.append(KeyFigures(kept.purpose, max(0.0, (now - made).total_seconds()), behind))
    return found


def vault_state(store: Store) -> VaultState:
    """How the keys stand. Raises ArtefactError or SettingsError when a keyset cannot be opened."""
    keys = []
    with store.reading() as session:
        for purpose in PURPOSES:
            held = store.vault.held(session, purpose)
            if held is None:
                continue
            rows = rows_on(session, purpose)
            keys += [
                KeyState(purpose, one, one == held.keyset.primary, held.made.get(one, ""), rows.get(one, 0))
                for one in held.keyset.ids
            ]
        keks = sorted({one.kek for one in wrapped_in(session)})
        # Where nothing is sealed the key may not be there yet, and asking for it would make it.
        kek = store.vault.kek.id if keks else store.vault.kek.source
        return VaultState(kek, keks, keys, in_old_form(session), without_key(session))
