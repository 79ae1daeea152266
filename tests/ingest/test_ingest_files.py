# ruff: noqa: E501 - rows of examples read best as rows
"""Files as they come: each loads right, or says with file and line what is wrong with it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from retinue.errors import DataError, MappingError

HEAD = "event_id,customer_id,event_type,timestamp\n"
PLAIN = HEAD + "a,1,login,2026-01-01\nb,2,über,2026-01-02\n"
ROWS = [("a", "1", "login"), ("b", "2", "über")]


def events(shop):
    return shop.rows("events", "event_id", "customer_id", "event_type")


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("latin-1"),
        PLAIN.encode("cp1252"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\r\n", 1).encode(),
        PLAIN.rstrip("\n").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        PLAIN.replace("login", '"login"').replace("a,", '"a",').encode(),
        PLAIN.replace("\n", ",\n").encode(),
        PLAIN.replace("login,", "login ,  ").encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
        gzip.compress(PLAIN.encode("utf-16"), mtime=0),
        PLAIN.replace("timestamp", "timestamp,note").replace("-01\n", '-01,"two\nlines, and a ""word"""\n')
        .replace("-02\n", "-02,\n").encode(),
    ],
    ids=[
        *("utf-8", "bom", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "crlf", "cr", "mixed ends"),
        *("no last end", "blank lines", "semicolons", "tabs", "bars", "quoted", "trailing commas", "blanks"),
        *("gzip by content", "gzip of utf-16", "line breaks in quotes"),
    ],
)  # fmt: skip
def test_every_way_to_write_the_same_rows_loads_the_same(shop, content):
    shop.file("events.csv", content)
    report = shop.load()
    assert report.reasons == {}
    assert events(shop) == ROWS


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x,3", "ragged_row"),
        ("x,3,login,2026-01-01,extra,more", "ragged_row"),
        ('x,"3,login,2026-01-01', "unterminated_quote"),
        ('x,"3"y,login,2026-01-01', "bad_quote"),
        (b"x,3,caf\xe9,2026-01-01", "bad_encoding"),
        (b"x\x00,3,login,2026-01-01", "nul_byte"),
        ("x,3,login," + "9" * 17_000_000, "line_too_long"),
    ],
    ids=["short", "long", "open quote", "text after quote", "foreign byte", "NUL", "endless line"],
)
def test_a_broken_line_is_set_aside_with_its_place_and_the_rest_load(shop, line, reason):
    raw = line if isinstance(line, bytes) else line.encode()
    shop.file(
        "events.csv", HEAD.encode() + b"a,1,login,2026-01-01\n" + raw + b"\nb,2,\xc3\xbcber,2026-01-02\n"
    )
    report = shop.load()
    assert report.reasons == {reason: 1}
    assert report.read == 3
    assert events(shop) == ROWS
    row = shop.aside()[0]
    assert row.row_number == 2
    if reason != "nul_byte":
        assert "line 3" in row.detail
        assert shop.replay().tried == 0
    assert shop.load().loaded == 0
    assert len(shop.aside()) == 1


def test_several_broken_lines_keep_their_numbers(shop):
    lines = [f"e{i},1,login,2026-01-01" for i in range(50)]
    lines[10], lines[20], lines[30] = "short", 'x,"open,login,2026-01-01', "b,1,login,2026-01-01,a,b"
    shop.file("events.csv", HEAD + "\n".join(lines) + "\n")
    assert shop.load().loaded == 47
    assert [(r.row_number, r.reason) for r in shop.aside()] == [
        (11, "ragged_row"),
        (21, "unterminated_quote"),
        (31, "ragged_row"),
    ]


@pytest.mark.parametrize("note", ['"note', 'no"te'])
def test_a_header_that_never_closes_its_quote_loses_no_row(shop, note):
    lines = [f"customer_id,event_type,timestamp,{note}", "1,login,2026-01-01,x", '2,login,2026-01-01,"y']
    shop.file("events.csv", "\n".join(lines) + "\n")
    report = shop.load()
    assert (report.read, report.loaded, report.reasons) == (2, 1, {"unterminated_quote": 1})


def test_single_quotes_are_found(shop):
    shop.file("events.csv", "'customer_id','event_type','timestamp'\n'1','log,in','2026-01-01'\n")
    assert shop.load().loaded == 1
    assert shop.column("events", "event_type") == ["log,in"]


def test_an_empty_file_and_a_header_alone_load_nothing(shop):
    shop.file("events.csv", "")
    shop.file("tickets.csv", "ticket_id,customer_id,opened_at\n")
    report = shop.load()
    assert (report.read, report.loaded, report.quarantined) == (0, 0, 0)
    assert any("empty" in sentence for sentence in report.assumptions)
    assert all(f.seen_before for f in shop.load().files)


def test_a_repeated_header_is_numbered_and_a_needed_one_refused(shop):
    shop.file("events.csv", "customer_id,event_type,timestamp,note,note\n1,login,2026-01-01,a,b\n")
    report = shop.load()
    assert report.loaded == 1
    assert any("note_1" in sentence for sentence in report.assumptions)
    shop.file("events.csv", "customer_id,event_type,timestamp,timestamp\n1,login,2026-01-01,b\n")
    with pytest.raises(MappingError) as caught:
        shop.load()
    assert "timestamp_1" in caught.value.fix


def test_a_header_in_other_letters_is_not_ours_and_the_nearest_is_named(shop):
    shop.file("events.csv", "customerid,event_type,timestamp\n1,login,2026-01-01\n")
    with pytest.raises(MappingError) as caught:
        shop.load()
    assert "customer_id" in caught.value.what
    assert "customerid" in caught.value.fix
    assert "events.csv" in caught.value.where


def test_unknown_columns_are_ignored_and_named(shop):
    shop.file("events.csv", "customer_id,event_type,timestamp,colour\n1,login,2026-01-01,red\n")
    assert any("colour" in sentence for sentence in shop.load().assumptions)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.parquet", b"not parquet"),
        ("events.csv", gzip.compress(PLAIN.encode() * 100, mtime=0)[:-20]),
        ("events.ndjson.gz", gzip.compress(b'{"a": 1}\n' * 100, mtime=0)[:-20]),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_that_names_it(shop, name, content):
    shop.file(name, content)
    with pytest.raises(DataError) as caught:
        shop.load()
    assert name in caught.value.where


def test_broken_json_lines_are_set_aside(shop):
    good = {
        "customer_id": 1,
        "event_type": "e",
        "timestamp": "2026-01-01T00:00:00Z",
        "metadata": {"k": [1, None]},
    }
    lines = [
        json.dumps(good),
        "{",
        "[1, 2]",
        '"text"',
        "null",
        "[" * 10_000,
        '{"customer_id": "\\ud800", "event_type": "e", "timestamp": "2026-01-01"}',
        json.dumps({**good, "customer_id": 2, "metadata": None}),
    ]
    shop.file("events.ndjson", "\n".join(lines) + "\n")
    report = shop.load()
    assert report.loaded == 2
    assert report.reasons == {"bad_json": 5, "bad_encoding": 1}
    assert [r.row_number for r in shop.aside()] == [2, 3, 4, 5, 6, 7]
    assert shop.rows("events", "customer_id", "metadata") == [("1", '{"k":[1,null]}'), ("2", None)]


def test_json_with_too_many_keys_is_refused(shop):
    shop.file("events.ndjson", json.dumps({f"k{i}": 1 for i in range(10_001)}) + "\n")
    with pytest.raises(DataError, match="different keys"):
        shop.load()


def test_a_table_may_be_several_files_of_any_format(shop):
    shop.csv("events_2025.csv", [{"customer_id": "1", "event_type": "e", "timestamp": "2025-01-01"}])
    shop.ndjson("events.part-2.ndjson", [{"customer_id": "1", "event_type": "e", "timestamp": "2025-01-02"}])
    shop.csv("events/2026/a.csv", [{"customer_id": "1", "event_type": "e", "timestamp": "2026-01-01"}])
    shop.csv("notes.csv", [{"a": 1}])
    shop.csv("events_dictionary.csv", [{"a": 1}])
    shop.file("README.md", "words")
    report = shop.load()
    assert report.loaded == 3
    assert any("events_dictionary.csv, notes.csv" in sentence for sentence in report.assumptions)


def test_a_folder_without_tables_says_what_was_expected(shop):
    shop.csv("notes.csv", [{"a": 1}])
    with pytest.raises(DataError) as caught:
        shop.load()
    assert "customers.csv" in caught.value.fix


def test_thousands_of_columns(shop):
    names = ["customer_id", "event_type", "timestamp", *(f"x{i}" for i in range(1_997))]
    shop.file("events.csv", ",".join(names) + "\n1,e,2026-01-01" + "," * 1_997 + "\n")
    assert shop.load().loaded == 1


def test_parquet_types_are_taken_as_they_are(shop):
    from datetime import UTC, date, datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "subscription_id": pa.array([1.0, 2.0], pa.float64()),
            "customer_id": pa.array([7, 8], pa.int32()),
            "mrr": pa.array([9.99, float("nan")], pa.float64()),
            "started_at": pa.array([date(2026, 1, 1), date(2026, 1, 2)], pa.date32()),
            "recorded_at": pa.array(
                [datetime(2026, 1, 1, 5, tzinfo=UTC)] * 2, pa.timestamp("us", "Europe/Berlin")
            ),
        }
    )
    pq.write_table(table, shop.data / "subscriptions.parquet")
    assert shop.load().reasons == {"not_finite": 1}
    found = shop.rows("subscriptions", "subscription_id", "customer_id", "mrr", "started_at", "recorded_at")
    assert [str(v) for v in found[0]] == ["1", "7", "9.9900", "2026-01-01 00:00:00", "2026-01-01 05:00:00"]


BOMB = """
import gzip, sys
from datetime import UTC, datetime
from pathlib import Path
from retinue import ingest
from retinue.settings import Settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine
root = Path(sys.argv[1])
data = root / "data"
with gzip.open(data / "events.csv.gz", "wb", compresslevel=1) as handle:
    handle.write(b"customer_id,event_type,timestamp\\n1,e,2026-01-01\\n")
    for _ in range(400):
        handle.write(bytes(1_000_000))
    handle.write(b"\\n2,e,2026-01-01\\n")
report = ingest.load(Warehouse(DuckDBEngine()), Settings(root=root), clock=datetime(2026, 6, 1, tzinfo=UTC), data=data)
# Of this program alone: ru_maxrss would still hold the peak of the process that started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(report.loaded, report.reasons, int(peak.split()[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of a process from Linux's /proc")
def test_a_packed_bomb_needs_little_memory(shop):
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(shop.root)], capture_output=True, text=True, check=True
    )
    loaded, reason, count, megabytes = done.stdout.replace("{", "").replace("}", "").split()
    assert (loaded, reason, count) == ("2", "'line_too_long':", "1")
    assert int(megabytes) < 600


@pytest.mark.parametrize(
    "payload", ["'; DROP TABLE events; --", '" OR 1=1', "$(reboot)", "\\", "%s", "{0}", "x" * 500]
)
def test_names_and_values_are_never_code(shop, payload):
    rows = [
        {"customer_id": payload, "event_type": payload, "timestamp": "2026-01-01", payload + "c": payload}
    ]
    shop.csv("events.csv", rows)
    assert shop.load().loaded == 1
    assert shop.rows("events", "customer_id", "event_type") == [(payload, payload)]
