"""The demo: one simulated business, from raw tables to a report or to a year of campaigns."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.cli.daily import opened
from retinue.cli.output import say

if TYPE_CHECKING:
    from retinue.demo import Served
    from retinue.runs import RunResult

__all__ = ["run_once", "run_year", "serve_demo", "stop_demo"]


def run_once(
    folder: Path, *, customers: int, seed: int, end: datetime, quiet: bool
) -> tuple[RunResult, Path]:
    """Write the business into `folder/data` and run on it; the result and the report's page.

    Raises UsageError where there is something else than a demo: what is simulated is nobody's business.
    """
    from retinue.demo import sample_here
    from retinue.simulation import write_world
    from retinue.workspace import init_workspace

    if not sample_here(folder):
        init_workspace(folder)
        _mark(folder)
    data = folder / "data"
    if not data.exists():
        if not quiet:
            say(f"Simulating a business of {customers:,} customers over two years (seed {seed}) …")
        # Under its name only when whole: a demo that was interrupted begins again.
        draft = folder / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        write_world(
            draft, customers=customers, years=2.0, seed=seed, end=end, truth_folder=folder / "data_truth"
        )
        draft.rename(data)
    with opened(folder, clock=end, quiet=quiet) as retinue:
        result = retinue.run(end, data=data)
        page = folder / "report.html"
        result.write_report(page)
        result.write_campaign(folder / "campaign.json")
    return result, page


def run_year(
    folder: Path, *, customers: int, seed: int, end: datetime, campaigns: int, quiet: bool
) -> tuple[RunResult, Path, bool]:
    """A year of campaigns in the folder; its last run, the report's page, and whether it was there before."""
    from retinue.demo import make_demo, sample_here

    there = sample_here(folder)
    if not there:
        # Jobs warn of drift and of due requests, as they should: here these are part of what is simulated.
        os.environ.setdefault("RETINUE_LOG", "error")
        # Small matrices are no work for threads, which only wait for one another.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        # A fifth of the time of so many small runs in one process goes into looking for garbage.
        gc.set_threshold(20_000, 20, 50)
        tell = (lambda _: None) if quiet else say
        make_demo(folder, customers=customers, seed=seed, end=end, campaigns=campaigns, tell=tell)
    with opened(folder, clock=end, quiet=True) as retinue:
        return retinue.last_run(), folder / "report.html", there


def serve_demo(folder: Path) -> Served:
    """Leave the service of a demo running, in place of one that runs; a browser is opened where there is one.

    Says so where the dashboard was not built.
    """
    from retinue.demo import serve

    served = serve(folder)
    if not _dashboard_built():
        say("The dashboard is not built. Where Retinue was installed from its sources: make dashboard.")
    elif sys.stdout.isatty() and _has_display():
        import webbrowser

        webbrowser.open(served.url)
    return served


def stop_demo(folder: Path) -> Served | None:
    """End the service that was left running; None where none runs."""
    from retinue.demo import stop

    return stop(folder)


def _mark(folder: Path) -> None:
    """Say in the settings that this is a sample."""
    target = folder / "retinue.toml"
    text = target.read_text("utf-8")
    target.write_text(text.replace("[project]\n", "[project]\nsample = true\n", 1), "utf-8")


def _dashboard_built() -> bool:
    from importlib.resources import files

    return files("retinue").joinpath("static", "index.html").is_file()


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
