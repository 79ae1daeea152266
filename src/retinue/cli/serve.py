"""`retinue serve`: the HTTP service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinue.cli.output import Workspace, reporting_errors, say

if TYPE_CHECKING:
    from retinue.settings import Settings

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
        tls_cert: Annotated[
            Path | None,
            typer.Option("--tls-cert", help="Certificate (PEM) to serve https by (default: api.tls_cert)."),
        ] = None,
        tls_key: Annotated[
            Path | None, typer.Option("--tls-key", help="Its key: PEM, PKCS#8 (default: api.tls_key).")
        ] = None,
    ) -> None:
        """Take in outcomes and callbacks, and answer customers who want to cancel; stop it with Ctrl-C."""
        with reporting_errors(False):
            from granian import Granian
            from granian.constants import Interfaces

            from retinue.settings import load_settings
            from retinue.telemetry.ecs import server_logs

            for name, file in (("CERT", tls_cert), ("KEY", tls_key)):
                if file is not None:  # the workers read it there
                    os.environ[f"RETINUE_API__TLS_{name}"] = str(file.resolve())
            settings = load_settings(workspace)
            shown_by = _pair(settings)
            address, listen = host or settings.api.host, port or settings.api.port
            # A secret that cannot be read is told here, not by a worker that dies.
            token, secret = settings.api.bearer(settings.root), settings.api.secret(settings.root)
            settings.auth.secret(settings.root)
            os.environ["RETINUE_API__HOST"], os.environ["RETINUE_API__PORT"] = address, str(listen)
            say(f"Listening on http{'' if shown_by is None else 's'}://{address}:{listen}")
            if token is None:
                public = settings.api.behind_proxy or settings.api.public_url
                whom = "nobody" if public else "this machine only"
                say(f"No api.token is set: outcomes are taken from {whom}, and from whoever signs in.")
            if secret is None:
                say("No api.cancel_secret is set: there is no cancel moment.")
            os.chdir(workspace)  # the workers take the workspace from there
            Granian(
                "retinue.api.main:served",
                address=address,
                port=listen,
                interface=Interfaces.ASGI,
                factory=True,
                websockets=False,
                log_access=False,
                ssl_cert=None if shown_by is None else shown_by[0],
                ssl_key=None if shown_by is None else shown_by[1],
                log_dictconfig=server_logs(),
            ).serve()


def _pair(settings: Settings) -> tuple[Path, Path] | None:
    """Certificate and key that the service shows itself by; None for none. Raises SettingsError."""
    from datetime import UTC, datetime

    certificate, key = settings.api.tls_cert, settings.api.tls_key
    if certificate is None or key is None:
        return None
    from retinue.security.tls import check_pair

    pair = (settings.root / certificate).resolve(), (settings.root / key).resolve()
    until = check_pair(*pair, now=datetime.now(UTC))
    say(f"The certificate counts until {until:%Y-%m-%d}.")
    return pair
