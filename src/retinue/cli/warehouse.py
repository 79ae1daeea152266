"""`retinue warehouse`: encrypt the warehouse's file, or bring it back."""

from __future__ import annotations

from pathlib import Path

import typer

from retinue.cli.output import JsonFlag, Workspace, emit, reporting_errors, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The warehouse's file: encrypt it, or bring it back.")
    app.add_typer(group, name="warehouse")

    @group.command("encrypt", epilog="Example: retinue warehouse encrypt")
    def encrypt(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Encrypt the warehouse that is there; needs room for a second copy, and nobody else at it."""
        with reporting_errors(as_json):
            from retinue.settings import load_settings
            from retinue.warehouse.encrypting import encrypt

            settings = load_settings(workspace)
            counts = encrypt(settings)
            text = f"{sum(counts.values()):,} rows of {len(counts)} tables are encrypted"
            emit({"rows": counts}, as_json=as_json, text=text)
            if not as_json and not settings.warehouse.encrypt:
                say("Next: set encrypt = true in retinue.toml, [warehouse]. Back up the file with its .key.")

    @group.command("decrypt", epilog="Example: retinue warehouse decrypt")
    def decrypt(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Bring the warehouse back into a file that is not encrypted."""
        with reporting_errors(as_json):
            from retinue.settings import load_settings
            from retinue.warehouse.encrypting import decrypt

            settings = load_settings(workspace)
            counts = decrypt(settings)
            text = f"{sum(counts.values()):,} rows of {len(counts)} tables are not encrypted any more"
            emit({"rows": counts}, as_json=as_json, text=text)
            if not as_json and settings.warehouse.encrypt:
                say("Next: set encrypt = false in retinue.toml, [warehouse].")
