"""The demo: one simulated business, from raw tables to a report."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.cli.daily import opened
from retinue.cli.output import say

if TYPE_CHECKING:
    from retinue.runs import RunResult

__all__ = ["run_demo"]

END = datetime(2026, 1, 1, tzinfo=UTC)


def run_demo(folder: Path, *, customers: int, seed: int, quiet: bool) -> tuple[RunResult, Path]:
    """Write the business into `folder/data` and run on it; the result and the report's page."""
    from retinue.simulation import write_world
    from retinue.workspace import init_workspace

    if not (folder / "retinue.toml").exists():
        init_workspace(folder)
    data = folder / "data"
    if not data.exists():
        if not quiet:
            say(f"Simulating a business of {customers:,} customers over two years (seed {seed}) …")
        # Under its name only when whole: a demo that was interrupted begins again.
        draft = folder / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        write_world(
            draft, customers=customers, years=2.0, seed=seed, end=END, truth_folder=folder / "data_truth"
        )
        draft.rename(data)
    with opened(folder, clock=END, quiet=quiet) as retinue:
        result = retinue.run(END, data=data)
        page = folder / "report.html"
        result.write_report(page)
        result.write_campaign(folder / "campaign.json")
    return result, page
