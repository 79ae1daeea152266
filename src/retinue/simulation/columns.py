"""How the world's numbers become Arrow columns: ids, words, times, and when each fact was learned."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from retinue.simulation.streams import Draws, Ints, Stream, keys_for, mix

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.simulation.world import World

__all__ = ["Batch", "choice", "customer_ids", "ids_of", "learned", "marks", "numbered", "recording", "times"]


class Batch(NamedTuple):
    """Some rows and, for each, 64 bits that identify it: they decide whether dirt falls on it."""

    table: pa.Table
    marks: npt.NDArray[np.uint64]


def customer_ids(world: World) -> pa.Array:
    """`C` and at least six digits for each customer."""
    count = len(world.people)
    return numbered("C", world.people.number, max(6, len(str(count))))


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Ids of one width, built as bytes at once: `prefix` and the zero-padded number.

    >>> numbered("T", np.array([7, 12]), 4).to_pylist()
    ['T0007', 'T0012']
    """
    import pyarrow as pa

    groups = -(-width // 4)
    digits = np.empty((len(numbers), groups * 4), dtype=np.uint8)
    rest = numbers
    lookup = _four_digits()
    for group in range(groups - 1, -1, -1):
        rest, part = np.divmod(rest, 10_000)
        digits[:, group * 4 : group * 4 + 4] = lookup[part]
    head = np.frombuffer(prefix.encode(), dtype=np.uint8)
    size = len(head) + width
    text = np.empty((len(numbers), size), dtype=np.uint8)
    text[:, : len(head)] = head
    text[:, len(head) :] = digits[:, groups * 4 - width :]
    offsets = np.arange(len(numbers) + 1, dtype=np.int64) * size
    if offsets[-1] < 2**31:
        return pa.StringArray.from_buffers(
            len(numbers), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(text.ravel())
        )
    return pa.LargeStringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text.ravel()))


@lru_cache(maxsize=1)
def _four_digits() -> npt.NDArray[np.uint8]:
    n = np.arange(10_000)
    return np.stack([n // 1000, n // 100 % 10, n // 10 % 10, n % 10], axis=1).astype(np.uint8) + np.uint8(48)


def choice(names: tuple[str | None, ...], codes: npt.NDArray[Any]) -> pa.Array:
    """Codes as text."""
    import pyarrow as pa

    return pa.array(names, pa.string()).take(pa.array(codes))


def times(second: Ints, *, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    import pyarrow as pa

    return pa.array(second, pa.int64(), mask=missing).cast(pa.timestamp("s"))


def learned(
    columns: dict[str, npt.NDArray[Any]], recorded: Ints, after: int | None, last: int
) -> npt.NDArray[np.int64]:
    """Positions of the facts learned in the interval, in order of happening."""
    wanted = recorded <= last
    if after is not None:
        wanted &= recorded > after
    chosen = np.flatnonzero(wanted)
    return chosen[np.argsort(columns["at"][chosen], kind="stable")]


def recording(world: World, number: Ints, at: Ints, days: int) -> Ints:
    """When a fact is recorded: within two minutes, or for a small share 1 to `days` days later."""
    draws = Draws(keys_for(world.seed, number))
    bits = draws.bits(Stream.LATE)
    lag = (bits & np.uint64(0x7F)).astype(np.int64)
    late = draws.uniform(Stream.LATE, 1) < world.laws.late
    lag[late] = 86_400 + (bits[late] >> np.uint64(20)).astype(np.int64) % ((days - 1) * 86_400)
    return at + lag


def marks(number: Ints, recorded: Ints | None = None) -> npt.NDArray[np.uint64]:
    bits = mix(number.astype(np.uint64))
    return bits if recorded is None else mix(bits ^ recorded.astype(np.uint64))


def ids_of(world: World, who: npt.NDArray[Any]) -> pa.Array:
    import pyarrow as pa

    return customer_ids(world).take(pa.array(who))
