"""`retinue deliveries`, `contacts`, `consent` and `suppress`: what is sent, to whom, and to whom not."""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from retinue.cli.daily import opened
from retinue.cli.orders import add_order
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

__all__ = ["register"]

Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever asks later.")]
Customer = Annotated[str, typer.Argument(help="The customer's id.")]
Through = Annotated[str, typer.Option("--channel", help="email, sms, push, a channel's name, or any.")]
About = Annotated[str, typer.Option("--purpose", help="What for.")]
Address = Annotated[str, typer.Argument(help="An e-mail address or telephone number.")]
State = Literal["queued", "sending", "sent", "unknown", "failed", "withheld", "cancelled", "expired"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    deliveries = typer.Typer(no_args_is_help=True, help="What was sent, waits, failed or is unknown.")
    app.add_typer(deliveries, name="deliveries")
    contacts = typer.Typer(no_args_is_help=True, help="Where customers can be reached.")
    app.add_typer(contacts, name="contacts")
    consent = typer.Typer(no_args_is_help=True, help="What customers said on being contacted.")
    app.add_typer(consent, name="consent")
    suppress = typer.Typer(no_args_is_help=True, help="Addresses that nothing may be sent to.")
    app.add_typer(suppress, name="suppress")
    _deliveries(deliveries)
    add_order(deliveries)
    _contacts(contacts)
    _consent(consent)
    _suppress(suppress)


def _deliveries(deliveries: typer.Typer) -> None:
    @deliveries.command("list", epilog="Example: retinue deliveries list --state unknown")
    def list_(
        workspace: Workspace = Path(),
        campaign: Annotated[str | None, typer.Option("--campaign", help="Only of this campaign.")] = None,
        customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer.")] = None,
        state: Annotated[State | None, typer.Option("--state", help="Only in this state.")] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
        as_json: JsonFlag = False,
    ) -> None:
        """Deliveries with their state and the reason for it."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.deliveries import list_deliveries

            found = list_deliveries(
                retinue.store,
                campaign_id=campaign,
                customer_id=customer,
                states=() if state is None else (state,),
                limit=limit,
            )
            columns = ["delivery_id", "customer_id", "channel", "kind", "state", "tries", "reason"]
            rows = [
                {
                    **{
                        name: getattr(d, name)
                        for name in (*columns, "decision_id", "campaign_id", "reference")
                    },
                    "due_at": f"{d.due_at.isoformat()}Z",
                }
                for d in found
            ]
            emit(rows, as_json=as_json, text=table_text(rows, columns) if rows else "None.")

    @deliveries.command("send", epilog="Example: retinue deliveries send")
    def send(workspace: Workspace = Path(), now: Now = None, as_json: JsonFlag = False) -> None:
        """Send what is due now, then end; `retinue worker` does it all the time."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.campaigns.accepted import waiting_in_words
            from retinue.store.deliveries import counted

            fixed = None if now is None else retinue.clock
            campaigns = retinue.campaigns()
            accepted = campaigns.plan_accepted(now=retinue.clock)
            sender = campaigns.sender(
                f"{socket.gethostname()}:{os.getpid()}", clock=None if fixed is None else lambda: fixed
            )
            worked = 0
            try:
                while (done := sender.pump(limit=100)) and worked < 1_000_000:
                    worked += done
                settled = sender.reconcile()
            finally:
                sender.close()
                campaigns.close()
            finished = retinue.finish_campaigns()
            found = {
                "accepted": len(accepted.planned),
                "waiting": [asdict(one) for one in accepted.waiting],
                "worked_on": worked,
                "looked_up": settled,
                "finished": finished,
                **counted(retinue.store),
            }
            text = "\n".join(f"{name}: {len(v) if isinstance(v, list) else v}" for name, v in found.items())
            emit(found, as_json=as_json, text=text)
            if accepted.waiting and not as_json:
                say(waiting_in_words(accepted.waiting))

    @deliveries.command(
        "settle", epilog="Example: retinue deliveries settle dlv_0123 --as sent --reason invoice"
    )
    def settle(
        delivery: Annotated[str, typer.Argument(help="A delivery whose fate is unknown.")],
        what: Annotated[
            Literal["sent", "failed"], typer.Option("--as", help="What you found at the other end.")
        ],
        workspace: Workspace = Path(),
        who: Who = None,
        reason: Reason = "",
        as_json: JsonFlag = False,
    ) -> None:
        """Say what became of a delivery of which nobody knew."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.campaigns.reconciling import settle_by_hand

            settle_by_hand(
                retinue.store, delivery, what, who=whoever(who), reason=reason, clock=retinue.clock
            )
            emit({"delivery_id": delivery, "state": what}, as_json=as_json)


def _contacts(contacts: typer.Typer) -> None:
    @contacts.command("load", epilog="Example: retinue contacts load contacts.csv")
    def load(
        file: Annotated[
            Path,
            typer.Argument(help="CSV, Parquet or NDJSON with customer_id, email, phone, stripe_id, …"),
        ],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Keep where customers can be reached, sealed; a row that cannot be used is named with its reason."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.ingest.contacts import load_contacts
            from retinue.privacy import workspace_key
            from retinue.privacy.erased import erasure_list

            key = workspace_key(retinue.settings.state)
            found = load_contacts(
                retinue.store,
                file,
                clock=retinue.clock,
                erased=erasure_list(retinue.settings).recogniser(key),
            ).as_dict()
            lines = [f"{found['kept']:,} of {found['read']:,} contacts kept."]
            lines += [f"row {row['row']}: {row['reason']}" for row in found["rejected"][:20]]
            if len(found["rejected"]) > 20:
                lines.append(f"… and {len(found['rejected']) - 20} more: --json shows all.")
            emit(found, as_json=as_json, text="\n".join(lines))
            if found["rejected"] and not as_json:
                say("Mend the rows in the file and load it again; loading twice changes nothing.")


def _consent(consent: typer.Typer) -> None:
    @consent.command("withdraw", epilog="Example: retinue consent withdraw C00042 --channel email")
    def withdraw(
        customer_id: Customer,
        workspace: Workspace = Path(),
        through: Through = "any",
        about: About = "marketing",
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """The customer does not want it: nothing that has not begun is sent from now on."""
        _say(workspace, now, as_json, customer_id, through, about, granted=False)

    @consent.command("grant", epilog="Example: retinue consent grant C00042 --channel email")
    def grant(
        customer_id: Customer,
        workspace: Workspace = Path(),
        through: Through = "any",
        about: About = "marketing",
        now: Now = None,
        as_json: JsonFlag = False,
    ) -> None:
        """The customer agrees."""
        _say(workspace, now, as_json, customer_id, through, about, granted=True)


def _say(
    workspace: Path,
    now: str | None,
    as_json: bool,
    customer: str,
    channel: str,
    purpose: str,
    *,
    granted: bool,
) -> None:
    with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
        from retinue.store.accounts import naive
        from retinue.store.consents import Word, say

        moment = naive(retinue.clock)
        text = "\0".join((customer, channel, purpose, str(granted), moment.isoformat()))
        name = "said_" + hashlib.sha256(text.encode()).hexdigest()[:24]
        say(retinue.store, [Word(name, customer, channel, purpose, granted, moment, moment)])
        emit(
            {"customer_id": customer, "channel": channel, "purpose": purpose, "granted": granted},
            as_json=as_json,
        )


def _suppress(suppress: typer.Typer) -> None:
    @suppress.command("add", epilog='Example: retinue suppress add ada@example.org --reason "asked by phone"')
    def add(
        address: Address,
        workspace: Workspace = Path(),
        reason: Reason = "by hand",
        as_json: JsonFlag = False,
    ) -> None:
        """Send nothing to an address any more; it is kept as a token only."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.suppression import suppress as keep

            new = keep(retinue.store, address, reason, retinue.campaigns().key, clock=retinue.clock)
            emit({"suppressed": True, "new": new}, as_json=as_json)

    @suppress.command("lift", epilog="Example: retinue suppress lift ada@example.org")
    def lift(address: Address, workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Allow an address again."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.suppression import lift as free

            was = free(retinue.store, address, retinue.campaigns().key)
            emit({"suppressed": False, "was": was}, as_json=as_json)

    @suppress.command("list", epilog="Example: retinue suppress list")
    def list_(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """The suppressed addresses as their tokens, with the reason."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.suppression import list_suppressed

            rows = list_suppressed(retinue.store)
            emit(rows, as_json=as_json, text=table_text(rows, ["token", "reason", "at"]) if rows else "None.")
