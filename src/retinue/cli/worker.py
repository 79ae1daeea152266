"""`retinue worker`: does by itself what is due."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinue.cli.jobs import home, runner
from retinue.cli.output import JsonFlag, Workspace, emit, reporting_errors, say, table_text

if TYPE_CHECKING:
    from retinue.app import Retinue

__all__ = ["register"]


@contextmanager
def shown(opened: Retinue, host: str, port: int | None) -> Iterator[None]:
    """What the worker does is counted, and shown on a port where one is given. Raises UsageError."""
    if port is None:
        yield
        return
    from retinue.errors import UsageError
    from retinue.monitoring.scrape import meter_of
    from retinue.telemetry.metrics import counting
    from retinue.telemetry.metrics.serving import serving

    meter = meter_of(opened.store, opened.settings, lambda: datetime.now(UTC))
    with ExitStack() as stack:
        try:
            where = stack.enter_context(serving(meter, host=host, port=port))
        except OSError as error:
            raise UsageError(
                f"The metrics cannot be shown on {host}:{port}.",
                where="--metrics-port",
                fix=f"Choose another port ({error.strerror}).",
            ) from error
        say(f"Metrics on http://{host}:{where}/metrics")
        stack.enter_context(counting(meter))
        yield


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: retinue worker --jobs run,drift")
    def worker(
        workspace: Workspace = Path(),
        once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
        jobs: Annotated[
            str | None, typer.Option("--jobs", help="Only these, such as run,drift; default: all.")
        ] = None,
        metrics_port: Annotated[
            int | None,
            typer.Option(
                "--metrics-port", min=0, max=65_535, help="Show GET /metrics on this port; default: nowhere."
            ),
        ] = None,
        metrics_host: Annotated[
            str,
            typer.Option(
                "--metrics-host", help="Address for it; whoever reaches it may read the metrics, unasked."
            ),
        ] = "127.0.0.1",
        as_json: JsonFlag = False,
    ) -> None:
        """Do each job when it is due ([schedule] in retinue.toml), and send in between, until told to end.

        Any number of workers may run: each slot is done once. SIGTERM ends it; what was begun goes on later.
        """
        from retinue.runs.schedule import Ran, Worker, chosen
        from retinue.runs.schedule.pump import Pump

        os.environ.setdefault("RETINUE_LOG", "info")
        with reporting_errors(as_json):
            wanted = chosen(None if jobs is None else [n.strip() for n in jobs.split(",") if n.strip()])
            with home(workspace) as opened:
                schedule = opened.settings.schedule
                plans = {job.name: plan for job in wanted if (plan := schedule.plan(job.name)) is not None}
                at_work = Worker(runner(opened, workspace), wanted, plans)
                pump = None
                if opened.settings.delivery.mode != "off":
                    pump = at_work.pump = Pump(opened, at_work.runner.who, clock=at_work.runner.clock)
                done: list[Ran] = []
                try:
                    with shown(opened, metrics_host, metrics_port), at_work.signals():
                        if once:
                            done = at_work.once()
                        else:
                            at_work.forever()
                finally:
                    if pump is not None:
                        pump.close()
            if once:
                rows = [ran.as_dict() for ran in done]
                text = table_text(rows, ["job", "slot", "state", "error"]) if rows else "Nothing is due."
                emit(rows, as_json=as_json, text=text)
                if any(row["state"] == "failed" for row in rows):
                    raise typer.Exit(1)
