# ruff: noqa: E501 - rows of examples read best as rows
"""Sniffing, splitting and expressions, each against a plain telling of what it should do."""

from __future__ import annotations

import csv
import io

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.errors import MappingError
from retinue.sources.expressions import columns_of, compile_expression
from retinue.sources.files import is_data_file, table_of
from retinue.sources.numbers import number_sql
from retinue.sources.sniff import sniff_dialect, sniff_encoding, split_record

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), max_size=8)


@given(st.lists(CELLS, min_size=2, max_size=6), st.sampled_from(",;\t|"))
def test_a_record_that_was_written_is_read_back(cells, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    assert split_record(text.getvalue(), delimiter, '"') == (cells, "ok")


@given(st.text(alphabet='ab",\n', max_size=30))
def test_any_text_is_split_without_failing(text):
    fields, state = split_record(text, ",", '"')
    assert state in ("ok", "open", "bad")
    assert all(isinstance(field, str) for field in fields)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_have_some_dialect(sample):
    dialect = sniff_dialect(sample)
    assert dialect.delimiter in ",;\t|"
    assert len({name.lower() for name in dialect.names}) == len(dialect.names)


@pytest.mark.parametrize(
    ("sample", "names", "header"),
    [
        (b"a,b\n1,2\n", ("a", "b"), True),
        (b"1,2\n3,4\n", ("column_1", "column_2"), False),
        (b"a,,A,a\n1,2,3,4\n", ("a_1", "column_2", "A_2", "a_3"), True),
        (b"a,a,a_1\n1,2,3\n", ("a_2", "a_3", "a_1"), True),
        (b'"x;y";z\n1;2\n', ("x;y", "z"), True),
        (b"only\nx\n", ("only",), True),
        (b"", (), True),
    ],
)
def test_headers(sample, names, header):
    dialect = sniff_dialect(sample)
    assert (dialect.names, dialect.header) == (names, header)


def test_an_expected_name_makes_a_header_of_any_row():
    assert sniff_dialect(b"2024,2025\n1,2\n", expected=frozenset({"2024"})).header


def test_what_is_stated_is_not_guessed():
    dialect = sniff_dialect(
        b"1;2,3\n", delimiter=",", quote="'", header=False, names=("x", "y"), encoding="latin-1"
    )
    assert (dialect.delimiter, dialect.quote, dialect.names, dialect.encoding) == (
        ",",
        "'",
        ("x", "y"),
        "latin-1",
    )


def test_a_stray_foreign_byte_does_not_change_the_encoding_of_the_rest():
    assert sniff_encoding("übermäßig".encode() + b"\xe9") == "utf-8"
    assert sniff_encoding(b"\xfcberm\xe4\xdfig") == "cp1252"
    assert sniff_encoding(b"caf\xe9 \x81") == "latin-1"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("events.csv", "events"),
        ("events.CSV.GZ", "events"),
        ("events2025.parquet", "events"),
        ("events-2025-06-01.ndjson", "events"),
        ("events_part_7.csv", "events"),
        ("events_old.csv", "events_old"),
        ("2025.csv", "2025"),
    ],
)
def test_the_table_of_a_file(name, table):
    assert is_data_file(name)
    assert table_of(name) == table


@pytest.mark.parametrize("name", [".events.csv", "events.txt.bak", "README.md", "events.xlsx"])
def test_other_files_are_no_data(name):
    assert not is_data_file(name)


TYPES = {"Qty": "VARCHAR", "Price": "VARCHAR", "Invoice": "VARCHAR", "n": "DOUBLE", "odd name": "VARCHAR"}


def compiled(text):
    return compile_expression(text, TYPES, number=lambda sql: number_sql(sql, "."), where="here")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Qty * Price", 13.0),
        ("qty * price", 13.0),
        ("-(Qty) + 1", -1.0),
        ("Qty > 1", True),
        ("Qty BETWEEN 1 AND 3", True),
        ("Invoice LIKE 'C%'", True),
        ("CASE WHEN Invoice LIKE 'C%' THEN 'refunded' END", "refunded"),
        ("upper(\"odd name\") || '-' || Invoice", "X-C1"),
        ("coalesce(nullif(Invoice, 'C1'), 'none')", "none"),
        ("CAST(Price AS DOUBLE) / 2", 3.25),
        ("n + 1", 2.5),
        ("round(Price)", 7.0),
        ("Invoice IN ('C1', 'C2')", True),
        ("'it''s -- no comment'", "it's -- no comment"),
    ],
)
def test_expressions_give_values(text, value):
    row = "SELECT '2' AS \"Qty\", '6.50' AS \"Price\", 'C1' AS \"Invoice\", 1.5::DOUBLE AS n, 'x' AS \"odd name\""
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {compiled(text).sql} FROM ({row})").fetchone() == (value,)


def test_a_text_that_is_no_number_marks_the_row():
    assert compiled("Qty * Price").broken is not None
    assert compiled("Invoice || 'x'").broken is None
    assert columns_of("a + b * a") == ("a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- nothing",
        "Qty; DROP TABLE x",
        "Qty, Price",
        "(SELECT 1)",
        "Qty IN (SELECT 1)",
        "EXISTS (SELECT 1)",
        "read_csv('/etc/passwd')",
        "read_text('/etc/passwd')",
        "getenv('HOME')",
        "current_setting('threads')",
        "getvariable('x')",
        "random()",
        "now()",
        "uuid()",
        "current_date",
        "CURRENT_TIMESTAMP",
        "today()",
        "count(*)",
        "sum(Qty)",
        "row_number() OVER ()",
        "nextval('s')",
        "$1",
        "?",
        "*",
        "x.Qty",
        "main.sneaky(Qty)",
        "Qty AS y",
        "Qty FROM other",
        "Qty) FROM other --",
        "no_such_function(Qty)",
        "Qty *",
        "upper(Qty, Price, Invoice)",
    ],
)
def test_anything_but_a_scalar_over_the_columns_is_refused(text):
    with pytest.raises(MappingError) as caught:
        compiled(text)
    assert caught.value.where == "here"


def test_a_missing_column_names_the_nearest():
    with pytest.raises(MappingError) as caught:
        compiled("Qty * Prise")
    assert "Price" in caught.value.fix
