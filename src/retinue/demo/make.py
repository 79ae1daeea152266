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

_DRAFT = ".demo.draft"
"""In an empty folder that was there before: what is being made."""


@dataclass(frozen=True, slots=True)
class Made:
    """A demo that was made. runs: how many it has behind it; last: the newest of them."""

    folder: Path
    end: datetime
    runs: int
    last: RunResult


def sample_here(folder: Path) -> bool:
    """Whether there is a demo already; False for nothing, an empty folder, or one in which a demo was begun.

    Raises UsageError where there is something else.
    """
    if not folder.exists() or (folder.is_dir() and {one.name for one in folder.iterdir()} <= {_DRAFT}):
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
    """Simulate a business and a year of campaigns on it, in a folder that is empty or not there yet.

    Parameters
    ----------
    customers: how many have joined by the first campaign.
    end: midnight (UTC) of the last run; everything before it has happened.
    campaigns: how many were carried out, every six weeks; a last one is planned at the end and waits.
    tell: hears what is being done.

    All of it is made beside the folder and takes its name when it is whole, or within it and moves up then,
    the settings last: a demo that was cut short leaves a draft, and begins again. The same arguments give the
    same business, decisions and outcomes. Raises UsageError where the draft's name is taken.
    """
    from retinue.demo.business import Business
    from retinue.demo.mailbox import mailbox
    from retinue.demo.staff import Staff
    from retinue.demo.workspace import Sample, write_workspace
    from retinue.demo.year import Year, moments

    folder = folder.resolve()
    # A folder that is there may be where somebody stands, or a disk of its own: it stays the same one.
    draft = folder / _DRAFT if folder.is_dir() else folder.with_name(f"{folder.name}.draft")
    sample_here(draft)  # what else has that name is nobody's to remove
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
    if folder.is_dir():
        for path in sorted(draft.iterdir(), key=lambda one: one.name == SETTINGS_FILE):
            path.rename(folder / path.name)
        draft.rmdir()
    else:
        draft.rename(folder)
    return Made(folder, end, len(days), last)
