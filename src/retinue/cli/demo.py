"""The demo: one simulated business, from raw tables to a report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from retinue.cli.daily import opened
from retinue.cli.output import say

__all__ = ["run_demo"]

END = datetime(2026, 1, 1, tzinfo=UTC)


def run_demo(folder: Path, *, customers: int, seed: int) -> Path:
    """Write the business into `folder/data`, run on it, and return the report's page."""
    from retinue.report import print_report
    from retinue.simulation import write_world
    from retinue.workspace import init_workspace

    if not (folder / "retinue.toml").exists():
        init_workspace(folder)
    data = folder / "data"
    if not data.exists():
        say(f"Simulating a subscription business of {customers:,} customers over two years (seed {seed}) …")
        write_world(data, customers=customers, years=2.0, seed=seed, end=END)
    with opened(folder, clock=END) as retinue:
        result = retinue.run(END, data=data)
        page = folder / "report.html"
        result.write_report(page)
        result.write_campaign(folder / "campaign.json")
    print_report(result.report, result.timings, reused=result.reused, dry_run=False)
    return page
