"""`retinue drift`: whether today's customers still look like those the models learned from."""

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
    table_text,
)

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(epilog="Example: retinue drift --as-of 2026-02-14 --against 2025-11-14")
    def drift(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        against: Annotated[
            str | None,
            typer.Option("--against", help="Compare with this date. Default: the training snapshots."),
        ] = None,
        limit: Annotated[int, typer.Option("--limit", help="Features to print.")] = 20,
        fail: Annotated[
            bool, typer.Option("--fail", help="End with exit code 1 when anything drifted or vanished.")
        ] = False,
        as_json: JsonFlag = False,
    ) -> None:
        """How the active customers of a date differ from those the churn model learned from, by PSI."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                found = retinue.drift(
                    parse_as_of(as_of, clock),
                    against=None if against is None else parse_as_of(against, clock, "--against"),
                )
            rows = [
                {
                    "feature": one.feature,
                    "verdict": one.verdict,
                    "PSI": one.psi,
                    "by chance": one.noise,
                    "KL": one.kl,
                    "what changed most": one.statement,
                }
                for one in (found.score, *found.drift.features[:limit])
            ]
            shown = ["feature", "verdict", "PSI", "by chance", "KL", "what changed most"]
            text = f"{found.statement}\n\n{table_text(rows, shown)}"
            emit(found.as_dict(), as_json=as_json, text=text)
            if fail and found.drifted:
                raise typer.Exit(1)
