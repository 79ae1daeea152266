# ruff: noqa: E501 - rows of examples read best as rows
"""Tokens: the same person is the same token, and nobody can read one without the key."""

from __future__ import annotations

import hashlib
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.errors import ArtefactError
from retinue.privacy import TOKEN, looks_personal, tokenise, tokenise_array, tokenise_many, workspace_key

KEY = b"k" * 32


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    state = tmp_path / ".retinue"
    key = workspace_key(state)
    assert len(key) == 32
    assert workspace_key(state) == key
    assert stat.S_IMODE((state / "key").stat().st_mode) == 0o600
    assert workspace_key(tmp_path / "other") != key


@pytest.mark.parametrize("content", [b"", b"abc", b"zz" * 32, b"00" * 31, b"\xff\xfe"])
def test_a_damaged_key_is_refused_and_not_replaced(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(ArtefactError, match="damaged"):
        workspace_key(tmp_path)
    assert (tmp_path / "key").read_bytes() == content


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", " Ada@Example.ORG\n"),
        ("caf\u00e9", "cafe\u0301"),
        ("+49 30 1", " +49 30 1 "),
    ],
)
def test_spellings_of_one_value_share_a_token(one, other):
    assert tokenise(one, KEY) == tokenise(other, KEY)


def test_names_keep_their_letters_apart_and_keys_keep_workspaces_apart():
    assert tokenise("ada", KEY) != tokenise("Ada", KEY)
    assert tokenise("ada", KEY) != tokenise("ada", b"other")


@given(st.text())
def test_a_token_looks_like_one_is_stable_and_is_no_plain_hash(value):
    token = tokenise(value, KEY)
    if not value.strip():
        assert token is None
        return
    assert token is not None
    assert TOKEN.fullmatch(token)
    assert tokenise(token, KEY) == token
    for plain in (hashlib.sha256, hashlib.md5, hashlib.sha1):
        assert plain(value.encode("utf-8", "surrogatepass")).hexdigest()[:32] not in token


def test_null_and_blank_stay_null():
    assert tokenise_many([None, "", "  ", "x"], KEY)[:3] == [None, None, None]


def test_columns_of_arrow():
    import pyarrow as pa

    values = pa.chunked_array([["a", None], ["a"]])
    first, null, again = tokenise_array(values, KEY).to_pylist()
    assert first == again == tokenise("a", KEY)
    assert null is None


@pytest.mark.parametrize(
    "name", ["email", "E-Mail", "contactEmail", "first_name", "LastName", "phone_number", "date_of_birth", "IBAN", "ip_address"]
)  # fmt: skip
def test_names_that_suggest_personal_data(name):
    assert looks_personal(name)


@pytest.mark.parametrize(
    "name", ["amount", "product_name", "description", "tip", "zipper", "customer_id", "event"]
)
def test_names_that_do_not(name):
    assert not looks_personal(name)
