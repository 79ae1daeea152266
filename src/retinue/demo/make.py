"""Makes a demo: a folder with a workspace in it that appears when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.errors import UsageError
from retinue.settings import SETTINGS_FILE, load_settings

if TYPE_CHECKING:
    from retinue.runs import RunResult

__all__ = ["Made", "make_demo", "sample_here"]


@dataclass(frozen=True, slots=True)
class Made:
    """A demo that was made. runs: how many it has behind it; last: the newest of them."""

    folder: Path
    end: datetime
    runs: int
    last: RunResult


def sample_here(folder: Path) -> bool:
    """Whether there is a demo already; False for nothing, or an empty folder.

    Raises UsageError where there is something else.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if (folder / SETTINGS_FILE).is_file() and load_settings(folder).project.sample:
        return True
    raise UsageError(
        "There is something else than a demo here already.",
        where=str(folder.resolve()),
        fix="Choose another folder: retinue demo --out FOLDER",
    )


def make_demo(
    folder: Path,
    *,
    customers: int,
    seed: int,
    end: datetime,
    campaigns: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Made:
    """Simulate a business and a year of campaigns on it, in a folder that is not there yet.

    Parameters
    ----------
    customers: how many have joined by the first campaign.
    end: midnight (UTC) of the last run; everything before it has happened.
    campaigns: how many were carried out, every six weeks; a last one is planned at the end and waits.
    tell: hears what is being done.

    All of it is made beside the folder and takes its name when it is whole: a demo that was cut short leaves
    a draft, and begins again. The same arguments give the same business, decisions and outcomes.
    """
    from retinue.demo.business import Business
    from retinue.demo.mailbox import mailbox
    from retinue.demo.staff import Staff
    from retinue.demo.workspace import Sample, write_workspace
    from retinue.demo.year import Year, moments

    draft = folder.with_name(f"{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    sample = Sample.of(seed)
    write_workspace(draft, sample)
    days = moments(end, campaigns)
    tell(f"Simulating a business of {customers:,} customers and {campaigns} campaigns (seed {seed}) …")
    with mailbox(draft / "mailbox", sample.secret, port=sample.port):
        business = Business(customers, seed=seed, first=days[0], secret=sample.secret)
        year = Year(draft, business, Staff(seed), days)
        last = year.play(lambda n, now: tell(f"  run {n} of {len(days)}, as of {now:%Y-%m-%d}"))
    last.write_report(draft / "report.html")
    last.write_campaign(draft / "campaign.json")
    if folder.is_dir():  # an empty one
        folder.rmdir()
    draft.rename(folder)
    return Made(folder, end, len(days), last)
