"""`retinue sources`, `retinue quarantine`, `retinue features`: the data and what is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import JsonFlag, Workspace, emit, parse_clock, reporting_errors, say, table_text

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    sources = typer.Typer(no_args_is_help=True, help="Where the data come from.")
    quarantine = typer.Typer(no_args_is_help=True, help="Rows that were not loaded, and why.")
    features = typer.Typer(no_args_is_help=True, help="The catalogue of point-in-time features.")
    app.add_typer(sources, name="sources")
    app.add_typer(quarantine, name="quarantine")
    app.add_typer(features, name="features")

    @sources.command("suggest", epilog="Example: retinue sources suggest exports/orders.csv >> retinue.toml")
    def suggest(
        path: Annotated[Path, typer.Argument(help="A CSV, Parquet or NDJSON file, or a folder of them.")],
        as_json: JsonFlag = False,
    ) -> None:
        """Propose the mapping of a file to our tables, as text for retinue.toml."""
        with reporting_errors(as_json):
            from retinue.ingest import suggest as propose

            text = propose(path)
            emit({"path": str(path), "toml": text}, as_json=as_json, text=text)

    @sources.command("list", epilog="Example: retinue sources list -w shop")
    def list_sources(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """The configured sources and what each one finds."""
        with reporting_errors(as_json):
            from retinue.settings import load_settings
            from retinue.workspace import source_found

            settings = load_settings(workspace)
            rows = [{"source": name, "found": source_found(settings, name)} for name in settings.sources]
            emit(rows, as_json=as_json, text=table_text(rows, ["source", "found"]))

    @quarantine.command("list", epilog="Example: retinue quarantine list --table transactions --json")
    def list_rows(
        workspace: Workspace = Path(),
        table: Annotated[str | None, typer.Option("--table", help="Only rows meant for this table.")] = None,
        reason: Annotated[str | None, typer.Option("--reason", help="Only rows with this reason.")] = None,
        limit: Annotated[int, typer.Option("--limit", help="Rows to print.")] = 50,
        as_json: JsonFlag = False,
    ) -> None:
        """Rows in quarantine: file, row number, column, raw value, reason."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None)) as retinue:
            rows = retinue.quarantine_list(table=table, reason=reason, limit=limit)
            shown = ["quarantine_id", "table", "file", "row", "column", "value", "reason", "detail"]
            emit(rows, as_json=as_json, text=table_text(rows, shown) if rows else "Nothing is in quarantine.")

    @quarantine.command("show", epilog="Example: retinue quarantine show q-1a2b3c")
    def show(
        quarantine_id: Annotated[str, typer.Argument(help="The id that `quarantine list` prints.")],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """One row whole, as it came."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None)) as retinue:
            emit(retinue.quarantine_show(quarantine_id), as_json=as_json)

    @quarantine.command("replay", epilog="Example: retinue quarantine replay --reason orphan")
    def replay(
        workspace: Workspace = Path(),
        data: Annotated[
            Path | None, typer.Option("--data", help="The folder that was loaded, if any.")
        ] = None,
        table: Annotated[str | None, typer.Option("--table", help="Only rows meant for this table.")] = None,
        reason: Annotated[str | None, typer.Option("--reason", help="Only rows with this reason.")] = None,
        now: Annotated[str | None, typer.Option("--now", help="Take this as the present time.")] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Try the rows again under the present mapping; those that pass are loaded."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(now)) as retinue:
            found = retinue.quarantine_replay(data=data, table=table, reason=reason)
            emit(found.as_dict(), as_json=as_json)
            if not as_json and found.still:
                say("Rows that still fail stay in quarantine: mend the mapping or the data and replay again.")

    @features.command("list", epilog="Example: retinue features list --json")
    def list_features(as_json: JsonFlag = False) -> None:
        """Every feature: family, tables, unit."""
        with reporting_errors(as_json):
            from retinue.features import listing

            rows = listing()
            emit(rows, as_json=as_json, text=table_text(rows, ["name", "family", "tables", "unit"]))

    @features.command("describe", epilog="Example: retinue features describe login_count_30d")
    def describe(
        name: Annotated[str, typer.Argument(help="Name of the feature.")], as_json: JsonFlag = False
    ) -> None:
        """Formula, tables, unit and what a missing value means."""
        with reporting_errors(as_json):
            from retinue.features import describe as facts_of

            found = facts_of(name)
            facts = {
                "name": found.name,
                "label": found.label,
                "family": found.family,
                "tables": ", ".join(found.tables),
                "unit": found.unit,
                "formula": found.formula,
                "missing": found.missing,
                "more_is": found.higher_is,
            }
            emit(facts, as_json=as_json)
