"""The conformance check of channels finds what is wrong: one deliberately wrong channel for each promise."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from retinue.channels.answers import Answer, raise_for_status
from retinue.channels.base import (
    Capabilities,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Response,
    Sent,
    TryLater,
    Unsure,
)
from retinue.channels.calls import Caller, Limits
from retinue.channels.standard_webhooks import sign, signing_key, verify
from retinue.testing import SignedCallback, check_channel
from retinue.testing.doubles import FAULTS, Running, start

KEYS = [signing_key("whsec_" + base64.b64encode(bytes([n]) * 32).decode()) for n in (1, 2, 3)]
SECRET = "sk_live_77"  # noqa: S105 - no real one


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with start("provider") as running:
        yield running


class Right:
    """A channel that keeps every promise; each mutant below breaks one."""

    name = "right"
    capabilities = Capabilities("message", needs="email", honours_keys=True, looks_up=True)

    def __init__(self, url: str) -> None:
        self.url = url
        self.caller = Caller("Right", url, limits=Limits(1, 0.2, 1.0))

    def __repr__(self) -> str:
        return "Right()"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> Right:
        return cls(raw["url"])

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        if contact.email is None:
            raise Refused("the customer has no e-mail address")
        return Prepared(contact.email, {"to": contact.email, "text": message.text if message else ""})

    def send(self, prepared: Prepared, key: str) -> Sent:
        return self.read(self.call(prepared, key))

    def call(self, prepared: Prepared, key: str) -> Answer:
        return self.caller.post("/", json=prepared.body, headers={"webhook-id": key})

    def read(self, answer: Answer) -> Sent:
        raise_for_status(answer)
        answer.object()
        return Sent("r1")

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        try:
            told = self.caller.get("/_effects").object()
        except TryLater:
            raise Unsure("Right cannot be asked") from None
        return Sent("r1") if key in [effect["key"] for effect in told["effects"]] else None

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        name = verify(KEYS[:2], headers, body, now)
        return [Response(name, "delivered", datetime.now(UTC), delivery_id=json.loads(body)["id"])]

    def close(self) -> None:
        self.caller.close()


class Callback:
    dated = True
    rotates = True

    def __call__(self, delivery_id: str, at: datetime, *, secret: int) -> SignedCallback:
        body, stamp = json.dumps({"id": delivery_id}).encode(), int(at.timestamp())
        signature = sign([KEYS[secret]], "m1", stamp, body)
        headers = {"webhook-id": "m1", "webhook-timestamp": str(stamp), "webhook-signature": signature}
        return SignedCallback(headers, body)


def test_a_channel_that_keeps_every_promise_passes(provider: Running) -> None:
    check_channel(Right, provider, secrets=(SECRET,), callback=Callback())


COUNT = itertools.count()
MUTANTS: dict[str, tuple[str, Callable[..., Any]]] = {}


def breaks(words: str, **attributes: Any) -> Callable[[Any], Any]:
    """A mutant whose method of the function's name is the function; the check must say `words`."""

    def keep(function: Any) -> Any:
        method = function.__name__.partition("__")[0] or function.__name__
        MUTANTS[function.__name__] = (words, type("Mutant", (Right,), {method: function, **attributes}))
        return function

    return keep


@breaks("lacks something", read_callback=None)
def close__no_callbacks_at_all(self: Right) -> None: ...


MUTANTS["kind"] = (
    "there is no kind",
    type("Mutant", (Right,), {"capabilities": Capabilities("letter")}),  # type: ignore[arg-type]
)
MUTANTS["needs"] = (
    "a contact has no",
    type("Mutant", (Right,), {"capabilities": replace(Right.capabilities, needs="fax")}),
)


@breaks("in a fault, a repr")
def __repr__(self: Right) -> str:
    return f"Right({SECRET})"


@breaks("another request for the same arguments")
def prepare__counts(self: Right, order: Order, contact: Contact, message: Message | None) -> Prepared:
    made = Right.prepare(self, order, contact, message)
    return Prepared(made.recipient, {**made.body, "n": next(COUNT)})


@breaks("not plain JSON")
def prepare__keeps_a_time(self: Right, order: Order, contact: Contact, message: Message | None) -> Prepared:
    return Prepared(str(contact.email), {"at": order.planned_at})


@breaks("not plain JSON")
def prepare__keeps_a_tuple(self: Right, order: Order, contact: Contact, message: Message | None) -> Prepared:
    return Prepared(str(contact.email), {"to": (contact.email,)})


@breaks("recipient is empty")
def prepare__to_nobody(self: Right, order: Order, contact: Contact, message: Message | None) -> Prepared:
    return Prepared("", {})


@breaks("does not refuse a customer without email")
def prepare__to_anybody(self: Right, order: Order, contact: Contact, message: Message | None) -> Prepared:
    return Prepared(contact.email or "nobody", {})


@breaks("in a fault, a repr")
def prepare__names_them(self: Right, order: Order, contact: Contact, message: Message | None) -> Prepared:
    if contact.email is None:
        raise Refused(f"{contact.name} has no e-mail address")
    return Right.prepare(self, order, contact, message)


@breaks("prepare talks to somebody")
def prepare__talks(self: Right, order: Order, contact: Contact, message: Message | None) -> Prepared:
    self.caller.get("/ping")
    return Right.prepare(self, order, contact, message)


@breaks("a send that goes well gives")
def send__always_unsure(self: Right, prepared: Prepared, key: str) -> Sent:
    raise Unsure("who knows")


@breaks("one send has not exactly one effect")
def send__does_nothing(self: Right, prepared: Prepared, key: str) -> Sent:
    return Sent()


@breaks("another key is not another effect")
def send__with_one_key_for_all(self: Right, prepared: Prepared, key: str) -> Sent:
    return Right.send(self, prepared, "always")


@breaks("a refused connection is told as")
def send__connection_refused_is_unsure(self: Right, prepared: Prepared, key: str) -> Sent:
    try:
        return Right.send(self, prepared, key)
    except TryLater as fault:
        if "reached" in fault.reason:
            raise Unsure("?") from None
        raise


@breaks("send tries once")
def send__tries_again_by_itself(self: Right, prepared: Prepared, key: str) -> Sent:
    try:
        return Right.send(self, prepared, key)
    except Unsure:
        return Right.send(self, prepared, key + "-again")


@breaks("error_after: it was done, and is told as TryLater")
def send__5xx_is_try_later(self: Right, prepared: Prepared, key: str) -> Sent:
    answer = self.call(prepared, key)
    if answer.status >= 500:
        raise TryLater("later")
    return self.read(answer)


@breaks("lost_answer: it was done, and is told as Refused")
def send__lost_answer_is_refused(self: Right, prepared: Prepared, key: str) -> Sent:
    answer = None
    try:
        answer = self.call(prepared, key)
    except Unsure:
        if key in [e["key"] for e in self.caller.get("/_effects").object()["effects"]]:
            raise Refused("no") from None
        raise
    return self.read(answer)


@breaks("slow: it was done, and is told as TryLater")
def send__impatience_is_try_later(self: Right, prepared: Prepared, key: str) -> Sent:
    try:
        return Right.send(self, prepared, key)
    except Unsure as fault:
        if "in time" in fault.reason:
            raise TryLater("later") from None
        raise


@breaks("error_before: nothing was done, and is told as Sent")
def send__status_is_not_read(self: Right, prepared: Prepared, key: str) -> Sent:
    answer = self.call(prepared, key)
    if answer.status < 500:
        return self.read(answer)
    return Sent()


@breaks("throttled is told as Refused")
def send__429_is_refused(self: Right, prepared: Prepared, key: str) -> Sent:
    answer = self.call(prepared, key)
    if answer.status == 429:
        raise Refused("too many")
    return self.read(answer)


@breaks("the wait that is asked for")
def send__wait_is_not_read(self: Right, prepared: Prepared, key: str) -> Sent:
    try:
        return Right.send(self, prepared, key)
    except TryLater as fault:
        raise TryLater(fault.reason) from None


@breaks("unauthorised is told as Refused")
def send__401_is_refused(self: Right, prepared: Prepared, key: str) -> Sent:
    answer = self.call(prepared, key)
    if answer.status == 401:
        raise Refused("no")
    return self.read(answer)


@breaks("invalid is told as TryLater")
def send__400_is_try_later(self: Right, prepared: Prepared, key: str) -> Sent:
    answer = self.call(prepared, key)
    if answer.status == 400:
        raise TryLater("later")
    return self.read(answer)


@breaks("error_before is told as ChannelDown")
def send__500_is_down(self: Right, prepared: Prepared, key: str) -> Sent:
    from retinue.channels.base import ChannelDown

    answer = self.call(prepared, key)
    if answer.status == 500:
        raise ChannelDown("down")
    return self.read(answer)


@breaks("in a fault, a repr")
def send__repeats_the_answer(self: Right, prepared: Prepared, key: str) -> Sent:
    answer = self.call(prepared, key)
    if answer.status == 400:
        raise Refused(answer.body.decode())
    return self.read(answer)


@breaks("in a fault, a repr")
def send__chains_what_it_knows(self: Right, prepared: Prepared, key: str) -> Sent:
    try:
        return Right.send(self, prepared, key)
    except Unsure as fault:
        raise fault from ValueError(SECRET)


@breaks("raises UnicodeDecodeError, which is no ChannelFault")
def read__malformed_body_crashes(self: Right, answer: Answer) -> Sent:
    raise_for_status(answer)
    answer.body.decode()
    return Sent()


@breaks("a key that is sent twice has its effect twice")
def send__with_a_fresh_key(self: Right, prepared: Prepared, key: str) -> Sent:
    return Right.send(self, prepared, f"{key}-{next(COUNT)}")


@breaks("a key sent again gives")
def read__a_replay_is_refused(self: Right, answer: Answer) -> Sent:
    if "idempotent-replayed" in answer.headers:
        raise Refused("done before")
    return Right.read(self, answer)


@breaks("look_up of what was never sent gives")
def look_up__always_there(self: Right, prepared: Prepared, key: str) -> Sent | None:
    Right.look_up(self, prepared, key)
    return Sent()


@breaks("lost_answer: look_up gives None")
def look_up__never_there(self: Right, prepared: Prepared, key: str) -> Sent | None:
    Right.look_up(self, prepared, key)
    return None


@breaks("a look-up that reaches nobody gives None")
def look_up__unreachable_is_not_done(self: Right, prepared: Prepared, key: str) -> Sent | None:
    try:
        return Right.look_up(self, prepared, key)
    except Unsure:
        return None


@breaks("yet look_up gives", capabilities=replace(Right.capabilities, looks_up=False))
def look_up__without_saying_so(self: Right, prepared: Prepared, key: str) -> Sent | None:
    return Right.look_up(self, prepared, key)


def _callback(change: Callable[[Mapping[str, str], bytes, datetime], Sequence[Response]]) -> Any:
    def read_callback(
        self: Right, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        return change(headers, body, now)

    return type("Mutant", (Right,), {"read_callback": read_callback})


def _news(name: str = "m1") -> list[Response]:
    return [Response(name, "delivered", datetime.now(UTC), delivery_id="DLV_check_1")]


def _verified(
    keys: list[bytes], change: Callable[[Mapping[str, str], datetime], datetime] | None = None
) -> Any:
    def read(headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Response]:
        verify(keys, headers, body, change(headers, now) if change else now)
        return _news()

    return read


def _sent_at(headers: Mapping[str, str], now: datetime) -> datetime:
    return datetime.fromtimestamp(int(headers.get("webhook-timestamp", "0")), UTC)


MUTANTS["callback: not verified"] = ("is believed, an altered one", _callback(lambda h, b, n: _news()))
MUTANTS["callback: nothing told"] = (
    "tells nothing",
    _callback(lambda h, b, n: _news()[len(verify(KEYS[:2], h, b, n)) :]),
)
MUTANTS["callback: other ids"] = (
    "it would count twice",
    _callback(lambda h, b, n: _news(f"m{next(COUNT)}") if verify(KEYS[:2], h, b, n) else []),
)
MUTANTS["callback: any age"] = ("an hour away", _callback(_verified(KEYS[:2], _sent_at)))
MUTANTS["callback: one secret"] = ("refused, one signed by its second secret", _callback(_verified(KEYS[:1])))
MUTANTS["callback: any secret"] = ("one of another secret", _callback(_verified(KEYS)))
MUTANTS["callback: body stripped"] = (
    "one that was written anew",
    _callback(lambda h, b, n: _news() if verify(KEYS[:2], h, b.strip(), n) else []),
)
MUTANTS["callback: crashes"] = (
    "one without a signature raises KeyError",
    _callback(lambda h, b, n: _news() if h["webhook-id"] and verify(KEYS[:2], h, b, n) else []),
)
MUTANTS["callback: about nobody"] = (
    "which delivery it is about",
    _callback(lambda h, b, n: [Response("m1", "delivered", n)] if verify(KEYS[:2], h, b, n) else []),
)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_channel_is_found(provider: Running, name: str) -> None:
    words, mutant = MUTANTS[name]
    # The slow answer, which costs a wait each time, only where it is the point.
    faults = [fault for fault in FAULTS if fault in words] or [f for f in FAULTS if f != "slow"]
    if name.startswith("callback"):
        faults = []
    with pytest.raises(AssertionError) as caught:
        check_channel(mutant, provider, faults=faults, secrets=(SECRET,), callback=Callback())
    assert words in str(caught.value)


def test_a_channel_that_says_it_honours_keys_is_held_to_it(provider: Running) -> None:
    provider.set(mode="ignore-keys")
    with pytest.raises(AssertionError, match="effect twice"):
        check_channel(Right, provider, faults=[], callback=Callback())
    provider.set(mode="honour-keys")


def test_a_channel_without_callbacks_must_refuse_all(provider: Running) -> None:
    wrong = _callback(lambda h, b, n: [])
    with pytest.raises(AssertionError, match="without callbacks"):
        check_channel(wrong, provider, faults=[])
