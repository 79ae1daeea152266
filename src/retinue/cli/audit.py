"""`retinue audit`: verify, search and export the trail; sign a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    JsonFlag,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    say,
    table_text,
)

if TYPE_CHECKING:
    from retinue.store.audit.verify import Verdict

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    audit = typer.Typer(no_args_is_help=True, help="Who did what when, and whether anybody changed that.")
    app.add_typer(audit, name="audit")

    @audit.command("verify", epilog="Example: retinue audit verify --checkpoints /mnt/safe/checkpoints.jsonl")
    def verify(
        workspace: Workspace = Path(),
        checkpoints: Annotated[
            Path | None, typer.Option("--checkpoints", help="A copy of the checkpoints, believed too.")
        ] = None,
        key: Annotated[
            str | None, typer.Option("--key", help="The public key you noted, in hexadecimal digits.")
        ] = None,
        export: Annotated[
            Path | None, typer.Option("--export", help="Verify this export instead of the workspace.")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Whether the trail is as it was written; each break with its place. Exit code 1 when it is not."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            if export is not None:
                from retinue.store.audit.exporting import verify_export

                found = verify_export(export, key=key)
            else:
                from retinue.store.audit.segments import waiting

                found = retinue.audit_verify(checkpoints=checkpoints, key=key)
                late = waiting(retinue.settings.state / "audit" / "ahead")
                if late:
                    say(f"{late:,} entries wait in files: the service puts them into the trail by itself.")
            emit(found.as_dict(), as_json=as_json, text=_in_words(found))
            if not found.whole:
                raise typer.Exit(1)

    @audit.command("search", epilog="Example: retinue audit search --object C00042 --since 2026-02-01")
    def search(
        workspace: Workspace = Path(),
        actor: Annotated[str | None, typer.Option("--actor", help="Who did it.")] = None,
        action: Annotated[
            str | None,
            typer.Option("--action", help="What, such as campaign.approved; or campaign. for all."),
        ] = None,
        kind: Annotated[
            str | None, typer.Option("--kind", help="To what sort of thing, such as campaign.")
        ] = None,
        about: Annotated[str | None, typer.Option("--object", help="To what: an id.")] = None,
        customer: Annotated[
            str | None, typer.Option("--customer", help="About a customer, also where several were shown.")
        ] = None,
        since: Annotated[str | None, typer.Option("--since", help="From this time on.")] = None,
        until: Annotated[str | None, typer.Option("--until", help="Up to this time.")] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 50,
        as_json: JsonFlag = False,
    ) -> None:
        """Records, newest first."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.audit.reading import search as look
            from retinue.store.audit.segments import gather_left

            # What a service left that died; a living one needs no help.
            gather_left(retinue.store, retinue.settings.state / "audit" / "ahead")
            found = look(
                retinue.store,
                actor=actor,
                action=action,
                kind=kind,
                object_id=about,
                customer=customer,
                since=None if since is None else parse_as_of(since, retinue.clock),
                until=None if until is None else parse_as_of(until, retinue.clock),
                limit=limit,
            )
            rows = [one.as_dict() for one in found]
            columns = ["number", "at", "actor", "action", "kind", "object"]
            emit(rows, as_json=as_json, text=table_text(rows, columns) if rows else "None.")

    @audit.command("export", epilog="Example: retinue audit export trail.jsonl")
    def export_(
        file: Annotated[Path, typer.Argument(help="Where to write it.")],
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """The whole trail as lines of JSON, with all that is needed to verify it elsewhere."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            emit(retinue.audit_export(file), as_json=as_json)

    @audit.command("checkpoint", epilog="Example: retinue audit checkpoint")
    def checkpoint(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Sign where the trail stands now; a run and a worker do it by themselves."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            made = retinue.store.checkpoints.write(retinue.store)
            body: dict[str, Any] = {
                "written": made is not None,
                "key": retinue.store.checkpoints.public_key(),
            }
            if made is not None:
                body |= {"count": made.count, "head": made.head, "at": made.at}
            emit(body, as_json=as_json)


def _in_words(found: Verdict) -> str:
    lines = [
        f"{found.records:,} records, {found.checkpoints:,} checkpoints, the last of them of record"
        f" {found.covered:,}."
    ]
    if found.whole:
        lines.append("Every record is as it was written.")
    lines += [f"- {one.kind}: {one.words}" for one in found.breaks]
    if found.more:
        lines.append(f"… and {found.more:,} more breaks.")
    if found.whole and found.covered < found.records:
        lines.append(
            f"Whether the last {found.records - found.covered:,} are all there were, no checkpoint tells yet:"
            " retinue audit checkpoint"
        )
    return "\n".join(lines)
