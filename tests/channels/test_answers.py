"""What an answer says about whether the thing was done."""

from __future__ import annotations

from contextlib import suppress
from email.utils import formatdate

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.channels.answers import Answer, fault_of, safe_code, wait_asked
from retinue.channels.base import ChannelDown, ChannelFault, Refused, TryLater, Unsure


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer("Vendor", status, httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()}), body)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        *[(s, None) for s in (200, 201, 202, 204, 207, 299)],
        *[(s, Unsure) for s in (100, 199, 300, 301, 302, 303, 304, 408, 500, 502, 503, 504, 599, 999)],
        *[(s, ChannelDown) for s in (307, 308, 401, 403)],
        *[(s, TryLater) for s in (425, 429)],
        *[(s, Refused) for s in (400, 404, 405, 409, 410, 413, 422, 451)],
    ],
)
def test_each_status_has_its_fault(status: int, fault: type[ChannelFault] | None) -> None:
    found = fault_of(answer(status))
    assert (None if found is None else type(found)) == fault


def test_a_vendor_may_promise_that_a_5xx_did_nothing() -> None:
    found = fault_of(answer(503, retry_after="4"), undone={503})
    assert isinstance(found, TryLater)
    assert found.after == 4


def test_the_code_is_passed_on_and_words_are_not() -> None:
    body = b'{"code": 21211, "message": "ann@example.com is no number"}'
    assert str(fault_of(answer(400, body), code=lambda b: b["code"])) == "Vendor answered 400 (21211)"
    assert str(fault_of(answer(400, body), code=lambda b: b["message"])) == "Vendor answered 400"
    for broken in (b"", b"[]", b"{", b"[" * 9000, b'{"code": {"a": 1}}', b"\xff"):
        assert str(fault_of(answer(400, broken), code=lambda b: b["code"])) == "Vendor answered 400"


@pytest.mark.parametrize(
    "code", ["+4915112345678", "4915112345678", "ann@example.com", "a b", "", None, True]
)
def test_what_may_be_personal_is_no_code(code: object) -> None:
    assert safe_code(code) == ""


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("999999999", 86400.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Fri, 99 Nov 2026 00:00:00 GMT", None),
        (formatdate(1_800_000_030, usegmt=True), 30.0),
        (formatdate(1_700_000_000, usegmt=True), 0.0),
    ],
)
def test_the_wait_is_seconds_or_a_date_by_the_clock_of_the_other_end(
    said: str, seconds: float | None
) -> None:
    date = formatdate(1_800_000_000, usegmt=True)
    assert wait_asked(answer(429, retry_after=said, date=date)) == seconds


def test_a_vendor_may_name_the_time_instead() -> None:
    date = formatdate(1_800_000_000, usegmt=True)
    reset = answer(429, x_ratelimit_reset="1800000012", date=date)
    assert wait_asked(reset) is None
    assert wait_asked(reset, "x-ratelimit-reset") == 12
    both = answer(429, x_ratelimit_reset="1800000012", retry_after="3", date=date)
    assert wait_asked(both, "x-ratelimit-reset") == 3


@given(
    st.integers(0, 999), st.binary(max_size=60), st.text(alphabet=st.characters(codec="latin-1"), max_size=30)
)
def test_nothing_that_is_answered_makes_it_stumble(status: int, body: bytes, said: str) -> None:
    given_answer = Answer("Vendor", status, httpx.Headers([(b"retry-after", said.encode("latin-1"))]), body)
    found = fault_of(given_answer, code=lambda b: b["error"]["code"], reset="x-reset")
    assert isinstance(found, ChannelFault) is not (200 <= status < 300)
    for read in (given_answer.json, given_answer.object):
        with suppress(Unsure):
            read()
