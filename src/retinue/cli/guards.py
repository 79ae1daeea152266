"""`retinue stop`, `resume`, `stops` and `fairness`: what keeps offers from doing harm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import (
    AsOf,
    JsonFlag,
    Who,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    say,
    whoever,
)

if TYPE_CHECKING:
    from retinue.store.stops import Switch

__all__ = ["Reason", "Who", "register"]

Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever asks later.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(epilog='Example: retinue stop --reason "wrong prices in the catalogue"')
    def stop(
        workspace: Workspace = Path(), reason: Reason = "", who: Who = None, as_json: JsonFlag = False
    ) -> None:
        """Make no offers from now on, also not in a run under way; runs still score and report."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            done = retinue.stop(who=whoever(who), reason=reason)
            emit(done.as_dict(), as_json=as_json, text=f"No offers are made: {done.in_words()}")
            if not as_json:
                say("Runs still score and report. To make offers again: retinue resume")

    @app.command(epilog='Example: retinue resume --reason "prices corrected"')
    def resume(
        workspace: Workspace = Path(), reason: Reason = "", who: Who = None, as_json: JsonFlag = False
    ) -> None:
        """Make offers again after a stop."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            done = retinue.resume(who=whoever(who), reason=reason)
            emit(done.as_dict(), as_json=as_json, text=f"Offers are made again: {done.in_words()}")

    @app.command(epilog="Example: retinue stops")
    def stops(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every stop and resumption, newest first, and whether Retinue is stopped now."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            found = retinue.stops()
            body = {"stopped": _stopped(found), "history": [switch.as_dict() for switch in found]}
            state = "Stopped: no offers are made." if _stopped(found) else "Not stopped."
            emit(body, as_json=as_json, text="\n".join([state, *(f"- {s.in_words()}" for s in found)]))

    @app.command(epilog="Example: retinue fairness --as-of 2026-02-14 --since 2025-11-01")
    def fairness(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        since: Annotated[
            str | None, typer.Option("--since", help="Only runs from this time on (default: all).")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Whether groups of customers got offers alike, as it is and given risk and value."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                start = None if since is None else parse_as_of(since, clock, "--since")
                found = retinue.fairness(parse_as_of(as_of, clock), since=start)
            from retinue.campaigns.fairness import in_words

            emit(
                {**found.as_dict(), "words": in_words(found)},
                as_json=as_json,
                text="\n".join(in_words(found)),
            )


def _stopped(found: list[Switch]) -> bool:
    return bool(found) and found[0].action == "stop"
