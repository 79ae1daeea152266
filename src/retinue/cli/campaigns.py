"""`retinue campaign`: plan, look at, approve, start, pause, resume, stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    JsonFlag,
    Now,
    Who,
    Workspace,
    emit,
    parse_clock,
    reporting_errors,
    say,
    table_text,
    whoever,
)

if TYPE_CHECKING:
    from retinue.runs.campaigns import Campaigns
    from retinue.store.campaigns import CampaignRecord

__all__ = ["register"]

Campaign = Annotated[str, typer.Argument(help="The campaign, such as CAMP_2026_02_14_001.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever asks later.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    campaign = typer.Typer(no_args_is_help=True, help="Plan, approve, start and stop campaigns.")
    app.add_typer(campaign, name="campaign")
    _looking(campaign)
    _moving(campaign)


def _looking(campaign: typer.Typer) -> None:
    @campaign.command("list", epilog="Example: retinue campaign list")
    def list_(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every campaign that was planned, its state, and what became of its deliveries."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            rows = retinue.campaigns().rows()
            shown = [{**row, "deliveries": _counts(row["deliveries"])} for row in rows]
            text = table_text(shown, ["campaign_id", "state", "approved_by", "deliveries"])
            emit(rows, as_json=as_json, text=text if rows else "No campaign was planned yet.")

    @campaign.command("show", epilog="Example: retinue campaign show CAMP_2026_02_14_001")
    def show(campaign_id: Campaign, workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """A campaign's plan in numbers, its deliveries, and every change of its state."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            found = retinue.campaigns().show(campaign_id)
            emit(found, as_json=as_json, text="\n".join(_shown(found, retinue.settings.project.currency)))

    @campaign.command("message", epilog="Example: retinue campaign message CAMP_2026_02_14_001 C00042")
    def message(
        campaign_id: Campaign,
        customer: Annotated[str, typer.Argument(help="The customer's id.")],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """The words that one customer would get."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            words = retinue.campaigns().message(campaign_id, customer)
            body = {"subject": words.subject, "text": words.text, "html": words.html}
            emit(body, as_json=as_json, text=f"Subject: {words.subject}\n\n{words.text}")


def _moving(campaign: typer.Typer) -> None:
    @campaign.command("plan", epilog="Example: retinue campaign plan CAMP_2026_02_14_001")
    def plan(
        campaign_id: Campaign,
        workspace: Workspace = Path(),
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Plan a finished run's campaign anew: who gets what through which channel, and who does not."""
        _do(workspace, as_json, now, lambda c: c.plan(campaign_id, who=whoever(who)))

    @campaign.command("run", epilog="Example: retinue campaign run CAMP_2026_02_14_001 --dry-run")
    def run(
        campaign_id: Campaign,
        workspace: Workspace = Path(),
        plan: Annotated[
            str | None, typer.Option("--plan", help="Hash of the plan you saw, at least eight digits.")
        ] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Show who would get what; write and send nothing.")
        ] = False,
        who: Who = None,
        reason: Reason = "",
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Approve the plan you saw and start it; with --dry-run see it first."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            campaigns = retinue.campaigns()
            if dry_run:
                _dry(campaigns, campaign_id, as_json=as_json)
                return
            if plan is None:
                from retinue.errors import UsageError

                raise UsageError(
                    "Say which plan you approve.",
                    where="--plan",
                    fix=f"Look at it first: retinue campaign run {campaign_id} --dry-run",
                )
            campaigns.approve(campaign_id, plan, who=whoever(who), reason=reason)
            _tell(campaigns.start(campaign_id, who=whoever(who)), as_json=as_json)
            if not as_json:
                say("A worker sends it: retinue worker, or once: retinue deliveries send")

    @campaign.command(
        "approve", epilog="Example: retinue campaign approve CAMP_2026_02_14_001 --plan 3f9a01cc"
    )
    def approve(
        campaign_id: Campaign,
        plan: Annotated[str, typer.Option("--plan", help="Hash of the plan you saw.")],
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        as_json: JsonFlag = False,
    ) -> None:
        """Approve the plan with this hash; another plan needs another approval."""
        _do(workspace, as_json, None, lambda c: c.approve(campaign_id, plan, who=whoever(who), reason=reason))

    @campaign.command("start", epilog="Example: retinue campaign start CAMP_2026_02_14_001")
    def start(
        campaign_id: Campaign,
        workspace: Workspace = Path(),
        who: Who = None,
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Start an approved campaign."""
        _do(workspace, as_json, now, lambda c: c.start(campaign_id, who=whoever(who)))

    @campaign.command("pause", epilog='Example: retinue campaign pause CAMP_2026_02_14_001 --reason "prices"')
    def pause(
        campaign_id: Campaign,
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        as_json: JsonFlag = False,
    ) -> None:
        """Begin no further delivery until it is resumed."""
        _do(workspace, as_json, None, lambda c: c.pause(campaign_id, who=whoever(who), reason=reason))

    @campaign.command("resume", epilog="Example: retinue campaign resume CAMP_2026_02_14_001")
    def resume(
        campaign_id: Campaign,
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        as_json: JsonFlag = False,
    ) -> None:
        """Go on with a paused campaign."""
        _do(workspace, as_json, None, lambda c: c.resume(campaign_id, who=whoever(who), reason=reason))

    @campaign.command(
        "stop", epilog='Example: retinue campaign stop CAMP_2026_02_14_001 --reason "wrong offer"'
    )
    def stop(
        campaign_id: Campaign,
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        as_json: JsonFlag = False,
    ) -> None:
        """End it for good: what has not begun is cancelled and its money freed."""
        _do(workspace, as_json, None, lambda c: c.stop(campaign_id, who=whoever(who), reason=reason))


def _do(workspace: Path, as_json: bool, now: str | None, step: Callable[[Campaigns], CampaignRecord]) -> None:
    with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
        _tell(step(retinue.campaigns()), as_json=as_json)


def _tell(record: CampaignRecord, *, as_json: bool) -> None:
    body = {
        "campaign_id": record.campaign_id,
        "state": record.state,
        "plan_sha256": record.plan_sha256,
        "approved_by": record.approved_by,
    }
    plan = f", plan {record.plan_sha256[:12]}" if record.plan_sha256 else ""
    emit(body, as_json=as_json, text=f"{record.campaign_id} is {record.state}{plan}")


def _dry(campaigns: Campaigns, campaign_id: str, *, as_json: bool) -> None:
    foreseen = campaigns.preview(campaign_id)
    shown = campaigns.show(campaign_id)
    if as_json:
        body = {"plan_sha256": shown["plan_sha256"], "actions": [f.as_dict() for f in foreseen]}
        emit(body, as_json=True)
        return
    counts = Counter(f.what for f in foreseen)
    cents = sum(f.cents for f in foreseen if f.what in ("send", "wait"))
    lines = [
        f"{campaign_id}, plan {shown['plan_sha256'][:12]}, {shown['state']}. Nothing was written or sent.",
        f"Would go out now: {counts['send']}; after quiet hours: {counts['wait']}; "
        f"for a person first: {counts['review']}; not at all: {counts['not']}. Cost: {cents / 100:,.2f}.",
        "",
        table_text(
            [
                {
                    **f.as_dict(),
                    "offer": f.incentive_id,
                    "through": " then ".join(f.channels),
                    "cost": f"{f.cents / 100:.2f}",
                }
                for f in foreseen[:40]
            ],
            ["customer_id", "what", "offer", "cost", "through", "why"],
        ),
    ]
    if len(foreseen) > 40:
        lines.append(f"… and {len(foreseen) - 40} more: --json shows all.")
    emit(None, as_json=False, text="\n".join(lines))
    say(f"To start it: retinue campaign run {campaign_id} --plan {shown['plan_sha256'][:12]}")


def _shown(found: dict[str, Any], currency: str) -> list[str]:
    totals = found["totals"] or {}
    lines = [f"{found['campaign_id']} is {found['state']}, as of {found['as_of']}."]
    if totals:
        lines += [
            f"Plan {found['plan_sha256'][:12]}: {totals['customers']} customers with an offer; "
            f"{totals['automatic']} go out by themselves "
            f"({totals['automatic_cents'] / 100:,.2f} {currency}), "
            f"{totals['for_review']} wait for a person, {totals['excluded']} get nothing.",
            *(f"- {count} not: {why}" for why, count in totals["excluded_why"].items()),
        ]
    lines.append(f"Deliveries: {_counts(found['deliveries'])}.")
    lines += [
        f"- {m['at']} {m['before']} → {m['state']} by {m['who']}"
        + (f": {m['reason']}" if m["reason"] else "")
        for m in found["moves"]
    ]
    return lines


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none yet"
