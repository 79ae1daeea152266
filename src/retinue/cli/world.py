"""`retinue simulate` and `retinue demo`: a business whose truth is known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from retinue.cli.output import JsonFlag, _parse_time, emit, reporting_errors, say

__all__ = ["register"]

CAMPAIGNS = 9
"""How many the demo has behind it: one every six weeks of the year before its end."""

END = datetime(2026, 1, 1, tzinfo=UTC)
"""When the business of a single run ends."""


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(epilog="Example: retinue simulate --customers 5000 --years 2 --seed 7 --out world")
    def simulate(
        out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the tables to.")],
        customers: Annotated[
            int, typer.Option("--customers", min=1, help="How many customers ever join.")
        ] = 5000,
        years: Annotated[
            float, typer.Option("--years", min=0.25, help="How long the business has run.")
        ] = 2.0,
        seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")] = 7,
        end: Annotated[str, typer.Option("--end", help="The day the tables end, UTC.")] = "2026-01-01",
        dirt: Annotated[float, typer.Option("--dirt", min=0, max=0.2, help="Share of broken rows.")] = 0.002,
        as_json: JsonFlag = False,
    ) -> None:
        """Write the raw tables of a simulated subscription business; its truth goes beside them."""
        with reporting_errors(as_json):
            from retinue.simulation import write_world

            found = write_world(
                out, customers=customers, years=years, seed=seed, end=_parse_time(end, "--end"), dirt=dirt
            )
            emit(found, as_json=as_json)

    @app.command(epilog="Example: retinue demo --out demo --serve")
    def demo(
        out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the demo's workspace.")] = Path(
            "demo"
        ),
        customers: Annotated[
            int | None,
            typer.Option(
                "--customers", min=200, help="Size of the business; default 1,500, for one run 10,000."
            ),
        ] = None,
        seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed is another business.")] = 7,
        campaigns: Annotated[
            int,
            typer.Option(
                "--campaigns",
                min=0,
                max=50,
                help="Campaigns behind it, one every six weeks; 0: only one run.",
            ),
        ] = CAMPAIGNS,
        end: Annotated[
            str | None, typer.Option("--end", help="The day it ends, UTC. Default: today, or 2026-01-01.")
        ] = None,
        serve: Annotated[
            bool, typer.Option("--serve", help="Leave the service with the dashboard running.")
        ] = False,
        stop: Annotated[bool, typer.Option("--stop", help="End the service that was left running.")] = False,
        remove: Annotated[bool, typer.Option("--remove", help="Remove the demo; nothing else.")] = False,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
        as_json: JsonFlag = False,
    ) -> None:
        """A simulated business with a year of campaigns behind it. A demo that is there is used again."""
        with reporting_errors(as_json):
            if stop or remove:
                _end(out, remove=remove, yes=yes, as_json=as_json)
                return
            size = customers or (1_500 if campaigns else 10_000)
            if campaigns:
                body = _year(out, size, seed, campaigns, _day(end), as_json)
            else:
                body = _once(out, size, seed, END if end is None else _day(end), as_json)
            if serve:
                from retinue.cli.demo import serve_demo

                served = serve_demo(out)
                body = {**body, "url": served.url}
                if not as_json:
                    print(f"To end it: retinue demo --stop --out {out}")
                    print(f"Dashboard: {served.url}")
            if as_json:
                emit(body, as_json=True)


def _day(text: str | None) -> datetime:
    """The midnight a demo ends at: that of today (UTC) by default. Raises UsageError for one to come."""
    from retinue.errors import UsageError

    now = datetime.now(UTC)
    given = now if text is None else _parse_time(text, "--end")
    if given > now:
        raise UsageError(f"{given:%Y-%m-%d} is to come.", where="--end", fix="Give today, or a day before.")
    return given.replace(hour=0, minute=0, second=0, microsecond=0)


def _year(
    out: Path, customers: int, seed: int, campaigns: int, end: datetime, as_json: bool
) -> dict[str, Any]:
    from retinue.cli.demo import run_year
    from retinue.report import print_report

    result, page, there = run_year(
        out, customers=customers, seed=seed, end=end, campaigns=campaigns, quiet=as_json
    )
    if not as_json:
        if there:
            say(f"{out} holds a demo already, as of {result.report.as_of}; it is used again.")
            say(f"For another one: retinue demo --remove --out {out}")
        print_report(result.report, result.timings, reused=there, dry_run=False)
        say(f"\nReport: {page.resolve().as_uri()}")
        say(f"Then: retinue campaign list -w {out}   retinue review list -w {out}")
    return {**result.as_dict(), "page": str(page), "folder": str(out)}


def _once(out: Path, customers: int, seed: int, end: datetime, as_json: bool) -> dict[str, Any]:
    from retinue.cli.demo import run_once
    from retinue.report import print_report

    result, page = run_once(out, customers=customers, seed=seed, end=end, quiet=as_json)
    if not as_json:
        print_report(result.report, result.timings, reused=result.reused, dry_run=False)
        say(f"\nOpen {page.resolve().as_uri()} in a browser.")
        say(f"Then: retinue explain CUSTOMER -w {out}   retinue replay DECISION_ID -w {out}")
    return {**result.as_dict(), "page": str(page)}


def _end(out: Path, *, remove: bool, yes: bool, as_json: bool) -> None:
    """End the service of a demo, and remove the demo where that is wanted."""
    from retinue.cli.demo import stop_demo
    from retinue.errors import UsageError
    from retinue.sample import remove_demo
    from retinue.settings import SETTINGS_FILE

    if not (out / SETTINGS_FILE).is_file():
        raise UsageError("There is no demo here.", where=str(out.resolve()), fix="Name it: --out FOLDER")
    if remove and not yes and not typer.confirm(f"Remove the demo in {out.resolve()}?", err=True):
        raise typer.Exit(1)
    stopped = stop_demo(out)
    if stopped is not None and not as_json:
        say(f"The service at {stopped.url} was ended.")
    elif not remove and not as_json:
        say("No service was running.")
    left = remove_demo(out) if remove else []
    if remove and not as_json:
        rest = f"; not made by it, and still there: {', '.join(path.name for path in left)}" if left else ""
        say(f"The demo in {out} was removed{rest}.")
    if as_json:
        emit(
            {
                "stopped": None if stopped is None else stopped.url,
                "removed": remove,
                "left": [str(p) for p in left],
            },
            as_json=True,
        )
