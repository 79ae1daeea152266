"""`retinue keys`: keys by which machines use the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    JsonFlag,
    Workspace,
    emit,
    parse_clock,
    reporting_errors,
    say,
    table_text,
    whoever,
)

if TYPE_CHECKING:
    from datetime import datetime

    from retinue.store.api_keys import ApiKeyRecord

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(no_args_is_help=True, help="Keys by which machines use the service.")
    app.add_typer(keys, name="keys")

    @keys.command("create", epilog="Example: retinue keys create crm --scope outcomes.report --days 365")
    def create(
        name: Annotated[str, typer.Argument(help="What the key is for.")],
        scope: Annotated[
            list[str] | None,
            typer.Option("--scope", help="A permission it is for; may be given more than once."),
        ] = None,
        role: Annotated[str, typer.Option("--role", help="Role of the machine.")] = "service",
        days: Annotated[
            float | None, typer.Option("--days", min=0.01, help="Days until it expires (default: never).")
        ] = None,
        who: Annotated[
            str | None, typer.Option("--who", help="Who makes it (default: the user of the machine).")
        ] = None,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Make a key and print it, this once: only a hash of it is kept."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.security.api_keys import make_api_key

            key, made = make_api_key(
                retinue.store,
                name,
                scope or [],
                role=role,
                by=whoever(who),
                now=retinue.clock,
                days=days,
            )
            emit({**_shown(made, retinue.clock), "key": key}, as_json=as_json, text=key)
            if not as_json:
                say(f"Keep it now, it is not shown again. To end it: retinue keys revoke {made.key_id}")

    @keys.command("list", epilog="Example: retinue keys list")
    def list_(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every key that was made, newest first; never the key itself."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.api_keys import list_api_keys

            found = [_shown(one, retinue.clock) for one in list_api_keys(retinue.store)]
            rows = [{**one, "scopes": ", ".join(one["scopes"])} for one in found]
            columns = ("key_id", "name", "role", "scopes", "state", "expires_at")
            emit(found, as_json=as_json, text=table_text(rows, columns) if rows else "There is no key.")

    @keys.command("revoke", epilog="Example: retinue keys revoke key_0123456789abcdef")
    def revoke(
        key_id: Annotated[str, typer.Argument(help="A key's id, as `retinue keys list` shows it.")],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Let a key count no more from the next request on."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.api_keys import revoke_api_key

            done = revoke_api_key(retinue.store, key_id, now=retinue.clock)
            emit(_shown(done, retinue.clock), as_json=as_json, text=f"{done.key_id} counts no more.")

    @keys.command("rotate", epilog="Example: retinue keys rotate")
    def rotate(
        at_once: Annotated[
            bool, typer.Option("--at-once", help="What the old key signed counts no more: after a theft.")
        ] = False,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Sign tokens of our own with a new key; by itself that happens by auth.signing_days."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.security.signing import SigningKeys

            settings = retinue.settings
            keys = SigningKeys(retinue.store, days=settings.auth.signing_days)
            kid = keys.rotate(retinue.clock, at_once=at_once)
            emit({"kid": kid}, as_json=as_json, text=f"Tokens are signed by the key {kid} from now on.")


def _shown(key: ApiKeyRecord, now: datetime) -> dict[str, str | list[str]]:
    ended = "revoked" if key.revoked_at is not None else "expired"
    return {
        "key_id": key.key_id,
        "name": key.name,
        "role": key.role,
        "scopes": list(key.scopes),
        "state": "active" if key.good(now) else ended,
        "created_by": key.created_by,
        "created_at": f"{key.created_at.isoformat()}Z",
        "expires_at": f"{key.expires_at.isoformat()}Z" if key.expires_at else "never",
    }
