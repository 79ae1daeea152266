"""`retinue simulate` and `retinue demo`: a business whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retinue.cli.output import JsonFlag, emit, reporting_errors, say

__all__ = ["register"]


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
            from retinue.cli.output import _parse_time
            from retinue.simulation import write_world

            found = write_world(
                out, customers=customers, years=years, seed=seed, end=_parse_time(end, "--end"), dirt=dirt
            )
            emit(found, as_json=as_json)

    @app.command(epilog="Example: retinue demo --out demo")
    def demo(
        out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the demo's workspace.")] = Path(
            "demo"
        ),
        customers: Annotated[
            int, typer.Option("--customers", min=200, help="Size of the business.")
        ] = 10_000,
        seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed is another business.")] = 7,
        as_json: JsonFlag = False,
    ) -> None:
        """Simulate a business and run Retinue on it, to a report. The same folder can be used again."""
        with reporting_errors(as_json):
            from retinue.cli.demo import run_demo
            from retinue.report import print_report

            result, page = run_demo(out, customers=customers, seed=seed, quiet=as_json)
            if as_json:
                emit({**result.as_dict(), "page": str(page)}, as_json=True)
                return
            print_report(result.report, result.timings, reused=result.reused, dry_run=False)
            say(f"\nOpen {page.resolve().as_uri()} in a browser.")
            say(f"Then: retinue explain CUSTOMER -w {out}   retinue replay DECISION_ID -w {out}")
