"""`check_source` passes what keeps the contract and names what does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from retinue.sources import FileBacked, FilesSource, Source
from retinue.testing import check_source

CLOCK = datetime(2026, 6, 1, tzinfo=UTC)
GOOD = {"customer_id": ["1", "2"], "event_type": ["a", "b"], "timestamp": ["2026-01-01", "2026-01-02"]}


class Listed:
    """A source that is not made of files."""

    def __init__(self, name="listed", tables=("events",), columns=None):
        self.name = name
        self.tables = tables
        self.columns = columns or GOOD

    @classmethod
    def from_settings(cls, name, raw, root):
        return cls(name)

    def batches(self, table):
        yield pa.RecordBatch.from_pydict(self.columns)
        yield pa.RecordBatch.from_pydict(self.columns).slice(0, 0)


def test_a_source_without_files_passes():
    report = check_source(Listed, clock=CLOCK)
    assert (report.read, report.loaded) == (2, 2)
    assert isinstance(Listed(), Source)
    assert not isinstance(Listed(), FileBacked)


def test_the_files_source_passes(tmp_path):
    (tmp_path / "people.csv").write_text("id;mail\n1;a@x.org\n2;b@x.org\n")
    raw = {"path": "people.csv", "table": "customers", "columns": {"customer_id": "id", "email": "mail"}}
    report = check_source(lambda: FilesSource.from_settings("people", raw, tmp_path), clock=CLOCK)
    assert report.loaded == 2


class Fickle(Listed):
    made = 0

    def __init__(self):
        super().__init__()
        type(self).made += 1
        self.columns = {**GOOD, "customer_id": [str(self.made), "x"]}


class Changing(Listed):
    def batches(self, table):
        yield pa.RecordBatch.from_pydict(GOOD)
        yield pa.RecordBatch.from_pydict({**GOOD, "event_id": ["1", "2"]})


class Rows(Listed):
    def batches(self, table):
        yield GOOD


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Listed(name=""), "no name"),
        (lambda: Listed(tables=()), "no tables"),
        (lambda: Listed(tables=("payments",)), "not declared"),
        (lambda: Listed(columns={**GOOD, "colour": ["r", "g"]}), "no columns"),
        (lambda: Listed(columns={"customer_id": ["1"], "timestamp": ["2026-01-01"]}), "missing"),
        (lambda: Listed(columns={**GOOD, "timestamp": ["never", "never"]}), "no row is sound"),
        (Fickle, "reading twice"),
        (Changing, "differ"),
        (Rows, "no RecordBatch"),
        (object, "lacks something"),
    ],
)
def test_a_broken_source_is_told_what_it_breaks(make, words):
    with pytest.raises(AssertionError, match=words):
        check_source(make, clock=CLOCK)


def test_the_batches_of_the_files_source_hold_raw_values(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2026-01-01\n-5,never\n")
    raw = {
        "path": "t.csv",
        "table": "transactions",
        "columns": {"customer_id": {"constant": "c"}, "amount": {"expression": "a * 2"}, "date": "b"},
    }
    source = FilesSource.from_settings("t", raw, tmp_path)
    assert source.tables == ("transactions",)
    rows = [row for batch in source.batches("transactions") for row in batch.to_pylist()]
    assert rows == [
        {"customer_id": "c", "amount": 2.0, "date": "2026-01-01"},
        {"customer_id": "c", "amount": -10.0, "date": "never"},
    ]
    assert list(source.batches("events")) == []
