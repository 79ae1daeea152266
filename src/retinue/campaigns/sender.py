"""The sender: takes deliveries from the outbox and makes each call once.

What is promised: a delivery through a channel that honours keys has its effect once; through one that does
not, at most once, and where nobody knows whether it had, it is `unknown` until a look-up or a person settles
it. Nothing is lost without a word.

For each delivery: claim it; open the contact, fill in the template, prepare the request; then in one
transaction ask the gates, spend the money, keep the sealed request and mark it `sending`; make the call; in
one transaction write down what came of it. Killed between mark and answer, the delivery is found again in
`sending` once its lease is over.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from retinue import faults
from retinue.campaigns.gates import Verdict, facts_in, judge
from retinue.campaigns.reconciling import give_up_stale, reconcile
from retinue.campaigns.requests import Requests
from retinue.campaigns.settling import Settled, settle, told_late
from retinue.channels.base import Channel, ChannelDown, ChannelFault, Contact, Prepared, Refused, Unsure
from retinue.errors import RetinueError
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.accounts import naive
from retinue.store.deliveries import DeliveryRecord, DeliveryState
from retinue.store.ledger import approve_in
from retinue.store.outbox import claim, locked_in, release_claims, settle_in
from retinue.store.stops import stopped
from retinue.telemetry import logger, span, timed
from retinue.telemetry.metrics import observe

__all__ = ["Sender"]


_LONGEST_ASKED = 86_400.0
"""However long the other end asks to wait (seconds), it is asked again after that."""


class Sender:
    """Sends what is due.

    Parameters
    ----------
    channels: the opened channels by name. key: the workspace's key (32 bytes).
    owner: a name that no other process or thread has.
    clock: the present (aware UTC), asked again and again. seed: of the jitter in waits.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        settings: Settings,
        key: bytes,
        *,
        owner: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        seed: int = 0,
    ) -> None:
        self.store = store
        self.channels = channels
        self.settings = settings
        self.owner = owner
        self.clock = clock
        self._key = key
        self._random = random.Random(f"{seed}:{owner}")  # noqa: S311 - spreads retries, guards nothing
        self._down: dict[str, datetime] = {}
        self._begun: deque[datetime] = deque()
        self._pace = threading.Lock()  # a broker's deliveries are pumped from several threads
        self._requests = Requests(store, channels, settings, key)

    def pump(self, *, limit: int = 20, only: list[str] | None = None) -> int:
        """Work on what is due, at most `limit` deliveries; how many there were.

        Stopped, it takes nothing. only: just these deliveries, as a broker names them.
        """
        if stopped(self.store) is not None or self.settings.delivery.mode == "off":
            return 0
        now = self.clock()
        limit = min(limit, self._left_of_this_minute(now))
        if limit <= 0:
            return 0
        open_channels = [name for name in self.channels if self._down.get(name, now) <= now]
        taken = claim(
            self.store,
            self.owner,
            clock=now,
            lease=timedelta(seconds=self.settings.delivery.lease_seconds),
            limit=limit,
            channels=open_channels,
            only=only,
        )
        faults.point("delivery.claimed")
        with self._pace:
            self._begun.extend([now] * len(taken))
        workers = self.settings.delivery.at_once
        if workers == 1 or len(taken) < 2:
            for delivery in taken:
                self.work(delivery)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(self.work, taken))
        return len(taken)

    def _left_of_this_minute(self, now: datetime) -> int:
        """How many deliveries may begin now, so that no minute has more than it may."""
        # What lies ahead of a clock that went back is forgotten, else nothing would begin until then.
        with self._pace:
            while self._begun and not now - timedelta(minutes=1) < self._begun[0] <= now:
                self._begun.popleft()
            return self.settings.delivery.per_minute - len(self._begun)

    def close(self) -> None:
        """Give back what was claimed and not begun."""
        release_claims(self.store, self.owner)

    def work(self, delivery: DeliveryRecord) -> None:
        """One claimed delivery, to its end for now."""
        channel = self.channels[delivery.channel]
        again = delivery.state == "sending"
        if again and not self._may_repeat(delivery, channel):
            lost = "Its worker was lost while it was being sent."
            self._settle(delivery, Settled("unknown", delivery.reason or lost, over=delivery.over))
            return
        try:
            contact = self._requests.contact(delivery.customer_id)
            prepared = self._requests.prepared(delivery, contact)
        except Refused as error:
            self._settle(delivery, Settled("failed", error.reason))
            return
        except Exception as error:
            # Whatever is wrong with this one, the others must go on.
            self._settle(delivery, self._not_prepared(delivery, _said(error)))
            return
        faults.point("delivery.prepared")
        marked = self._begin(delivery, prepared, contact, again=again)
        if marked is None:
            return
        faults.point("delivery.marked")
        outcome = self._told(marked, channel, prepared, again)
        faults.point("delivery.called")
        # This call is over; one of a worker that was lost before may not be.
        self._settle(marked, replace(outcome, over=outcome.over and delivery.over))
        faults.point("delivery.finished")

    def _not_prepared(self, delivery: DeliveryRecord, why: str) -> Settled:
        """A template, setting or contact is wrong: no call was made now, and it may be mended in time."""
        if naive(self.clock()) <= delivery.expires_at:
            return Settled(delivery.state, why, due_in=self._wait(5), over=delivery.over)
        if delivery.state == "sending":
            return Settled("unknown", f"An earlier call may have been taken: {why}", over=delivery.over)
        return Settled("expired", why)

    def _may_repeat(self, delivery: DeliveryRecord, channel: Channel) -> bool:
        """Whether the same call may be made again under the same key."""
        facts = channel.capabilities
        first = delivery.first_try_at
        if not facts.honours_keys or first is None or delivery.request is None:
            return False
        plan = self.settings.delivery
        return naive(self.clock()) < first + facts.key_life and delivery.tries < plan.most_tries

    def _begin(
        self, delivery: DeliveryRecord, prepared: Prepared, contact: Contact, *, again: bool
    ) -> DeliveryRecord | None:
        """Ask the gates, spend the money and mark it as being sent; None when it is not to be sent now."""
        with self.store.transaction() as session:
            # The present as of holding the store: a word that was kept while this waited is heeded.
            now = self.clock()
            held = locked_in(session, delivery.delivery_id, owner=self.owner, fence=delivery.fence)
            if held is None or held.state not in ("queued", "sending"):
                return None
            facts = facts_in(session, held, prepared.recipient, self.settings, self._key, now=now)
            verdict = judge(held, facts, self.settings, now=now, timezone=contact.timezone)
            if verdict.action == "go" and held.planned_cents:
                money = approve_in(session, held.decision_id)
                if not money.granted:
                    verdict = Verdict("no", f"There is no money for it: {money.why}")
            if verdict.action != "go":
                settle(session, held, _as_settled(held, verdict, now, again), clock=now)
                return None
            sealed = held.request or self._requests.sealed(session, held, prepared, now)
            lease = timedelta(seconds=self.settings.delivery.lease_seconds)
            return settle_in(
                session,
                held.delivery_id,
                "sending",
                clock=now,
                keep_claim=True,
                request=sealed,
                over=False,
                tries=held.tries + 1,
                first_try_at=held.first_try_at or naive(now),
                lease_until=naive(now) + lease,
            )

    def _told(self, delivery: DeliveryRecord, channel: Channel, prepared: Prepared, again: bool) -> Settled:
        """Make the call, and tell whoever watches how it went; never to whom."""
        name = delivery.channel
        with span("deliver", retinue_channel=name, retinue_kind=delivery.kind) as opened, timed() as timing:
            outcome = self._call(delivery, channel, prepared, again)
            if opened is not None:
                opened.set_attribute("retinue.outcome", outcome.state)
        observe("retinue_channel_call_seconds", timing.wall, channel=name, outcome=outcome.state)
        told = {"channel": name, "outcome": outcome.state, "seconds": timing.wall}
        log = logger("delivery").bind(delivery=delivery.delivery_id, campaign=delivery.campaign_id)
        if outcome.state == "sent":
            log.info("delivery called", **told)
        else:
            log.warning("delivery not sent", reason=outcome.reason, **told)
        return outcome

    def _call(self, delivery: DeliveryRecord, channel: Channel, prepared: Prepared, again: bool) -> Settled:
        """Make the call, and read what came of it.

        again: an earlier call may have had its effect, so that no failure of this one proves that none had.
        """
        if delivery.lease_until is not None and naive(self.clock()) >= delivery.lease_until:
            # Paused for longer than the lease: another worker may be at it, and this call must not be made.
            return Settled("sending" if again else "queued", "", uncount=True)
        plan = self.settings.delivery
        try:
            sent = channel.send(prepared, delivery.delivery_id)
        except Unsure as error:
            if self._may_repeat(delivery, channel):
                return Settled("sending", error.reason, due_in=self._wait(delivery.tries))
            return Settled("unknown", f"{error.reason}: nobody knows whether it was done")
        except ChannelDown as error:
            self._down[delivery.channel] = self.clock() + timedelta(seconds=plan.first_wait_seconds)
            state: DeliveryState = "sending" if again else "queued"
            return Settled(state, error.reason, due_in=plan.first_wait_seconds, uncount=True)
        except ChannelFault as error:
            return self._not_done(delivery, error, again)
        except Exception as error:
            # A defect of the channel: the call may have been made.
            return Settled("unknown", f"The channel broke: {type(error).__name__}.")
        return Settled("sent", sent.detail, sent=sent)

    def _not_done(self, delivery: DeliveryRecord, error: ChannelFault, again: bool) -> Settled:
        """This call surely had no effect."""
        final = isinstance(error, Refused) or delivery.tries >= self.settings.delivery.most_tries
        if final and again:
            return Settled(
                "unknown", f"An earlier call may have been taken; the last was not: {error.reason}"
            )
        if final:
            return Settled("failed", f"{error.reason} ({delivery.tries} tries)")
        asked = getattr(error, "after", None) or 0.0
        wait = max(self._wait(delivery.tries), min(asked, _LONGEST_ASKED))
        return Settled("sending" if again else "queued", error.reason, due_in=wait)

    def _wait(self, tries: int) -> float:
        """Seconds before the next try: doubled each time up to the longest, with jitter."""
        plan = self.settings.delivery
        most = min(plan.first_wait_seconds * 2.0 ** min(tries - 1, 30), plan.longest_wait_seconds)
        return most * (0.5 + self._random.random() / 2)

    def _settle(self, delivery: DeliveryRecord, outcome: Settled) -> None:
        now = self.clock()
        with self.store.transaction() as session:
            held = locked_in(session, delivery.delivery_id, owner=self.owner, fence=delivery.fence)
            if held is None:
                if outcome.sent is not None:
                    told_late(session, delivery, outcome.sent, clock=now)
                return
            settle(session, held, outcome, clock=now)

    def reconcile(self, *, limit: int = 100) -> int:
        """Look up deliveries of which nobody knows whether they were done; how many were settled.

        What waits for a channel that is not there any more is given up once it is stale.
        """
        give_up_stale(self.store, self.channels, clock=self.clock())
        return reconcile(
            self.store, self.channels, self._requests.kept, self.settings, clock=self.clock(), limit=limit
        )


def _said(error: Exception) -> str:
    """Why a request cannot be made; the text of a foreign error may quote data."""
    if isinstance(error, RetinueError):
        return error.what
    if isinstance(error, ChannelFault):
        return error.reason
    return f"The request cannot be made: {type(error).__name__}."


def _as_settled(delivery: DeliveryRecord, verdict: Verdict, now: datetime, again: bool) -> Settled:
    """What a verdict that is not `go` makes of a delivery."""
    if verdict.action == "hold":
        # Nothing of it changes; the claim is given back, and asked again a little later. What is being
        # sent is taken whatever its campaign's state is, so it is not asked for every second.
        wait = 30.0 if again else 1.0
        return Settled(delivery.state, verdict.reason, due_in=wait, over=delivery.over)
    if verdict.action == "wait" and verdict.until is not None:
        wait = (verdict.until - now).total_seconds()
        return Settled(delivery.state, verdict.reason, due_in=wait, over=delivery.over)
    if again:
        why = f"It was being sent when it no longer might: {verdict.reason}"
        return Settled("unknown", why, over=delivery.over)
    return Settled(verdict.state, verdict.reason)
