"""The keys that sign Retinue's own tokens: ES256, replaced by age, published as a JWKS.

A key that was replaced checks for another day, so that whatever it signed lives out its time. Its private
half is sealed by the store's keyset `signing`.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.security.web_token import public_key
from retinue.store.accounts import naive

if TYPE_CHECKING:
    from joserfc.jwk import Key

    from retinue.store import Store
    from retinue.store.signing_keys import SigningKeyRecord

__all__ = ["ALGORITHM", "SigningKeys"]

ALGORITHM = "ES256"
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CHECKS_ON = timedelta(days=1)


class SigningKeys:
    """The keys of a store. days: age at which a key is replaced."""

    def __init__(self, store: Store, *, days: float) -> None:
        self._store, self._age = store, timedelta(days=days)
        self._private: dict[str, Key] = {}
        self._public: dict[str, Key] = {}
        self._lock = threading.Lock()

    def sign(self, claims: dict[str, Any], kind: str, now: datetime) -> str:
        """A token with these claims and this `typ`. now: aware UTC."""
        from joserfc import jwt

        key = self._signing(now)
        header = {"alg": ALGORITHM, "typ": kind, "kid": str(key.kid)}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

    def published(self, now: datetime) -> list[dict[str, Any]]:
        """The public keys whose signatures count, as JWKs; one is made where there is none."""
        from retinue.store.signing_keys import signing_keys_in

        self._signing(now)
        with self._store.reading() as session:
            return [record.public for record in signing_keys_in(session, now)]

    def key(self, kid: str, now: datetime) -> Key | None:
        """The public key of an id whose signatures count; None otherwise."""
        from retinue.store.signing_keys import signing_key_in

        if _KID.fullmatch(kid) is None:  # not proven yet: a database may refuse to even look for it
            return None
        with self._store.reading() as session:
            record = signing_key_in(session, kid, now)
        if record is None:
            return None
        if kid not in self._public:
            made = public_key(record.public)
            if made is not None:
                self._public[kid] = made
        return self._public.get(kid)

    def rotate(self, now: datetime, *, at_once: bool = False) -> str:
        """Sign with a new key from now on; its id. at_once: what the old ones signed counts no more."""
        from retinue.store.signing_keys import retire_in

        with self._store.transaction() as session:
            retire_in(session, now if at_once else now + _CHECKS_ON)
            return self._make(session, now).kid

    def _signing(self, now: datetime) -> Key:
        from retinue.store.signing_keys import retire_in, signing_keys_in

        with self._lock:
            with self._store.reading() as session:
                record = self._fresh(signing_keys_in(session, now), now)
            if record is None:
                with self._store.transaction() as session:
                    record = self._fresh(signing_keys_in(session, now), now)  # somebody else may have
                    if record is None:
                        retire_in(session, now + _CHECKS_ON)
                        record = self._make(session, now)
            return self._opened(record)

    def _fresh(self, found: list[SigningKeyRecord], now: datetime) -> SigningKeyRecord | None:
        newest = found[0] if found and found[0].ends_at is None else None
        return newest if newest is not None and naive(now) - newest.created_at < self._age else None

    def _make(self, session: Any, now: datetime) -> SigningKeyRecord:
        from joserfc.jwk import ECKey

        from retinue.store.signing_keys import add_signing_key

        made = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        kid = str(made.kid)
        private = json.dumps(made.as_dict(private=True)).encode()
        public = dict(made.as_dict(private=False))
        return add_signing_key(session, kid, public, private, self._store.vault, now=now)

    def _opened(self, record: SigningKeyRecord) -> Key:
        from joserfc.jwk import ECKey

        from retinue.store.signing_keys import private_in

        if record.kid not in self._private:
            with self._store.reading() as session:
                text = private_in(session, record.kid, self._store.vault)
            self._private[record.kid] = ECKey.import_key(json.loads(text))
        return self._private[record.kid]
