"""Random numbers that follow from a key: the same in any order, on any machine, on any day.

A uniform number in [0, 1) is the first 53 bits of SHA-256 over salt, a zero byte and the key. It needs no
generator state, so one customer's draw can be repeated without the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["uniforms"]


def uniforms(salt: str, keys: Iterable[str]) -> NDArray[np.float64]:
    """One uniform number in [0, 1) per key, in the order of the keys.

    >>> a = uniforms("any-salt", ["C1", "C2"])
    >>> b = uniforms("any-salt", ["C2"])
    >>> bool(a[1] == b[0]), bool((a < 1).all())
    (True, True)
    """
    start = hashlib.sha256(salt.encode("utf-8") + b"\0")
    heads = []
    for key in keys:
        digest = start.copy()
        digest.update(key.encode("utf-8", "surrogatepass"))
        heads.append(digest.digest()[:8])
    whole = np.frombuffer(b"".join(heads), dtype=">u8")
    return (whole >> np.uint64(11)).astype(np.float64) * 2.0**-53
