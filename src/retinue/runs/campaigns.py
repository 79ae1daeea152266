"""A workspace's campaigns: planned from a finished run, approved, started, sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.campaigns import lifecycle
from retinue.campaigns.accepted import Accepted, plan_accepted
from retinue.campaigns.by_hand import Ordered, ordered
from retinue.campaigns.planning import make_plan, plan_of
from retinue.campaigns.preview import Foreseen, message_for, preview
from retinue.campaigns.sender import Sender
from retinue.channels.opening import open_channels
from retinue.errors import NotFoundError, SettingsError
from retinue.privacy import workspace_key
from retinue.runs.alternatives import alternatives
from retinue.runs.trail import notice_settings
from retinue.store.audit.readings import personal_read
from retinue.store.campaigns import campaign_of, list_campaigns, moves_of
from retinue.store.consents import words_of_many
from retinue.store.contacts import contacts_of
from retinue.store.deliveries import counted
from retinue.store.runs import list_runs

if TYPE_CHECKING:
    from retinue.channels.base import Channel, Message
    from retinue.runs.base import Kept
    from retinue.store.campaigns import CampaignRecord

__all__ = ["Campaigns"]

AUTOMATIC = "retinue"
"""Who approves and starts where `delivery.automatic` says so."""


class Campaigns:
    """What can be done with campaigns; each method is one step of their life. Opens no warehouse.

    channels: gives channels that are open already; by default those of the settings are opened.
    """

    def __init__(self, retinue: Kept, *, channels: Callable[[], Mapping[str, Channel]] | None = None) -> None:
        self._retinue = retinue
        self._open = channels or (lambda: open_channels(retinue.settings))

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The configured channels by name. Raises SettingsError or PluginError."""
        return self._open()

    @cached_property
    def key(self) -> bytes:
        """The workspace's key."""
        return workspace_key(self._retinue.settings.state)

    def rows(self) -> list[dict[str, Any]]:
        """Every campaign that was planned, newest first."""
        return [self._row(record) for record in list_campaigns(self._retinue.store)]

    def show(self, campaign_id: str) -> dict[str, Any]:
        """A campaign with its totals, what became of its deliveries, and every change of its state."""
        record = campaign_of(self._retinue.store, campaign_id)
        plan = plan_of(record) if record.plan is not None else {}
        return {
            **self._row(record),
            "totals": plan.get("totals"),
            "moves": [move.as_dict() for move in moves_of(self._retinue.store, campaign_id)],
        }

    def plan(self, campaign_id: str, *, who: str) -> CampaignRecord:
        """Plan the campaign of a finished run; planned again from the same facts it is the same plan."""
        store, settings = self._retinue.store, self._retinue.settings
        folder = settings.state / "runs" / campaign_id
        run = next((run for run in list_runs(store, limit=None) if run.campaign_id == campaign_id), None)
        if run is None or run.finished_at is None or not (folder / "campaign.json").is_file():
            raise NotFoundError(
                f"No finished run made campaign {campaign_id}.",
                where=str(folder),
                fix="See the runs: retinue runs",
            )
        campaign = msgspec.json.decode((folder / "campaign.json").read_bytes())
        self._check_channels()
        offered = [a["customer_id"] for a in campaign["actions"] if a["recommended_incentive"] is not None]
        plan = make_plan(
            campaign,
            settings,
            self.channels,
            contacts=contacts_of(store, offered),
            words=words_of_many(store, offered),
            alternatives=alternatives(folder / "receipts.parquet", campaign),
            now=self._retinue.clock,
        )
        return lifecycle.keep_plan(
            store, plan, who=who, as_of=run.as_of.replace(tzinfo=UTC), clock=self._retinue.clock
        )

    def approve(self, campaign_id: str, sha256: str, *, who: str, reason: str = "") -> CampaignRecord:
        """Approve the plan with this hash."""
        return lifecycle.approve_campaign(
            self._retinue.store, campaign_id, sha256, who=who, clock=self._retinue.clock, reason=reason
        )

    def start(self, campaign_id: str, *, who: str) -> CampaignRecord:
        """Put the approved plan into the outbox and the review queue."""
        notice_settings(self._retinue.store, self._retinue.settings)
        return lifecycle.start_campaign(
            self._retinue.store, campaign_id, self._retinue.settings, who=who, clock=self._retinue.clock
        )

    def follow_up(self, campaign_id: str) -> CampaignRecord:
        """What a run does with its campaign: plan it, and where that is automatic, approve and start it.

        A campaign that somebody approved already is left as it is, however often its run is repeated.
        """
        known = {record.campaign_id: record for record in list_campaigns(self._retinue.store)}
        if campaign_id in known and known[campaign_id].state not in ("draft", "planned"):
            return known[campaign_id]
        record = self.plan(campaign_id, who=AUTOMATIC)
        if self._retinue.settings.delivery.automatic and record.state == "planned":
            self.approve(campaign_id, record.plan_sha256 or "", who=AUTOMATIC)
            record = self.start(campaign_id, who=AUTOMATIC)
        return record

    def pause(self, campaign_id: str, *, who: str, reason: str = "") -> CampaignRecord:
        """Begin no further delivery until it is resumed."""
        return lifecycle.pause_campaign(
            self._retinue.store, campaign_id, who=who, clock=self._retinue.clock, reason=reason
        )

    def resume(self, campaign_id: str, *, who: str, reason: str = "") -> CampaignRecord:
        """Go on with a paused campaign."""
        return lifecycle.resume_campaign(
            self._retinue.store, campaign_id, who=who, clock=self._retinue.clock, reason=reason
        )

    def stop(self, campaign_id: str, *, who: str, reason: str = "") -> CampaignRecord:
        """End it: what has not begun is cancelled and its money freed."""
        return lifecycle.stop_campaign(
            self._retinue.store, campaign_id, who=who, clock=self._retinue.clock, reason=reason
        )

    def preview(self, campaign_id: str) -> list[Foreseen]:
        """What starting it now would send, to whom not and why; nothing is written and nobody called."""
        record = campaign_of(self._retinue.store, campaign_id)
        now = self._retinue.clock
        return preview(self._retinue.store, record, self._retinue.settings, self.channels, self.key, now=now)

    def message(self, campaign_id: str, customer_id: str) -> Message:
        """The words a customer would get; that somebody read them is on record first."""
        personal_read(self._retinue.store, None, "message", customer_id)
        return message_for(
            self._retinue.store,
            campaign_of(self._retinue.store, campaign_id),
            customer_id,
            self._retinue.settings,
            self.channels,
            self.key,
            now=self._retinue.clock,
        )

    def sender(self, owner: str, *, clock: Callable[[], datetime] | None = None) -> Sender:
        """A sender over the outbox; `owner` must be a name of its own."""
        self._check_channels()
        settings = self._retinue.settings
        notice_settings(self._retinue.store, settings)
        return Sender(
            self._retinue.store,
            self.channels,
            settings,
            self.key,
            owner=owner,
            clock=clock or (lambda: datetime.now(UTC)),
            seed=settings.project.seed,
        )

    def plan_accepted(self, *, now: datetime) -> Accepted:
        """Put offers that customers accepted at the cancel button into the outbox. `now`: aware UTC."""
        self._check_channels()
        return plan_accepted(self._retinue.store, self.channels, self._retinue.settings, now=now)

    def order(
        self,
        *,
        channel: str,
        customer_id: str,
        facts: Mapping[str, str],
        template: str | None = None,
        purpose: str = "service",
        who: str,
        again: bool = False,
    ) -> Ordered:
        """Put one delivery into the outbox; the arguments are those of `campaigns.by_hand.ordered`."""
        return ordered(
            self._retinue.store,
            self.channels,
            self._retinue.settings,
            self.key,
            channel=channel,
            customer_id=customer_id,
            facts=facts,
            template=template,
            purpose=purpose,
            who=who,
            now=self._retinue.clock,
            again=again,
        )

    def close(self) -> None:
        """Release the connections of channels that were opened."""
        for channel in self.__dict__.get("channels", {}).values():
            channel.close()

    def _check_channels(self) -> None:
        """What `[delivery]` names must be there. Raises SettingsError."""
        plan = self._retinue.settings.delivery
        for name, where in (
            *((name, "messages") for name in plan.messages),
            *((name, "grants") for name in plan.grants.values()),
            *((name, "records") for name in plan.records),
            *((name, "notices") for name in plan.notices),
        ):
            if name not in self.channels:
                raise SettingsError(
                    f"[delivery] {where} names the channel '{name}', which is not there.",
                    where="retinue.toml",
                    fix=f"Add [channels.{name}], or name one of {', '.join(self.channels) or 'none yet'}.",
                )

    def _row(self, record: CampaignRecord) -> dict[str, Any]:
        return {
            "campaign_id": record.campaign_id,
            "state": record.state,
            "as_of": f"{record.as_of.isoformat()}Z",
            "plan_sha256": record.plan_sha256,
            "approved_by": record.approved_by,
            "deliveries": counted(self._retinue.store, campaign_id=record.campaign_id),
        }
