"""What looks personal never reaches a log, in whichever way it got there."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.telemetry.hiding import HIDDEN, LONGEST, hidden, plain

PERSONAL = [
    "ada.lovelace@example.com",
    "ada+spam@mail.example.co.uk",
    "https://crm.example/contacts?email=ada%40example.com",
    "<ada@example.com>",
    "+49 30 123 45 67",
    "+491701234567",
    "0049 170 1234567",
    "030/1234567",
    "(030) 123 45 67",
    "(555) 123-4567",
    "555-123-4567",
    "491701234567",
    "DE89 3704 0044 0532 0130 00",
    "GB29NWBK60161331926819",
]
HARMLESS = [
    "2026-02-14T09:00:00Z",
    "2026-02-14 09:00:00.123456+00:00",
    "CAMP_2026_02_14_001",
    "4f9c02e7a1b34455aa01bb22cc33dd44",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "RTN-0110",
    "host-7:12345:ab12cd34",
    "17 of 1,234,567 rows",
    "192.0.2.10:8000",
    "model.py:125",
    "seconds=0.123456789012",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_what_looks_personal_is_hidden_wherever_it_stands(text: str) -> None:
    for said in (text, f"no reply from {text} today", f"'{text}'"):
        assert HIDDEN in plain(said)
    digits = "".join(filter(str.isdigit, text))
    assert not digits or digits not in "".join(filter(str.isdigit, plain(text)))
    assert "ada" not in plain(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_one_needs_to_find_a_fault_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "name", ["email", "customer_email", "phoneNumber", "Authorization", "api_key", "customer_id", "lastName"]
)
def test_a_field_with_a_personal_name_is_hidden_whatever_it_holds(name: str) -> None:
    assert hidden(name, "anything") == HIDDEN
    assert hidden("detail", {name: "anything"}) == {name: HIDDEN}


def test_values_within_values_are_looked_at() -> None:
    told = hidden("detail", {"row": [{"note": "write to ada@example.com"}], "count": 3, "ok": True})
    assert told == {"row": [{"note": "write to [hidden]"}], "count": 3, "ok": True}


def test_a_long_text_is_cut_off() -> None:
    assert len(plain("x" * 10_000)) == LONGEST


@given(
    st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20),
    st.text(string.ascii_lowercase, min_size=2, max_size=12),
    st.text(max_size=30),
)
def test_no_address_gets_through_whatever_stands_around_it(name: str, host: str, around: str) -> None:
    address = f"{name}@{host}.example"
    assert address not in plain(f"{around} {address} {around}")
