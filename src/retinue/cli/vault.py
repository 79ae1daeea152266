"""`retinue vault`: the keys of what is sealed in the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.daily import opened
from retinue.cli.output import JsonFlag, Workspace, emit, parse_clock, reporting_errors, say, table_text

if TYPE_CHECKING:
    from retinue.app import Retinue
    from retinue.privacy.keys import FileKey

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    vault = typer.Typer(no_args_is_help=True, help="The keys of what is sealed in the store.")
    app.add_typer(vault, name="vault")

    @vault.command("status", epilog="Example: retinue vault status")
    def status(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every key with its age and the rows it seals, and what is left to do."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.key_states import vault_state

            found = vault_state(retinue.store)
            rows = [
                {
                    "purpose": key.purpose,
                    "key": key.key_id,
                    "seals": "yes" if key.primary else "no more",
                    "made": key.made,
                    "rows": f"{key.rows:,}",
                }
                for key in found.keys
            ]
            table = (
                table_text(rows, ("purpose", "key", "seals", "made", "rows")) if rows else "Nothing sealed."
            )
            emit(found.as_dict(), as_json=as_json, text=f"{table}\nKey-encrypting key: {found.kek}")
            if not as_json and found.to_do:
                say(f"To do: {found.to_do}")

    @vault.command("rotate", epilog="Example: retinue vault rotate")
    def rotate(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Seal with new keys from now on, seal anew what is older, and take the old keys out."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.rotating import rotate

            made = rotate(retinue.store, now=retinue.clock)
            _reencrypt(retinue, as_json, {"made": made})

    @vault.command("reencrypt", epilog="Example: retinue vault reencrypt")
    def reencrypt(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Go on with a rotation that was broken off, or seal anew what an older Retinue sealed."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            _reencrypt(retinue, as_json, {})

    @vault.command("rewrap", epilog="Example: retinue vault rewrap env:SHOP_KEK")
    def rewrap(
        kek: Annotated[
            str, typer.Argument(help="The new key-encrypting key, as encryption.kek would name it.")
        ],
        client: Annotated[
            str | None, typer.Option("--client", help="For a KMS: as encryption.kms_client would name it.")
        ] = None,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Let one more key-encrypting key open every key; then name it in the settings of every process."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.privacy.keys import Kek
            from retinue.store.rotating import rewrap

            new = Kek(kek, state=retinue.settings.state, client=client)
            count = rewrap(retinue.store, new, now=retinue.clock)
            count += _warehouse_key(retinue).rewrap(new)
            said = f"{count} keys are wrapped by {new.id} as well."
            emit({"keys": count, "kek": new.id}, as_json=as_json, text=said)
            if not as_json and count:
                say(f"Next: set encryption.kek = '{kek}' everywhere, then: retinue vault forget-kek")

    @vault.command("forget-kek", epilog="Example: retinue vault forget-kek")
    def forget_kek(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Let only the key-encrypting key of the settings open the keys from now on."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.rotating import forget_keks

            _warehouse_key(retinue).forget_others()
            gone = forget_keks(retinue.store)
            said = f"{', '.join(gone)} opens nothing any more." if gone else "There was no other key."
            emit({"forgotten": gone}, as_json=as_json, text=said)


def _warehouse_key(retinue: Retinue) -> FileKey:
    from retinue.privacy.keys import FileKey, Kek

    return FileKey(retinue.settings.warehouse_path, Kek.from_settings(retinue.settings))


def _reencrypt(retinue: Retinue, as_json: bool, told: dict[str, Any]) -> None:
    from retinue.store.rotating import reencrypt, retire

    done = reencrypt(retinue.store, now=retinue.clock)
    done.retired = retire(retinue.store, now=retinue.clock)
    text = f"{done.done:,} rows sealed anew, {len(done.retired)} old keys taken out"
    emit({**told, **done.as_dict()}, as_json=as_json, text=text)
    if done.failed:
        if not as_json:
            say(f"{len(done.failed)} rows cannot be opened, their key stays. First: {done.failed[0]}")
        raise typer.Exit(1)
