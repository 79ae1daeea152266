"""`retinue outcomes`: take in what became of customers, and measure what of it was our doing."""

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
    table_text,
)

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    outcomes = typer.Typer(no_args_is_help=True, help="What became of customers, and what was our doing.")
    app.add_typer(outcomes, name="outcomes")

    @outcomes.command("load", epilog="Example: retinue outcomes load outcomes.csv")
    def load(
        file: Annotated[
            Path,
            typer.Argument(help="CSV, Parquet or NDJSON with customer_id, retained, observed_at, revenue, …"),
        ],
        workspace: Workspace = Path(),
        now: Annotated[str | None, typer.Option("--now", help="Take this as the present time.")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Load outcomes; the same twice changes nothing, another content of an id corrects it."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now), quiet=as_json) as retinue:
            from retinue.pipeline.summary import load_view

            found = load_view(retinue.outcomes_load(file).as_dict())
            shown = ["table", "read", "loaded", "unchanged", "corrected", "duplicates", "quarantined"]
            lines = [table_text(found["tables"], shown)]
            lines += [f"quarantined {count:,}: {reason}" for reason, count in found["quarantined"].items()]
            lines += [f"- {line}" for line in found["assumptions"]]
            emit(found, as_json=as_json, text="\n".join(lines))

    @outcomes.command(
        "report", epilog="Example: retinue outcomes report --as-of 2026-02-14 --out outcomes.html"
    )
    def report(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        out: Annotated[
            Path | None,
            typer.Option("--out", "-o", help="Also write the report as an HTML page to this file."),
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """What treatment, and each incentive, brought against those left alone, and when we will know."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                found = retinue.outcomes_report(parse_as_of(as_of, clock))
                project = retinue.settings.project.name
            from retinue.outcomes import as_dict, in_words

            emit(as_dict(found), as_json=as_json, text=in_words(found))
            if out is not None:
                from retinue.report import render_outcomes
                from retinue.runs.result import write_file

                write_file(out, render_outcomes(found, project).encode())
                say(f"Report: {out}")
