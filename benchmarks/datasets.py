"""The real data sets that `python -m benchmarks.results` runs on, and what may be claimed on each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["DATASETS", "EXAMPLES", "Dataset", "data_folder"]

EXAMPLES = Path(__file__).parents[1] / "examples"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set and the dates it is judged at.

    name: folder under `examples/`.
    folder: folder under the data folder.
    as_of: the day of the run; late enough that training dates with complete label windows leave a test part.
    value_cut: value models see nothing after it and are compared with what was bought between it and
        `as_of`; None where the data hold no purchases to compare with.
    claim: whether its figures say anything about a real or published business.
    note: what a reader must know before reading a figure.
    cross_validated: published or measured AUCs that a cross-validation here is put beside.
    """

    name: str
    title: str
    folder: str
    as_of: datetime
    note: str
    value_cut: datetime | None = None
    claim: bool = True
    cross_validated: tuple[tuple[str, float], ...] = ()


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def _evening(year: int, month: int, day: int) -> datetime:
    """The last second of a day, so that all of the day's purchases are known."""
    return datetime(year, month, day, 23, 59, 59, tzinfo=UTC)


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        "online_retail",
        "Online Retail II, 2009–2010 (a giftware wholesaler; real)",
        "online_retail_2009_2010",
        _day(2010, 12, 10),
        "Invoice lines of one year, cancellations and lines without a customer included. No contracts: churn "
        "is no purchase within the horizon. The part judged leads up to Christmas, when fewer stay away than "
        "in the months calibrated on, and a single year cannot teach that.",
        value_cut=_evening(2010, 8, 31),
    ),
    Dataset(
        "complete_journey",
        "The Complete Journey, first half of 2017 (grocery households; real)",
        "complete_journey",
        _day(2017, 7, 1),
        "Half a year of frequent shoppers of one chain: few ever stay away for a month. Its campaigns were "
        "not randomised, so nothing is said about the effect of offers.",
        value_cut=_evening(2017, 4, 30),
    ),
    Dataset(
        "cdnow",
        "CDNOW, 1/10 sample (an online music shop; real)",
        "cdnow_sample",
        _day(1998, 7, 1),
        "All customers first bought in the first quarter of 1997. The table that the value models were "
        "published on; the cut at 39 weeks is the published one.",
        value_cut=_evening(1997, 9, 30),
    ),
    Dataset(
        "ravenstack",
        "RavenStack (a software subscription business; synthetic)",
        "ravenstack_saas",
        _day(2025, 1, 1),
        "Three quarters of the usage precede the subscription it belongs to, and the accounts' churn flags "
        "disagree with the list of churn events. It shows that accounts, subscriptions, usage and tickets go "
        "through; nothing is claimed about accuracy.",
        claim=False,
    ),
    Dataset(
        "telco",
        "IBM Telco (a telephone company; fictional)",
        "telco_ibm",
        _day(2020, 1, 1),
        "One row per customer and no dates, so the test part is made of customers, not of a later time. "
        "Published figures well above these usually resample before they split.",
        cross_validated=(
            ("LightGBM with default settings", 0.8365),
            ("logistic regression", 0.8454),
        ),
    ),
)


def data_folder(given: str | None = None) -> Path:
    """The folder of the data sets: given, or `RETINUE_DATA`, or `../shared/data` beside the repository."""
    named = given or os.environ.get("RETINUE_DATA")
    return Path(named).resolve() if named else EXAMPLES.parents[1] / "shared" / "data"
