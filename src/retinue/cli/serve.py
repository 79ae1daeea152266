"""`retinue serve`: the HTTP service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.output import Workspace, reporting_errors, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: retinue serve --port 8000")
    def serve(
        workspace: Workspace = Path(),
        host: Annotated[
            str | None, typer.Option("--host", help="Address to listen on (default: api.host).")
        ] = None,
        port: Annotated[
            int | None, typer.Option("--port", min=1, max=65_535, help="Port (default: api.port).")
        ] = None,
    ) -> None:
        """Take in outcomes and callbacks, and answer customers who want to cancel; stop it with Ctrl-C."""
        with reporting_errors(False):
            from granian import Granian
            from granian.constants import Interfaces

            from retinue.settings import load_settings
            from retinue.telemetry.ecs import server_logs

            settings = load_settings(workspace)
            address, listen = host or settings.api.host, port or settings.api.port
            # A secret that cannot be read is told here, not by a worker that dies.
            token, secret = settings.api.bearer(settings.root), settings.api.secret(settings.root)
            os.environ["RETINUE_API__HOST"], os.environ["RETINUE_API__PORT"] = address, str(listen)
            say(f"Listening on http://{address}:{listen}")
            if token is None:
                public = settings.api.behind_proxy or settings.api.public_url
                whom = "nobody" if public else "this machine only"
                say(f"No api.token is set: outcomes are taken from {whom}, and from whoever signs in.")
            if secret is None:
                say("No api.cancel_secret is set: there is no cancel moment.")
            Granian(
                "retinue.api.main:served",
                address=address,
                port=listen,
                interface=Interfaces.ASGI,
                factory=True,
                working_dir=workspace.resolve(),
                websockets=False,
                log_access=False,
                log_dictconfig=server_logs(),
            ).serve()
