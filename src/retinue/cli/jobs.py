"""`retinue jobs`: when each job is due, what came of it, and doing one by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    from retinue.app import Retinue
    from retinue.runs.schedule.running import Runner

__all__ = ["home", "register", "runner"]

_SHOWN = ["job", "next", "last", "state", "tries", "cron", "timezone"]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    group = typer.Typer(
        invoke_without_command=True, help="The jobs: when next, when last, what came of them."
    )
    app.add_typer(group, name="jobs")

    @group.callback(epilog="Example: retinue jobs --json")
    def listed(context: typer.Context, workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """When each job is due next, when it was done last, and what came of it."""
        if context.invoked_subcommand is not None:
            return
        with reporting_errors(as_json), home(workspace) as opened:
            rows = opened.jobs()
        lines = [table_text(rows, _SHOWN)]
        lines += [f"- {row['job']}: {row['alert']}" for row in rows if row["alert"]]
        lines += [f"- {row['job']}: {row['error']}" for row in rows if row["error"]]
        emit(rows, as_json=as_json, text="\n".join(lines))

    @group.command("runs", epilog="Example: retinue jobs runs run --limit 5")
    def runs(
        job: Annotated[str | None, typer.Argument(help="Name of the job; default: all.")] = None,
        workspace: Workspace = Path(),
        limit: Annotated[int, typer.Option("--limit", min=1, help="So many, the newest first.")] = 20,
        as_json: JsonFlag = False,
    ) -> None:
        """The slots on record, with what came of each."""
        from retinue.runs.schedule import chosen
        from retinue.store.job_runs import job_runs

        with reporting_errors(as_json):
            if job is not None:
                chosen([job])
            with home(workspace) as opened:
                rows = [run.as_dict() for run in job_runs(opened.store, job, limit=limit)]
            shown = ["job", "slot", "state", "asked_by", "tries", "started_at", "finished_at"]
            emit(rows, as_json=as_json, text=table_text(rows, shown))

    @group.command("run", epilog="Example: retinue jobs run drift --slot 2026-02-14T06:30:00Z")
    def by_hand(
        job: Annotated[str, typer.Argument(help="Name of the job.")],
        workspace: Workspace = Path(),
        slot: Annotated[
            str | None, typer.Option("--slot", help="The moment it is done for, UTC; default: now.")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        """Do a job by hand, once, unless somebody does it or its slot is done; a failed one is done again."""
        from retinue.runs.schedule import chosen
        from retinue.runs.schedule.due import Due

        with reporting_errors(as_json):
            clock = parse_clock(None)
            moment = clock.replace(microsecond=0) if slot is None else parse_as_of(slot, clock, "--slot")
            (wanted,) = chosen([job])
            with home(workspace) as opened:
                ran = runner(opened, workspace).run(wanted, Due(moment), asked_by="hand")
            if ran is None:
                from retinue.errors import UsageError

                raise UsageError(
                    f"The slot {moment:%Y-%m-%d %H:%M:%S} UTC of {job} is not to be had.",
                    where="--slot",
                    fix="It is done already, or the job is under way: retinue jobs runs",
                )
            text = f"{job} {ran.state}" + (f": {ran.alert}" if ran.alert else "")
            emit(ran.as_dict(), as_json=as_json, text=text)
            if ran.error is not None:
                say(f"error {ran.error}")
                raise typer.Exit(1)


def home(workspace: Path) -> Retinue:
    """The workspace, for its settings and its store. Raises UsageError where there is none."""
    from retinue.app import Retinue
    from retinue.errors import UsageError
    from retinue.settings import SETTINGS_FILE

    opened = Retinue(workspace)
    if not (opened.settings.state.exists() or (opened.settings.root / SETTINGS_FILE).exists()):
        raise UsageError(
            "There is no workspace here: nothing can be due.",
            where=str(opened.settings.root.resolve()),
            fix="Name the workspace with -w FOLDER, or make one: retinue init",
        )
    return opened


def runner(opened: Retinue, workspace: Path) -> Runner:
    """What does slots there; each job opens the workspace anew, and its warehouse only while it needs it."""
    from retinue.app import Retinue
    from retinue.runs.schedule import Runner
    from retinue.runs.schedule.worker import worker_name

    def open_(clock: datetime) -> Any:
        return Retinue(workspace, clock=clock)

    return Runner(opened.store, open_, opened.settings.schedule, worker_name(), lambda: datetime.now(UTC))
