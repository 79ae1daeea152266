"""What reads bytes of anybody: it reads them, or says what is wrong; it never breaks, and never takes long.

`TEST_FUZZ_EXAMPLES` is how many bodies each parser of the long test is given.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.api import uploads
from retinue.api.cursors import made_cursor, read_cursor
from retinue.api.forms import fields_of
from retinue.api.id_uploads import ids_in
from retinue.campaigns.cancel_moment import read_token, sign_token
from retinue.errors import RetinueError

MANY = int(os.environ.get("TEST_FUZZ_EXAMPLES", "20000"))
KEY, SECRET = b"k" * 32, "a-secret-of-the-tests"
PLACE = [1.5, "C1"]


def parquet() -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table({"customer_id": ["C1", "C2"], "n": [1, 2]}), made)
    return made.getvalue()


def cursor(data: bytes) -> Any:
    return read_cursor(KEY, {"a": 1}, data.decode("latin-1"))


def token(data: bytes) -> Any:
    return read_token(data.decode("latin-1"), secret=SECRET, now=1.0, longest=600)


def ids(kind: str) -> Callable[[bytes], Any]:
    return lambda data: list(ids_in(io.BytesIO(data), kind))


def rows(read: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    return lambda data: list(read(io.BytesIO(data)))


PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "cursor": (cursor, made_cursor(KEY, {"a": 1}, PLACE).encode()),
    "token of a customer": (token, sign_token("C1", "nonce-of-a-test", expires=300, secret=SECRET).encode()),
    "form": (lambda data: fields_of(data.decode("latin-1")), b"grant_type=refresh_token&client_id=a%20b"),
    "ids in CSV": (ids("csv"), b'customer_id,name\r\nC1,"a ""b"""\r\nC2,\r\n'),
    "ids in NDJSON": (ids("ndjson"), b'{"customer_id": "C1"}\n"C2"\n'),
    "ids in JSON": (ids("json"), b'{"customer_ids": ["C1", "C2"]}'),
    "ids in Parquet": (ids("parquet"), parquet()),
    "rows in CSV": (rows(uploads._csv_rows), b"outcome_id,retained\nO1,yes\n"),
    "rows in NDJSON": (rows(uploads._json_rows), b'{"outcome_id": "O1", "retained": true}\n'),
}
DEEP = [part * 30_000 for part in (b"[", b'{"a":', b"(", b'"', b",", b"%", b".", b"\\", b"-", b"9", b"\0")]


@st.composite
def changed(draw: st.DrawFn, whole: bytes) -> bytes:
    """Something right, with a few pieces cut out, put in or replaced; or nothing like it."""
    if draw(st.booleans()):
        whole = draw(st.binary(max_size=300))
    made = bytearray(whole)
    for _ in range(draw(st.integers(0, 4))):
        at, length = draw(st.integers(0, len(made))), draw(st.integers(0, 12))
        piece = draw(
            st.one_of(st.binary(max_size=12), st.text(max_size=4).map(lambda t: t.encode("utf-8", "replace")))
        )
        made[at : at + length] = piece
    return bytes(made)


def hold(name: str, many: int) -> None:
    parse, right = PARSERS[name]
    parse(right)

    @settings(max_examples=many, database=None, suppress_health_check=list(HealthCheck))
    @given(data=changed(right))
    def drawn(data: bytes) -> None:
        tried(parse, data)

    drawn()


def tried(parse: Callable[[bytes], Any], data: bytes) -> None:
    began = time.thread_time()
    with suppress(RetinueError):
        parse(data)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("name", PARSERS)
def test_anything_is_read_or_refused(name: str) -> None:
    hold(name, 60)
    for data in DEEP:
        tried(PARSERS[name][0], data)
    tried(PARSERS[name][0], json.dumps({"customer_id": "\ud800", "outcome_id": "\ud800"}).encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_much_of_anything_is_read_or_refused(name: str) -> None:
    hold(name, MANY)
