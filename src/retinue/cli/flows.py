"""`retinue flows`: the jobs of the schedule as Prefect deployments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.jobs import home
from retinue.cli.output import Workspace, reporting_errors

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    flows = typer.Typer(no_args_is_help=True, help="The jobs of the schedule as Prefect deployments.")
    app.add_typer(flows, name="flows")

    @flows.command("serve", epilog="Example: retinue flows serve --jobs run,drift")
    def serve(
        workspace: Workspace = Path(),
        jobs: Annotated[
            str | None, typer.Option("--jobs", help="Only these, such as run,drift; default: all.")
        ] = None,
    ) -> None:
        """Serve a Prefect deployment for each job, with its cron expression and time zone, until ended.

        Needs the extra `prefect`. Workers may run beside it: each slot is done once.
        """
        with reporting_errors(False):
            from retinue import flows as served

            home(workspace).close()
            names = None if jobs is None else [name.strip() for name in jobs.split(",") if name.strip()]
            served.serve(workspace, names)
