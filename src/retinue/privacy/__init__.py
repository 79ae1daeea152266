"""Personal data: replaced by tokens where facts are kept, sealed where an address is needed to act.

>>> from retinue.privacy import Place, seal, unseal
>>> key, place = bytes(32), Place("contacts", "sealed", "C1")
>>> unseal(seal(b"ada@example.org", key, place), key, place)
b'ada@example.org'
"""

from __future__ import annotations

from retinue.privacy.sealing import Place, seal, unseal
from retinue.privacy.tokens import (
    KEY_FILE,
    TOKEN,
    looks_personal,
    personal_of,
    tokenise,
    tokenise_array,
    tokenise_many,
    workspace_key,
)

__all__ = [
    "KEY_FILE",
    "TOKEN",
    "Place",
    "looks_personal",
    "personal_of",
    "seal",
    "tokenise",
    "tokenise_array",
    "tokenise_many",
    "unseal",
    "workspace_key",
]
