"""`retinue incentives`: what is believed of each offer, and what taught it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    AsOf,
    JsonFlag,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    say,
)

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    incentives = typer.Typer(no_args_is_help=True, help="What each offer is believed to do, and why.")
    app.add_typer(incentives, name="incentives")

    @incentives.command(
        "report", epilog="Example: retinue incentives report --as-of 2026-02-14 --html offers.html"
    )
    def report(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        html: Annotated[
            Path | None, typer.Option("--html", help="Also write the report as an HTML page to this file.")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """What each offer is believed to keep, what it earned, and what the last budget was worth."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                found = retinue.incentives_report(parse_as_of(as_of, clock))
            emit(found.as_dict(), as_json=as_json, text=found.text())
            if html is not None:
                from retinue.runs.result import write_file

                write_file(html, found.html().encode())
                say(f"Report: {html}")
