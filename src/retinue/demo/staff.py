"""The staff of the demo: who approves campaigns, answers cases, and takes customers' requests in."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from retinue.errors import RetinueError
from retinue.runs.privacy import Privacy
from retinue.store.deliveries import list_deliveries

if TYPE_CHECKING:
    from retinue.app import Retinue

__all__ = ["ANSWERERS", "APPROVER", "OFFICER", "Staff"]

APPROVER, OFFICER = "anna", "petra"
ANSWERERS = ("ben", "carla")
"""People of the business. Nobody of them is a user: without users whoever is at the machine may do all."""

_REJECTIONS = (
    ("in_talks", "We speak with them on Thursday."),
    ("too_dear", "They pay the list price without a word."),
    ("not_now", "Their budget round ends next month."),
    ("wrong_offer", "They asked for training, not for a discount."),
)


class Staff:
    """What people do; the same seed does the same. `retinue`: the workspace as of the time it is done at."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def release(self, retinue: Retinue, campaign_id: str) -> None:
        """Approve the plan of a campaign, and start it."""
        campaigns = retinue.campaigns()
        planned = campaigns.show(campaign_id)
        campaigns.approve(campaign_id, planned["plan_sha256"], who=APPROVER, reason="Seen and right.")
        campaigns.start(campaign_id, who=APPROVER)
        campaigns.close()

    def answer(self, retinue: Retinue) -> None:
        """Answer the cases that wait: most are approved, some changed first, some rejected, some left."""
        reviews = retinue.reviews()
        for case in reviews.waiting():
            decision = case["decision_id"]
            luck = random.Random(f"{self._seed}:{decision}")  # noqa: S311 - guards nothing
            who, chance = luck.choice(ANSWERERS), luck.random()
            reviews.assign(decision, who, who=APPROVER)
            if chance < 0.08:
                continue  # nobody gets to it: it is escalated, and expires
            if chance < 0.26:
                code, words = luck.choice(_REJECTIONS)
                reviews.reject(decision, code, who=who, reason=words)
                continue
            if chance < 0.38:
                others = [
                    option["id"]
                    for option in case["case"]["alternatives"]
                    if not option["excluded"] and option["id"] != case["offer"]["id"]
                ]
                if others:
                    reviews.change(decision, luck.choice(others), who=who, reason="Fits them better.")
            try:
                reviews.approve(decision, who=who)
            except RetinueError as error:
                # What the month's money does not pay for is turned down, as a person would.
                reviews.reject(decision, "too_dear", who=who, reason=error.what)

    def begin(self, retinue: Retinue) -> None:
        """A morning's first look at the queue: some cases are taken, one is put off."""
        reviews = retinue.reviews()
        waiting = reviews.waiting()
        for place, case in enumerate(waiting[::3]):
            reviews.assign(case["decision_id"], ANSWERERS[place % 2], who=APPROVER)
        if len(waiting) > 3:
            until = retinue.clock + timedelta(days=3)
            reviews.snooze(waiting[-1]["decision_id"], until, who=ANSWERERS[0])

    def stop(self, retinue: Retinue) -> None:
        """Stop everything for a moment."""
        retinue.stop(who=APPROVER, reason="The price list in the offers is the old one.")

    def resume(self, retinue: Retinue) -> None:
        """Go on."""
        retinue.resume(who=APPROVER, reason="The price list is right again.")

    def hear_objection(self, retinue: Retinue) -> None:
        """A customer who got an offer does not want to be profiled."""
        customer = self._somebody(retinue, "objects")
        self._desk(retinue).take_in("objection", customer, reason="I do not want such mails.")

    def take_requests_in(self, retinue: Retinue) -> None:
        """Customers ask for a copy and for the reasons of a decision; the job `privacy` answers them."""
        desk = self._desk(retinue)
        desk.take_in("access", self._somebody(retinue, "asks"), reason="Letter, signed.")
        desk.take_in("explanation", self._somebody(retinue, "wonders"), reason="Why did I get this?")

    def open_requests(self, retinue: Retinue) -> None:
        """Requests that nobody answered yet: one that is due soon, one to erase, one for a person."""
        desk = self._desk(retinue)
        early = retinue.clock - timedelta(days=26)
        desk.take_in("access", self._somebody(retinue, "waits"), reason="By e-mail.", received_at=early)
        desk.take_in("erasure", self._somebody(retinue, "leaves"), reason="By letter.")
        says = "I cancelled by mistake, please look at it again."
        desk.take_in("review", self._somebody(retinue, "contests"), reason=says)

    def _desk(self, retinue: Retinue) -> Privacy:
        return Privacy(retinue, who=OFFICER)

    def _somebody(self, retinue: Retinue, occasion: str) -> str:
        """A customer who was sent something, drawn anew for each occasion; while none was, one looked at."""
        sent = list_deliveries(retinue.store, states=("sent",), limit=1_000_000)
        known = sorted({one.customer_id for one in sent if one.kind == "message"})
        known = known or sorted({one["customer_id"] for one in retinue.last_run().campaign["actions"]})
        return random.Random(f"{self._seed}:{occasion}").choice(known)  # noqa: S311 - guards nothing
