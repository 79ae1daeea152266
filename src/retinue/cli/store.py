"""`retinue store`: which version the store's tables are of, and migrating them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.output import JsonFlag, Workspace, emit, reporting_errors, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    group = typer.Typer(no_args_is_help=True, help="The store: its place, its version, and migrating it.")
    app.add_typer(group, name="store")

    @group.command("status", epilog="Example: retinue store status")
    def status(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Where the store is and of which version its tables are; exit code 1 if it cannot be used so."""
        with reporting_errors(as_json):
            from retinue.settings import load_settings
            from retinue.store.versions import status

            found = status(load_settings(workspace).store_place)
            version = "no tables yet" if found.version is None else f"version {found.version}"
            lines = [f"{found.place} ({found.database}): {version}, needed {found.needed}: {found.state}"]
            if found.state in ("older", "unnumbered"):
                lines.append("To bring it up to date: retinue store migrate")
            emit(found.as_dict(), as_json=as_json, text="\n".join(lines))
            if found.state in ("newer", "older", "unnumbered"):
                raise typer.Exit(1)

    @group.command("migrate", epilog="Example: retinue store migrate")
    def migrate(
        workspace: Workspace = Path(),
        to: Annotated[
            str | None, typer.Option("--to", help="Version, such as 0001 (default: the one needed).")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Bring the store's tables to the version that is needed, or back to an older one; all or nothing."""
        with reporting_errors(as_json):
            from retinue.settings import load_settings
            from retinue.store import STORE_VERSION
            from retinue.store.versions import migrate

            before, after = migrate(load_settings(workspace).store_place, to or STORE_VERSION)
            done = "was there already" if before == after else f"from {before or 'no numbered version'}"
            emit({"before": before, "after": after}, as_json=as_json, text=f"version {after} ({done})")
            if not as_json and after != STORE_VERSION:
                say("This Retinue needs a newer one: install the version that goes with it.")

    @group.command("copy", epilog="Example: retinue store copy '${DATABASE_URL}'")
    def copy(
        target: Annotated[
            str, typer.Argument(help="An empty database's URL, or a file; `${VARIABLE}` keeps passwords out.")
        ],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Copy the whole store into an empty database or file; then name that one in store.url."""
        with reporting_errors(as_json):
            from retinue.settings import expand_variables, load_settings
            from retinue.store.copying import copy

            counts = copy(load_settings(workspace).store_place, expand_variables(target))
            total = sum(counts.values())
            emit(counts, as_json=as_json, text=f"{total:,} rows of {len(counts)} tables copied")
            if not as_json:
                say("Next: name it in retinue.toml, [store] url. Nobody may write to the old one any more.")
