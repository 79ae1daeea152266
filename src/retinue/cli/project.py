"""`retinue init`, `retinue doctor`: the workspace itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.output import JsonFlag, Workspace, emit, reporting_errors, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(epilog="Example: retinue init shop")
    def init(
        directory: Annotated[Path, typer.Argument(help="Folder to create the workspace in.")],
        as_json: JsonFlag = False,
    ) -> None:
        """Write a commented retinue.toml into a folder; an existing one is left alone."""
        with reporting_errors(as_json):
            from retinue.workspace import init_workspace

            created = init_workspace(directory)
            emit(
                {"workspace": str(directory), "created": [str(p) for p in created]},
                as_json=as_json,
                text="\n".join(str(p) for p in created),
            )
            if not as_json:
                say(f"Next: put tables into {directory}/data, or describe your files in retinue.toml")
                say(f"      (retinue sources suggest FILE helps), then: retinue run -w {directory}")

    @app.command(epilog="Example: retinue doctor -w shop")
    def doctor(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Check what can be checked and print the fix for what fails; exit code 1 if anything does."""
        with reporting_errors(as_json):
            from retinue.workspace import diagnose

            checks = diagnose(workspace)
            lines = [
                f"{'ok  ' if c.ok else 'FAIL'}  {c.name}: {c.detail}"
                + (f"\n      fix: {c.fix}" if c.fix else "")
                for c in checks
            ]
            emit([c.as_dict() for c in checks], as_json=as_json, text="\n".join(lines))
            if not all(c.ok for c in checks):
                raise typer.Exit(1)
