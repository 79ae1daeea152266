"""`retinue clients`: applications whose users sign in at Retinue, and machines with a secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.daily import opened
from retinue.cli.output import JsonFlag, Workspace, emit, parse_clock, reporting_errors, say, table_text

if TYPE_CHECKING:
    from retinue.store.clients import ClientRecord

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    clients = typer.Typer(no_args_is_help=True, help="Applications that sign their users in at Retinue.")
    app.add_typer(clients, name="clients")

    @clients.command(
        "create", epilog="Example: retinue clients create board --redirect https://board.example.com/back"
    )
    def create(
        name: Annotated[str, typer.Argument(help="Name of the application, which its users see.")],
        redirect: Annotated[
            list[str] | None,
            typer.Option(
                "--redirect", help="Where users are sent back to, letter by letter; may be repeated."
            ),
        ] = None,
        secret: Annotated[
            bool, typer.Option("--secret", help="It runs on a server and can keep a secret.")
        ] = False,
        role: Annotated[
            str | None, typer.Option("--role", help="It is a machine of its own, with this role.")
        ] = None,
        scope: Annotated[
            list[str] | None,
            typer.Option("--scope", help="A permission beyond which it gets none; may be repeated."),
        ] = None,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Register an application; a secret is printed this once."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.security.clients import register_client

            made, shown = register_client(
                retinue.store,
                name,
                redirect_uris=redirect or [],
                secret=secret,
                role=role,
                scopes=scope or [],
                now=retinue.clock,
            )
            body = _shown(made) if shown is None else {**_shown(made), "client_secret": shown}
            lines = [f"{name}: {body[name]}" for name in ("client_id", "client_secret") if name in body]
            emit(body, as_json=as_json, text="\n".join(lines))
            if shown is not None and not as_json:
                say("Keep the secret now, it is not shown again.")

    @clients.command("list", epilog="Example: retinue clients list")
    def list_(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every application, newest first."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.clients import list_clients

            found = [_shown(one) for one in list_clients(retinue.store)]
            rows = [{k: ", ".join(v) if isinstance(v, list) else v for k, v in one.items()} for one in found]
            columns = ("client_id", "name", "kind", "role", "scopes", "state")
            emit(found, as_json=as_json, text=table_text(rows, columns) if rows else "There is no client.")

    @clients.command("disable", epilog="Example: retinue clients disable app_0123456789abcdef")
    def disable(
        client_id: Annotated[str, typer.Argument(help="Its id, as `retinue clients list` shows it.")],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Shut an application and all its tokens out from the next request on."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.clients import disable_client

            done = disable_client(retinue.store, client_id, now=retinue.clock)
            emit(_shown(done), as_json=as_json, text=f"{done.client_id} is disabled.")


def _shown(client: ClientRecord) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "name": client.name,
        "kind": "public" if client.sha256 is None else "with a secret",
        "role": client.role,
        "redirect_uris": list(client.redirect_uris),
        "scopes": list(client.scopes),
        "state": "active" if client.disabled_at is None else "disabled",
        "created_at": f"{client.created_at.isoformat()}Z",
    }
