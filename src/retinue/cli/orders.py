"""`retinue deliveries order`: one delivery, ordered by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import JsonFlag, Workspace, emit, parse_clock, reporting_errors, whoever

__all__ = ["add_order"]


def add_order(deliveries: typer.Typer) -> None:
    """Add the command."""

    @deliveries.command(
        "order",
        epilog="Example: retinue deliveries order --channel recovery --customer C00042 --fact invoice=in_123",
    )
    def order(
        channel: Annotated[str, typer.Option("--channel", help="Through this channel.")],
        customer: Annotated[str, typer.Option("--customer", help="For this customer.")],
        workspace: Workspace = Path(),
        fact: Annotated[
            list[str] | None,
            typer.Option("--fact", help="NAME=VALUE that the channel needs; kept in the clear. Repeatable."),
        ] = None,
        template: Annotated[
            str | None, typer.Option("--template", help="Name of the words' template, without .txt.")
        ] = None,
        purpose: Annotated[str, typer.Option("--purpose", help="What for, as in consent.")] = "service",
        again: Annotated[bool, typer.Option("--again", help="Once more, after a first time today.")] = False,
        who: Annotated[
            str | None, typer.Option("--who", help="Who does it (default: the user of the machine).")
        ] = None,
        now: Annotated[str | None, typer.Option("--now", help="Take this as the present time.")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Order one delivery: a failed payment tried again, a task, a message. The same twice a day is one.

        It is sent by `retinue worker` or `retinue deliveries send`, under consent, caps, quiet hours and all
        other gates.
        """
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=True) as retinue:
            from retinue.errors import UsageError

            facts = {}
            for given in fact or []:
                name, equals, value = given.partition("=")
                if not name or not equals or name in facts:
                    raise UsageError(
                        f"The fact '{name}' is given twice."
                        if name in facts
                        else "A fact has no name or value.",
                        where="--fact",
                        fix="Write --fact NAME=VALUE, each name once.",
                    )
                facts[name] = value
            campaigns = retinue.campaigns()
            try:
                found = campaigns.order(
                    channel=channel,
                    customer_id=customer,
                    facts=facts,
                    template=template,
                    purpose=purpose,
                    who=whoever(who),
                    again=again,
                )
            finally:
                campaigns.close()
            text = (
                f"{found.delivery_id} waits to be sent ({found.campaign_id})."
                if found.new
                else f"{found.delivery_id} was ordered today already; --again orders it once more."
            )
            emit(
                {"delivery_id": found.delivery_id, "campaign_id": found.campaign_id, "new": found.new},
                as_json=as_json,
                text=text,
            )
