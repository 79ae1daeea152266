"""Personal data never enters the warehouse as it is: it is replaced by a token on the way in.

A token is `tok_` and 32 hexadecimal digits of HMAC-SHA256 over the normalised value, keyed by the
workspace's own key. The same value always gives the same token, so that people can still be counted,
joined and recognised; without the key a token cannot be guessed back, not even from a list of all
e-mail addresses. Normalised means: Unicode NFC, stripped, and in lower case when it holds an `@`.
"""

from __future__ import annotations

import hmac
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.errors import ArtefactError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "KEY_FILE",
    "TOKEN",
    "looks_personal",
    "personal_of",
    "tokenise",
    "tokenise_array",
    "tokenise_many",
    "workspace_key",
]

KEY_FILE = "key"
KEY_BYTES = 32
TOKEN = re.compile(r"tok_[0-9a-f]{32}")
"""What a token looks like. A value that already is one stays as it is."""

_PERSONAL_WORDS = re.compile(
    r"(^|_)(e?mail|phone|mobile|telephone|fax|(first|last|full|middle|sur|maiden|contact)_?name|surname|street|"
    r"address|postcode|zip|zip_code|birth|birthday|birth_date|date_of_birth|dob|ssn|passport|iban|card_number|"
    r"ip|ip_address)($|_)"
)


def workspace_key(state: Path) -> bytes:
    """The workspace's key (32 bytes), made with `os.urandom` on first use and readable by its owner only.

    `state` is the `.retinue` folder. Losing the key makes every token a new one, so it belongs in a backup.

    Raises ArtefactError when the file is there but is not a key.
    """
    file = state / KEY_FILE
    state.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(os.urandom(KEY_BYTES).hex().encode())
            handle.flush()
            os.fsync(handle.fileno())
    text = file.read_bytes().strip()
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ArtefactError(
            "The workspace key is damaged.",
            where=str(file),
            fix="Restore it from a backup. A new key would give every person a new token.",
        )
    return key


def tokenise(value: str | None, key: bytes) -> str | None:
    """The token of one value; null and empty stay null, a token stays itself.

    >>> tokenise(" Ada@Example.ORG ", b"k") == tokenise("ada@example.org", b"k")
    True
    >>> tokenise(None, b"k") is None
    True
    """
    if value is None:
        return None
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        return None
    if TOKEN.fullmatch(text):
        return text
    if "@" in text:
        text = text.lower()
    return "tok_" + hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


def tokenise_many(values: Iterable[str | None], key: bytes) -> list[str | None]:
    """Tokens in the order of the values; each distinct value is hashed once.

    >>> tokenise_many(["a", None, "a"], b"k")[1] is None
    True
    """
    known: dict[str | None, str | None] = {}
    out: list[str | None] = []
    for value in values:
        if value not in known:
            known[value] = tokenise(value, key)
        out.append(known[value])
    return out


def tokenise_array(values: pa.Array | pa.ChunkedArray, key: bytes) -> pa.Array:
    """As `tokenise_many`, for an Arrow column of strings."""
    import pyarrow as pa

    return pa.array(tokenise_many(values.to_pylist(), key), pa.string())


def looks_personal(column: str) -> bool:
    """Whether a column that no mapping uses has a name that suggests personal data.

    Used only for what is kept of a rejected row: better one value too many hidden than one too few.

    >>> looks_personal("Email"), looks_personal("firstName"), looks_personal("amount")
    (True, True, False)
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    return _PERSONAL_WORDS.search(re.sub(r"[^a-z0-9]+", "_", words.lower())) is not None


def personal_of(columns: Sequence[str], declared: Iterable[str]) -> tuple[str, ...]:
    """Those of `columns` that are declared personal or look it."""
    known = set(declared)
    return tuple(c for c in columns if c in known or looks_personal(c))
