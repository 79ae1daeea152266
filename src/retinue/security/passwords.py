"""Passwords are kept as Argon2id hashes, with the parameters of RFC 9106 for little memory."""

from __future__ import annotations

import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

from retinue.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["LONGEST", "SHORTEST", "hash_password", "is_right", "made_up"]

SHORTEST, LONGEST = 12, 1_000
"""Characters of a password."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""One check takes 64 MB; a crowd at the door must not take the memory of the service."""


def hash_password(password: str, *, name: str = "") -> str:
    """The hash to keep. Raises UsageError for a password that is too short, too long, or holds the name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"A password has {SHORTEST} to {LONGEST:,} characters.",
            where="password",
            fix="Four or five words that do not belong together are good.",
        )
    if name and name.lower() in password.lower():
        raise UsageError(
            "A password must not hold the name of its user.", where="password", fix="Take others."
        )
    with _AT_ONCE:
        return _hasher().hash(password)


def made_up(name: str) -> str:
    """A password for a user of this name: 24 random characters."""
    made = secrets.token_urlsafe(18)
    while name.lower() in made.lower():
        made = secrets.token_urlsafe(18)
    return made


def is_right(password: str, hashed: str | None) -> bool:
    """Whether a password fits a hash. None, for a user who is not there, takes as long and does not fit."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _hasher().verify(hashed or _nobody(), password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")
