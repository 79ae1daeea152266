"""A small campaign whose every step runs in a process of its own, so that it can be killed or paused there.

Processes are forked from one that has everything imported: a thousand kills take minutes, not hours. The
other end is a double in a process that nobody kills; it keeps its own count.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.campaigns.witness import KEY, Business, action

from retinue import faults
from retinue.campaigns.lifecycle import approve_campaign, finish_done, start_campaign
from retinue.campaigns.people import Person
from retinue.campaigns.reviewing import approve
from retinue.campaigns.sender import Sender
from retinue.channels.webhook import WebhookChannel
from retinue.privacy.keys import Kek, Keyset
from retinue.settings import DeliverySettings, Settings
from retinue.store import Store
from retinue.store.campaigns import campaign_of
from retinue.store.deliveries import list_deliveries
from retinue.store.reviews import list_reviews

Keyset.new()  # Tink is imported here, not once in each child

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STEPS = ("plan", "start", "review", "send")
POINTS = {
    "plan": ("campaign.opened", "campaign.planned"),
    "start": ("campaign.outbox_filled", "campaign.started"),
    "review": ("review.outbox_filled", "review.answered"),
    "send": (
        "delivery.claimed",
        "delivery.prepared",
        "delivery.marked",
        "delivery.called",
        "delivery.finished",
        "audit.writing",
        "audit.written",
    ),
}
"""Where each step can be killed. Together with those of a run, these are all points there are."""

ADA = Person("ada", "admin", None)


@dataclass
class Trial:
    """One campaign: `automatic` customers whose offers go out by themselves, `reviewed` whose offers wait.

    keys: whether the channel is told that the other end honours keys. place: of the store; default: a file.
    """

    folder: Path
    url: str
    keys: bool
    name: str
    automatic: int = 4
    reviewed: int = 2
    lease: float = 60.0
    place: Path | str | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.campaign = f"CAMP_{self.name}"
        self.late = timedelta()
        self.settings = Settings(
            root=self.folder,
            delivery=DeliverySettings(
                mode="live",
                messages=("hook",),
                at_once=1,
                first_wait_seconds=1.0,
                lease_seconds=self.lease,
                quiet_from="00:00",  # type: ignore[arg-type]
                quiet_until="00:00",  # type: ignore[arg-type]
            ),
            channels={"hook": {}},
        )
        self.actions = [
            {
                **action(n, route="auto_execute" if n < self.automatic else "manual_review"),
                "decision_id": f"dec_{self.name}_{n}",
                "customer_id": f"C_{self.name}_{n}",
            }
            for n in range(self.automatic + self.reviewed)
        ]

    def now(self) -> datetime:
        """The present, moved on as if time had passed after each kill."""
        return datetime.now(UTC) + self.late

    def channel(self) -> WebhookChannel:
        raw = {
            "url": self.url,
            "secrets": [SECRET],
            "allow_private": True,
            "honours_keys": self.keys,
            "key_hours": 1_000.0,
        }
        return WebhookChannel.from_settings("hook", raw, self.folder)

    def business(self) -> Business:
        made = Business.__new__(Business)
        made.now, made.folder, made.settings = self.now(), self.folder, self.settings
        made.store = Store(self.place or self.folder / "store.sqlite", kek=Kek(state=self.folder))
        made.channels = {"hook": self.channel()}  # type: ignore[dict-item]
        return made

    def step(self, what: str) -> None:
        """Do one step to its end; doing it again changes nothing."""
        b = self.business()
        try:
            if what == "plan":
                b.reserve(self.actions)
                b.plan(self.actions, self.campaign)
            elif what == "start":
                found = campaign_of(b.store, self.campaign)
                if found.state in ("planned", "approved"):
                    approve_campaign(b.store, self.campaign, found.plan_sha256 or "", who="bob", clock=b.now)
                    start_campaign(b.store, self.campaign, self.settings, who="bob", clock=b.now)
            elif what == "review":
                for case in list_reviews(b.store):
                    approve(b.store, case.decision_id, ADA, self.settings, clock=b.now)
            else:
                self.send(b)
        finally:
            b.store.close()

    def send(self, b: Business, owner: str | None = None) -> None:
        sender = Sender(
            b.store, b.channels, self.settings, KEY, owner=owner or f"pid{os.getpid()}", clock=self.now
        )
        while sender.pump(limit=3):
            pass
        finish_done(b.store, clock=self.now())

    def pass_time(self) -> None:
        """Every lease is over, every wait too."""
        self.late += timedelta(seconds=self.lease * 2 + 30)

    def finish(self) -> None:
        """Undisturbed, until nothing changes any more."""
        for what in ("plan", "start", "review"):
            assert in_child(lambda what=what: self.step(what)) == "done"  # type: ignore[misc]
        for _ in range(12):
            self.pass_time()
            assert in_child(lambda: self.step("send")) == "done"
            b = self.business()
            waiting = list_deliveries(b.store, states=("queued", "sending"))
            b.store.close()
            if not waiting:
                return
        raise AssertionError("the sender never comes to an end")


def in_child(work: Callable[[], Any], fault: str = "") -> str:
    """Run in a child: `done`, `killed`, or what went wrong."""
    pid = begin(work, fault)
    _, status = os.waitpid(pid, 0)
    return told(status)


def begin(work: Callable[[], Any], fault: str = "") -> int:
    """Start a child; its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.environ["RETINUE_FAULT"] = fault
        faults._reached.clear()
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def told(status: int) -> str:
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return "killed"
    return "done" if os.WEXITSTATUS(status) == 0 else f"failed with {os.WEXITSTATUS(status)}"


def until_paused(pid: int, seconds: float = 20.0) -> bool:
    """Wait for a child to pause itself; False when it ended instead."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if found:
            return os.WIFSTOPPED(status)
        time.sleep(0.005)
    raise AssertionError("the child neither paused nor ended")
