"""Counter-based random numbers: every draw is a pure function of (seed, customer, stream, week).

There is no generator with a hidden position, so the order of drawing does not matter, a customer's draws
never depend on anybody else, and the same customer meets the same luck under every offer (common random
numbers). That is what couples the potential outcomes of one customer.

Source: the finaliser of SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number
generators*, 2014), used as a keyed hash in the manner of Salmon et al., *Parallel random numbers: as easy
as 1, 2, 3*, 2011.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

__all__ = ["Bools", "Draws", "Floats", "Ints", "Small", "Stream", "keys_for", "mix", "poisson"]

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_MASK = (1 << 64) - 1


class Stream(IntEnum):
    """What a draw is for. Numbers are part of the world's identity: they are only ever added."""

    ACCOUNT = 1
    COUNTRY = 2
    CHANNEL = 3
    INDUSTRY = 4
    SIZE = 5
    PLAN = 6
    BILLING = 7
    METHOD = 8
    PROFILE = 9
    SEATS = 10
    MEAN_HEALTH = 11
    FIRST_HEALTH = 12
    FRAILTY = 13
    HABIT = 14
    CARD = 15
    TICKET_HABIT = 16
    SIGNUP = 17
    CONTACT_CHANGE = 18
    CONSENT = 19
    WITHDRAWAL = 20
    NAME = 21
    TYPE = 22
    THRESHOLD = 26
    TASTE = 27
    PRICE_SENSITIVITY = 36
    FIRST_SLUMP = 37
    HEALTH = 40
    SLUMP = 41
    TICKET = 42
    TICKET_MOOD = 43
    PLAN_CHANGE = 44
    VOLUNTARY = 45
    DOWNGRADE = 46
    NOTICE = 47
    MOMENT = 48
    CARD_FAILURE = 49
    RETRY = 50
    REFUND = 51
    RESCIND = 52
    PILOT = 53
    PILOT_ARM = 54
    TICKET_DETAIL = 55
    TICKET_WORDS = 56
    TICKET_HOURS = 57
    LATE = 58
    TICKET_ISSUE = 59
    USE_COUNT = 60
    USE = 61
    CANCEL_PAGE = 62
    DOWNGRADE_REQUEST = 63
    DUPLICATE = 70
    DIRT = 71
    DIRT_KIND = 72


def mix(values: Bits) -> Bits:
    """Scramble 64-bit words so that each output bit depends on every input bit; a bijection.

    >>> [int(v) % 1000 for v in mix(np.arange(3, dtype=np.uint64))]
    [0, 789, 730]
    """
    z = values ^ (values >> np.uint64(30))
    z *= np.uint64(_FIRST)
    z ^= z >> np.uint64(27)
    z *= np.uint64(_SECOND)
    z ^= z >> np.uint64(31)
    return z


def mix_one(value: int) -> int:
    """`mix` for one Python integer."""
    z = value & _MASK
    z = ((z ^ (z >> 30)) * _FIRST) & _MASK
    z = ((z ^ (z >> 27)) * _SECOND) & _MASK
    return z ^ (z >> 31)


def keys_for(seed: int, numbers: Ints) -> Bits:
    """One key per customer number: whoever joins later changes nobody's key."""
    base = np.uint64(mix_one(seed + _GOLDEN))
    return mix(numbers.astype(np.uint64) * np.uint64(_GOLDEN) + base)


class Draws:
    """The draws of some customers (or rows), given by their keys.

    `salt` separates families of draws: 0 is what really happens, others are imagined futures.

    >>> draws = Draws(keys_for(7, np.arange(100_000)))
    >>> bool(abs(draws.uniform(Stream.HEALTH, 3).mean() - 0.5) < 0.005)
    True
    """

    def __init__(self, keys: Bits, salt: int = 0) -> None:
        self.keys = keys
        self.salt = salt

    def bits(self, stream: int, counter: int = 0) -> Bits:
        """64 random bits each."""
        word = mix_one((self.salt * 0x1000 + stream) * 0x100000000 + counter + _GOLDEN)
        return mix(self.keys ^ np.uint64(word))

    def uniform(self, stream: int, counter: int = 0) -> npt.NDArray[np.float64]:
        """Uniform in the open interval (0, 1)."""
        return unit(self.bits(stream, counter))

    def normal(self, stream: int, counter: int = 0) -> npt.NDArray[np.float64]:
        """Standard normal, by the inverse of its distribution function."""
        normal: npt.NDArray[np.float64] = ndtri(self.uniform(stream, counter))
        return normal

    def take(self, chosen: Ints | Bools) -> Draws:
        """The draws of some of them."""
        return Draws(self.keys[chosen], self.salt)


def unit(bits: Bits) -> npt.NDArray[np.float64]:
    """Bits as numbers in (0, 1): the upper 53 bits, half a step off either end."""
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def poisson(uniform: Floats, rate: Floats) -> npt.NDArray[np.int64]:
    """Poisson counts by inversion: one uniform, one count, so that more usage under one luck stays more.

    Above a rate of 40 the normal approximation with continuity correction is used (error of the distribution
    function below 0.02 there).

    >>> poisson(np.array([0.1, 0.5, 0.99]), np.array([1.0, 1.0, 1.0])).tolist()
    [0, 1, 4]
    """
    count = np.zeros(len(rate), dtype=np.int64)
    large = rate > 40.0
    if large.any():
        r = rate[large]
        count[large] = np.maximum(0, np.floor(r + np.sqrt(r) * ndtri(uniform[large]) + 0.5)).astype(np.int64)
    left = np.flatnonzero(~large)
    mass = np.exp(-rate[left])
    below = uniform[left] - mass
    k = 0
    while left.size:
        keep = below > 0
        left, mass, below = left[keep], mass[keep], below[keep]
        k += 1
        if k > 200:
            break
        count[left] = k
        mass = mass * rate[left] / k
        below = below - mass
    return count
