"""The file of all runs so far: its tables, and how it is written.

Times are whole seconds since 1970 (UTC), days are days since 1970, amounts in project currency. Names of
tiers, segments and incentives are numbers here, listed in `names`; 0 is "not known".
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

__all__ = [
    "FAR",
    "FIGURES",
    "FORMAT",
    "JOURNEY",
    "OF_CUSTOMERS",
    "OF_PROFILES",
    "Names",
    "Told",
    "create",
    "day_at",
    "day_of",
    "seconds",
    "write_journey",
]

JOURNEY = "journey.sqlite"
FIGURES = "figures.json"
FORMAT = 2
_EPOCH = date(1970, 1, 1)
FAR = 1 << 40
"""The end of a stretch that goes on."""

_TABLES = (
    "CREATE TABLE told (body BLOB)",
    "CREATE TABLE names (kind TEXT, code INTEGER, name TEXT, PRIMARY KEY (kind, code)) WITHOUT ROWID",
    # a stretch of runs in which an active customer kept tier, segment and whether they were at risk
    "CREATE TABLE spells (customer_id TEXT, since INTEGER, until INTEGER, tier INTEGER, segment INTEGER,"
    " at_risk INTEGER, PRIMARY KEY (customer_id, since)) WITHOUT ROWID",
    "CREATE TABLE runs (as_of INTEGER PRIMARY KEY, campaign_id TEXT)",
    "CREATE TABLE cells (as_of INTEGER, tier INTEGER, segment INTEGER, customers INTEGER, at_risk INTEGER,"
    " revenue_at_risk REAL, value REAL, churn REAL, PRIMARY KEY (as_of, tier, segment)) WITHOUT ROWID",
    "CREATE TABLE rfm (as_of INTEGER, name TEXT, customers INTEGER, at_risk INTEGER, revenue_at_risk REAL,"
    " value REAL, churn REAL, PRIMARY KEY (as_of, name)) WITHOUT ROWID",
    # every decision on record, also to make no offer (`none`); of the arms treatment and holdout
    "CREATE TABLE decisions (decision_id TEXT, customer_id TEXT, at INTEGER, offer INTEGER,"
    " incentive INTEGER, cost REAL, explored INTEGER, tier INTEGER, segment INTEGER, judged_at INTEGER,"
    " retained INTEGER)",
    "CREATE INDEX decided_on ON decisions (customer_id)",
    # sums of them: from which run on (`run`) and on which day
    "CREATE TABLE made (run INTEGER, day INTEGER, tier INTEGER, segment INTEGER, incentive INTEGER,"
    " offer INTEGER, made INTEGER, judged INTEGER, retained INTEGER, spend REAL, spend_judged REAL,"
    " explored INTEGER, known INTEGER)",
    # what is counted by, see `columns`
    "CREATE TABLE people (number INTEGER PRIMARY KEY, customer_id TEXT UNIQUE)",
    "CREATE TABLE columns (name TEXT PRIMARY KEY, body BLOB)",
    # the experiment's customers by the day their window ended: sums of which every estimate is made
    "CREATE TABLE earned (day INTEGER, tier INTEGER, segment INTEGER, customers INTEGER, treated INTEGER,"
    " alone INTEGER, offered INTEGER, retained INTEGER, valued INTEGER, saved REAL, cost REAL,"
    " cost_alone REAL, net REAL, net_squares REAL, kept REAL, kept_squares REAL,"
    " PRIMARY KEY (day, tier, segment)) WITHOUT ROWID",
    # what a run of a month said of a sample of customers, until it is known what became of them
    "CREATE TABLE said (month TEXT, customer_id TEXT, probability REAL, alone INTEGER,"
    " PRIMARY KEY (month, customer_id)) WITHOUT ROWID",
    "CREATE TABLE months (month TEXT PRIMARY KEY, run TEXT, as_of INTEGER, body BLOB) WITHOUT ROWID",
    "CREATE TABLE responses (day INTEGER, incentive TEXT, channel TEXT, kind TEXT, messages INTEGER,"
    " PRIMARY KEY (day, incentive, channel, kind)) WITHOUT ROWID",
)

OF_CUSTOMERS = ("spells", "decisions", "said", "people")
"""Tables whose rows lead to a customer, by `customer_id`."""

OF_PROFILES = ("spells", "said")
"""Those of them that come of profiles: without them a customer is in no stage and in no list."""


class Told(msgspec.Struct, frozen=True):
    """What the file says of itself.

    as_of: of the run (aware UTC). window_days: so long after an offer it is judged. money: why no difference
    is told, empty where it is. hidden: what is wrong with the arms. measured: is a decision on record?
    """

    campaign_id: str
    as_of: datetime
    currency: str
    window_days: float
    money: str = ""
    hidden: tuple[str, ...] = ()
    measured: bool = False
    format: int = FORMAT


class Names:
    """Names of one kind as numbers, those known before keep theirs.

    >>> names = Names({"Premium": 1}); names.code("Basic"), names.code("Premium"), names.code(None)
    (2, 1, 0)
    """

    def __init__(self, known: dict[str, int] | None = None) -> None:
        self.codes = dict(known or {})

    def code(self, name: str | None) -> int:
        """The number of a name; 0 for none."""
        if not isinstance(name, str):
            return 0
        return self.codes.setdefault(name, len(self.codes) + 1)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables."""
    for text in _TABLES:
        connection.execute(text)


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970 of a time; a naive one is UTC.

    >>> seconds(datetime(1970, 1, 2))
    86400
    """
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def day_of(day: date) -> int:
    """Days since 1970.

    >>> day_of(date(1970, 1, 3))
    2
    """
    return (day - _EPOCH).days


def day_at(number: int) -> date:
    """The day so many days after the first of 1970.

    >>> day_at(2)
    datetime.date(1970, 1, 3)
    """
    return _EPOCH + timedelta(days=number)


def write_journey(path: Path, before: Path | None, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Write the file whole or not at all, from what the run before left; `fill` adds what is new."""
    import shutil

    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    try:
        if before is not None:
            shutil.copyfile(before, draft)
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            if before is None:
                create(connection)
            fill(connection)
            connection.commit()
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
