"""`retinue rollout`: which phase is in force, what the gate of the next one measures, and moving it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.guards import Reason, Who
from retinue.cli.output import (
    AsOf,
    JsonFlag,
    Workspace,
    emit,
    parse_as_of,
    parse_clock,
    reporting_errors,
    whoever,
)

if TYPE_CHECKING:
    from retinue.runs.rollout import Standing

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    rollout = typer.Typer(no_args_is_help=True, help="Pilot, expansion, everybody: the phases of a roll-out.")
    app.add_typer(rollout, name="rollout")

    @rollout.command("status", epilog="Example: retinue rollout status --as-of 2026-05-01")
    def status(workspace: Workspace = Path(), as_of: AsOf = None, as_json: JsonFlag = False) -> None:
        """The phase in force, and each condition of the next one with what was measured."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                found = retinue.rollout(_moment(as_of, clock))
            emit(found.as_dict(), as_json=as_json, text=_in_words(found))

    @rollout.command("advance", epilog='Example: retinue rollout advance --reason "pilot went well"')
    def advance(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        override: Annotated[
            bool, typer.Option("--override", help="Go on although the gate is shut; needs a reason.")
        ] = False,
        reason: Reason = "",
        who: Who = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Go on to the next phase, for runs as of later times (default: from now on)."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                step = retinue.rollout_advance(
                    _moment(as_of, clock), who=whoever(who), reason=reason, override=override
                )
            text = f"Phase {step.phase}, for runs as of {step.since:%Y-%m-%d %H:%M} UTC and later."
            emit(step.as_dict(), as_json=as_json, text=text)

    @rollout.command("back", epilog='Example: retinue rollout back --reason "complaints"')
    def back(
        workspace: Workspace = Path(),
        as_of: AsOf = None,
        reason: Reason = "",
        who: Who = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Go back to the phase before, for runs as of today (UTC) and later."""
        with reporting_errors(as_json):
            clock = parse_clock(None)
            with opened(workspace, clock=clock, quiet=as_json) as retinue:
                step = retinue.rollout_back(parse_as_of(as_of, clock), who=whoever(who), reason=reason)
            text = f"Phase {step.phase}, for runs as of {step.since:%Y-%m-%d %H:%M} UTC and later."
            emit(step.as_dict(), as_json=as_json, text=text)


def _moment(as_of: str | None, clock: datetime) -> datetime:
    return clock if as_of is None else parse_as_of(as_of, clock)


def _in_words(found: Standing) -> str:
    if found.step is None:
        return 'No roll-out: everybody is in. To begin one: [rollout] phase = "pilot" in retinue.toml'
    step, size = found.step, found.size
    whom = "its first run fixes who is in" if size is None else f"threshold {size.threshold:.6f}"
    since = f"since {step.since:%Y-%m-%d %H:%M} UTC" if found.history else "has not begun"
    lines = [f"Phase {step.phase} {since}; {whom}."]
    if found.next is not None:
        state = "open" if found.open else "shut"
        lines += ["", f"The gate to {found.next} is {state}:"]
        marks = {True: "met    ", False: "not met", None: "unknown"}
        lines += [f"  {marks[one['met']]}  {one['condition']}: {one['words']}" for one in found.gate]
    if found.history:
        lines += ["", "History, newest first:"]
    for one in found.history:
        forced = " although the gate was shut" if one.overridden else ""
        because = f": {one.reason}" if one.reason else ""
        lines.append(f"  {one.since:%Y-%m-%d %H:%M}  {one.phase} ({one.kind} by {one.who}{forced}{because})")
    return "\n".join(lines)
