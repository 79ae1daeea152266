"""The part of the channels' conformance check that is about callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from retinue.channels.base import BadCallback, Channel, Response

__all__ = ["CallbackMaker", "SignedCallback", "check_callbacks"]

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SignedCallback:
    """A call as the vendor makes it. `headers`: names in lower case."""

    headers: Mapping[str, str]
    body: bytes
    url: str = "https://retinue.example/callbacks"


class CallbackMaker(Protocol):
    """Makes a callback that tells good or bad news of a delivery, signed as the vendor signs.

    dated: whether the signature holds a time, so that an old call can be told.
    rotates: whether a second secret is in force in the channel.
    """

    dated: bool
    rotates: bool

    def __call__(self, delivery_id: str, at: datetime, *, secret: int) -> SignedCallback:
        """At a time, with the channel's first secret (0), its second one (1), or none of its (2)."""


def check_callbacks(
    channel: Channel, make: CallbackMaker | None, silent_about: Callable[[object], None]
) -> None:
    """AssertionError when a callback is believed that must not be, or the other way round."""
    if make is None:
        for body in (b"", b"{}", b"[]", b"a=b", b"\xff"):
            _refused(
                channel, SignedCallback({}, body), NOW, "one of a channel without callbacks", silent_about
            )
        return
    good = make("DLV_check_1", NOW, secret=0)
    first = _read(channel, good, NOW)
    _expect(first, "a callback that is signed rightly tells nothing")
    for response in first:
        named = response.delivery_id == "DLV_check_1" or response.reference or response.recipient
        _expect(named, "a response does not say which delivery it is about")
        _expect(response.at.tzinfo is not None, "a response's time has no zone")
        _expect(response.response_id, "a response has no id")
    ids = [response.response_id for response in first]
    again = [response.response_id for response in _read(channel, good, NOW)]
    _expect(ids == again, "the same callback twice gives other ids, so that it would count twice")

    middle = len(good.body) // 2
    flipped = good.body[:middle] + bytes([good.body[middle] ^ 1]) + good.body[middle + 1 :]
    wrong = {
        "an altered one": replace(good, body=flipped),
        "one that was written anew": replace(good, body=good.body + b" "),
        "one without a signature": replace(good, headers={}),
        "one of another secret": make("DLV_check_1", NOW, secret=2),
    }
    for header, value in good.headers.items():
        if "signature" in header:
            letter = "A" if value[-5:-4] != "A" else "B"
            bent = {**good.headers, header: value[:-5] + letter + value[-4:]}
            wrong["one with an altered signature"] = replace(good, headers=bent)
            wrong["one with a strange signature"] = replace(good, headers={**good.headers, header: "é,,= v1"})
    for words, altered in wrong.items():
        _refused(channel, altered, NOW, words, silent_about)
    if make.rotates:
        _read(channel, make("DLV_check_1", NOW, secret=1), NOW, "one signed by its second secret")
    if make.dated:
        for hours in (-1, 1):
            now = NOW + timedelta(hours=hours)
            _refused(channel, good, now, "one whose time is an hour away", silent_about)


def _read(
    channel: Channel, made: SignedCallback, now: datetime, words: str = "one signed rightly"
) -> list[Response]:
    try:
        return list(channel.read_callback(made.headers, made.body, url=made.url, now=now))
    except BadCallback as fault:
        reason = fault.reason
    raise AssertionError(f"This channel breaks a promise: a callback is refused, {words}: {reason}.")


def _refused(
    channel: Channel, made: SignedCallback, now: datetime, words: str, silent_about: Callable[[object], None]
) -> None:
    try:
        channel.read_callback(made.headers, made.body, url=made.url, now=now)
    except BadCallback as fault:
        silent_about(fault)
        return
    except Exception as error:
        kind = type(error).__name__
        raise AssertionError(f"This channel breaks a promise: {words} raises {kind}.") from None
    raise AssertionError(f"This channel breaks a promise: a callback is believed, {words}.")


def _expect(kept: object, promise: str) -> None:
    if not kept:
        raise AssertionError(f"This channel breaks a promise: {promise}.")
