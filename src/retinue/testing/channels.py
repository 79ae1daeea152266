"""A conformance check for channels: call `check_channel` in the tests of your plugin."""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import get_args

from retinue.channels.base import (
    Channel,
    ChannelDown,
    ChannelFault,
    Contact,
    Kind,
    Message,
    Order,
    Prepared,
    Refused,
    Sent,
    TryLater,
    Unsure,
)
from retinue.testing.callbacks import CallbackMaker, check_callbacks
from retinue.testing.doubles import Running
from retinue.testing.doubles.faults import DONE, FAULTS, Fault
from retinue.testing.orders import CONTACT, MESSAGE, ORDER
from retinue.testing.promises import expect, fault_of, outcome_of, without, words_of

__all__ = ["CONTACT", "MESSAGE", "ORDER", "Make", "check_channel"]

Make = Callable[[str], Channel]
"""Builds the channel towards an address, such as `http://127.0.0.1:8080`, with waits of about a second."""

_MUST_BE: dict[Fault, tuple[type[ChannelFault], ...]] = {
    "throttled": (TryLater,),
    "throttled_wait": (TryLater,),
    "error_before": (Unsure, TryLater),
    "dropped_before": (Unsure, TryLater),
    "failure_in_ok": (Refused, TryLater, ChannelDown, Unsure),
    "unauthorised": (ChannelDown,),
    "invalid": (Refused,),
}
"""How a fault that came before anything was done may be told."""

_WAIT = 7.0


def check_channel(
    make: Make,
    double: Running,
    *,
    order: Order = ORDER,
    contact: Contact = CONTACT,
    message: Message | None = MESSAGE,
    faults: Sequence[Fault] = FAULTS,
    names_wait: bool = True,
    vague: bool = False,
    secrets: Sequence[str] = (),
    callback: CallbackMaker | None = None,
) -> None:
    """Check that a channel keeps what `retinue.channels.Channel` promises; AssertionError says what not.

    Parameters
    ----------
    make: builds the channel afresh towards an address. Let it wait for about a second only.
    double: a double of the other end, from `retinue.testing.doubles.start`, that counts effects by itself.
    order, contact, message: something that this channel can carry.
    faults: which faults the double can inject; one that its vendor never shows passes by itself.
    names_wait: whether the vendor says how long to wait when it is asked too often.
    vague: what stands between the channel and the vendor hides why something failed, so that Unsure is right
        for any failure.
    secrets: the channel's passwords and keys, which no fault and no `repr` may show.
    callback: makes a signed callback; None when the channel has none.

    Checked: what it prepares is plain and the same each time, and talks to nobody; one send is one effect; a
    fault is never told as `Sent` when nothing was done, nor as surely not done when it was; `send` tries
    once; a key that is honoured has one effect after every kind of doubt; a look-up tells the truth;
    callbacks are believed only when signed; and nobody's data or secret is in any error.
    """
    check = _Check(make, double, order, contact, message, tuple(secrets), vague)
    check.capabilities()
    check.preparing()
    check.sending()
    check.nobody_there()
    for fault in faults:
        check.fault(fault, names_wait=names_wait)
    check.keys([fault for fault in faults if fault in DONE])
    check.looking_up()
    with check.channel() as channel:
        check_callbacks(channel, callback, check.silent_about)


@dataclasses.dataclass
class _Check:
    make: Make
    double: Running
    order: Order
    contact: Contact
    message: Message | None
    secrets: tuple[str, ...]
    vague: bool = False

    @contextmanager
    def channel(self, url: str = "") -> Iterator[Channel]:
        channel = self.make(url or self.double.url)
        try:
            yield channel
        finally:
            channel.close()
            channel.close()

    def capabilities(self) -> None:
        with self.channel() as channel:
            expect(isinstance(channel, Channel), "it lacks something of retinue.channels.Channel")
            able = channel.capabilities
            expect(able.kind in get_args(Kind), f"there is no kind {able.kind!r}")
            known = {field.name for field in dataclasses.fields(Contact)}
            needs = able.needs
            expect(not needs or needs in known or needs.startswith("ids."), f"a contact has no {needs!r}")
            expect(able.key_life > timedelta(0), "key_life is not positive")
            self.silent_about(repr(channel))

    def preparing(self) -> None:
        self.double.reset()
        with self.channel() as one, self.channel() as two:
            first, again, other = (c.prepare(self.order, self.contact, self.message) for c in (one, one, two))
            expect(first == again == other, "prepare gives another request for the same arguments")
            expect(isinstance(first, Prepared), "prepare gives no Prepared")
            expect(isinstance(first.recipient, str), "the recipient is not a text")
            expect(first.recipient, "the recipient is empty")
            try:
                kept = json.loads(json.dumps(first.body, allow_nan=False))
            except (TypeError, ValueError):
                kept = None
            expect(kept == first.body, "what is prepared is not plain JSON values")
            if one.capabilities.needs:
                bare = without(self.contact, one.capabilities.needs)
                fault = fault_of(lambda: one.prepare(self.order, bare, self.message))
                expect(
                    isinstance(fault, Refused),
                    f"prepare does not refuse a customer without {one.capabilities.needs}",
                )
                self.silent_about(fault)
        expect(self.double.calls() == [], "prepare talks to somebody")

    def sending(self) -> None:
        self.double.reset()
        outcome = self.send(self.order.delivery_id)
        expect(isinstance(outcome, Sent), f"a send that goes well gives {outcome!r}")
        expect(len(self.double.effects()) == 1, "one send has not exactly one effect")
        self.silent_about(outcome)
        self.send("DLV_check_2")
        expect(len(self.double.effects()) == 2, "another key is not another effect")

    def nobody_there(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as spare:
            port = spare.getsockname()[1]
        nowhere = f"http://127.0.0.1:{port}"
        outcome = self.send(self.order.delivery_id, nowhere)
        right = TryLater | Unsure if self.vague else TryLater
        expect(isinstance(outcome, right), f"a refused connection is told as {outcome!r}, not TryLater")
        with self.channel(nowhere) as channel:
            found = outcome_of(lambda: channel.look_up(self.prepared(channel), self.order.delivery_id))
            expect(isinstance(found, Unsure), f"a look-up that reaches nobody gives {found!r}, not Unsure")
            self.silent_about(found)

    def fault(self, fault: Fault, *, names_wait: bool) -> None:
        self.double.reset()
        self.double.inject(fault, seconds=20.0, retry_after=_WAIT)
        outcome = self.send(self.order.delivery_id)
        self.double.heal()
        effects, calls = len(self.double.effects()), self.double.calls()
        if fault not in [call["fault"] for call in calls]:
            return  # this vendor never fails in this way
        expect(effects <= 1, f"{fault}: one send has {effects} effects: send tries once, or not again")
        told = type(outcome).__name__
        if effects:
            allowed = isinstance(outcome, Sent | Unsure)
            expect(allowed, f"{fault}: it was done, and is told as {told}")
            return
        expect(not isinstance(outcome, Sent), f"{fault}: nothing was done, and is told as Sent")
        right = _MUST_BE.get(fault, ()) + ((Unsure,) if self.vague else ())
        names = " or ".join(kind.__name__ for kind in right)
        expect(isinstance(outcome, right), f"{fault} is told as {told}, not as {names}")
        if fault == "throttled_wait" and names_wait and isinstance(outcome, TryLater):
            after = outcome.after
            near = after is not None and abs(after - _WAIT) <= 2
            expect(near, f"the wait that is asked for, {_WAIT:g} s, is told as {after}")

    def keys(self, doubts: Sequence[Fault]) -> None:
        with self.channel() as channel:
            honoured = channel.capabilities.honours_keys
        if not honoured:
            return
        self.double.reset()
        key = self.order.delivery_id
        for _ in range(2):
            again = self.send(key)
        expect(isinstance(again, Sent), f"a key sent again gives {again!r}")
        expect(len(self.double.effects()) == 1, "a key that is sent twice has its effect twice")
        for fault in doubts:
            self.double.reset()
            self.double.inject(fault, seconds=20.0)
            first = self.send(key)
            self.double.heal()
            if isinstance(first, Unsure):
                again = self.send(key)
                # A vendor may keep a failure with the key and give it again: then doubt remains.
                expect(
                    isinstance(again, Sent | Unsure), f"{fault}: sent again under its key, it is {again!r}"
                )
            effects = len(self.double.effects())
            expect(effects == 1, f"{fault}: sent again under its key, it has {effects} effects")

    def looking_up(self) -> None:
        key = self.order.delivery_id
        with self.channel() as channel:
            prepared = self.prepared(channel)
            if not channel.capabilities.looks_up:
                found = outcome_of(lambda: channel.look_up(prepared, key))
                expect(isinstance(found, Unsure), f"it looks nothing up, yet look_up gives {found!r}")
                return
            self.double.reset()
            found = outcome_of(lambda: channel.look_up(prepared, key))
            expect(found is None, f"look_up of what was never sent gives {found!r}")
            for fault, done in (("lost_answer", True), ("dropped_before", False)):
                self.double.reset()
                self.double.inject(fault)  # type: ignore[arg-type]
                self.send(key)
                self.double.heal()
                found = outcome_of(lambda: channel.look_up(prepared, key))
                true = isinstance(found, Sent) if done else found is None
                expect(true, f"{fault}: look_up gives {found!r}")
                self.silent_about(found)
            expect(self.double.effects() == [], "look_up does something")

    def send(self, key: str, url: str = "") -> Sent | ChannelFault | None:
        with self.channel(url) as channel:
            prepared = self.prepared(channel)
            outcome = outcome_of(lambda: channel.send(prepared, key))
        self.silent_about(outcome)
        return outcome

    def prepared(self, channel: Channel) -> Prepared:
        """As the sender has it: after it lay in the store as JSON."""
        fresh = channel.prepare(self.order, self.contact, self.message)
        return Prepared(fresh.recipient, json.loads(json.dumps(fresh.body)))

    def silent_about(self, said: object) -> None:
        """No personal data and no secret in what may be logged."""
        told = said if isinstance(said, str) else words_of(said)
        c = self.contact
        private = [c.name, c.email, c.phone, c.push_id, *c.ids.values(), *self.secrets]
        if self.message is not None:
            private += [self.message.text, self.message.subject]
        for value in private:
            if value:
                expect(value not in told, "personal data or a secret is in a fault, a repr or a detail")
