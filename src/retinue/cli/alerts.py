"""`retinue alerts`: what is wrong, what was told, and whether anybody would be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.output import JsonFlag, Workspace, emit, parse_clock, reporting_errors, table_text

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    alerts = typer.Typer(no_args_is_help=True, help="What somebody is told of when it goes wrong.")
    app.add_typer(alerts, name="alerts")

    @alerts.command("list", epilog="Example: retinue alerts list --json")
    def listed(
        workspace: Workspace = Path(),
        told: Annotated[
            bool, typer.Option("--told", help="What fired and cleared lately, instead of where each stands.")
        ] = False,
        as_json: JsonFlag = False,
    ) -> None:
        """Every alert with its figure, its limits ([alerts] in retinue.toml) and where it stands."""
        from retinue.cli.jobs import home

        with reporting_errors(as_json), home(workspace) as opened:
            from retinue.runs.alerting import events, rows

            if told:
                found, shown = events(opened), ["at", "alert", "what", "words"]
            else:
                found = rows(opened, parse_clock(None))
                shown = ["alert", "state", "value", "fire", "clear", "for_minutes", "unit"]
            emit(found, as_json=as_json, text=table_text(found, shown) if found else "Nothing was told yet.")

    @alerts.command("test", epilog="Example: retinue alerts test")
    def test(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Send a test through the channels of delivery.notices; fails unless each took it."""
        from retinue.cli.jobs import home

        with reporting_errors(as_json):
            with home(workspace) as opened:
                from retinue.runs.alerting import test as tried

                found = tried(opened, parse_clock(None))
            emit(found, as_json=as_json, text=table_text(found, ["channel", "state", "reason"]))
            if any(row["state"] != "sent" for row in found):
                raise typer.Exit(1)

    @alerts.command("rules", epilog="Example: retinue alerts rules > rules.yml")
    def rules(workspace: Workspace = Path()) -> None:
        """The same alerts as a file of rules for Prometheus, with the limits of this workspace."""
        with reporting_errors(False):
            from retinue.monitoring.alerts.prometheus import rules as written
            from retinue.settings import load_settings

            print(written(load_settings(workspace).alerts), end="")
