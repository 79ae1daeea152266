"""`retinue mcp`: the tools for an agent on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.output import Workspace, reporting_errors, whoever

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("mcp", epilog="Example: retinue mcp --as ada")
    def mcp(
        workspace: Workspace = Path(),
        user: Annotated[
            str | None,
            typer.Option("--as", help="User of the service in whose name it asks (or set RETINUE_API_KEY)."),
        ] = None,
        allow_actions: Annotated[
            bool, typer.Option("--allow-actions", help="Also plan campaigns and answer reviews.")
        ] = False,
    ) -> None:
        """Answer an agent (Model Context Protocol) over stdin and stdout, read-only unless told otherwise."""
        with reporting_errors(False):
            from retinue.api.agents.stdio import serve_stdio
            from retinue.settings import load_settings

            serve_stdio(
                load_settings(workspace),
                user=user,
                key=os.environ.get("RETINUE_API_KEY") or None,
                here=whoever(None),
                acts=allow_actions,
            )
