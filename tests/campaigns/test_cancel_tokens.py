"""Customers' tokens: what is taken, and everything that is not."""

from __future__ import annotations

import base64
import hmac

import pytest

from retinue.campaigns.cancel_moment import read_token, sign_token
from retinue.errors import RequestError

SECRET = "0123456789abcdef-secret"  # noqa: S105
NOW = 1_771_059_600
NONCE = "nonce-00001"


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(text: str, secret: str = SECRET) -> str:
    return f"{text}.{b64(hmac.digest(secret.encode(), text.encode(), 'sha256'))}"


def made(customer: str = "C1", expires: object = NOW + 300, nonce: str = NONCE) -> str:
    return f"v1.{b64(customer.encode())}.{expires}.{nonce}"


def read(token: str) -> str:
    return read_token(token, secret=SECRET, now=NOW, longest=3600).customer_id


@pytest.mark.parametrize("customer", ["C1", "kunde-ü", "a.b|c d", "x" * 200])
def test_a_right_token_names_its_customer(customer: str) -> None:
    token = sign_token(customer, NONCE, expires=NOW + 300, secret=SECRET)
    assert token == signed(made(customer))
    assert read(token) == customer


GOOD = signed(made())
HEAD, SIGNATURE = GOOD.rsplit(".", 1)
ATTACKS = {
    "empty": "",
    "no dots": "abc",
    "no signature": HEAD,
    "empty signature": f"{HEAD}.",
    "other secret": signed(made(), "another secret, as long"),
    "empty secret": signed(made(), ""),
    "another customer, old signature": f"{made('C2')}.{SIGNATURE}",
    "later expiry, old signature": f"{made(expires=NOW + 301)}.{SIGNATURE}",
    "another nonce, old signature": f"{made(nonce='nonce-00002')}.{SIGNATURE}",
    "signature cut": GOOD[:-1],
    "signature padded": GOOD + "=",
    "signature with another last character": GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B"),
    "signature in upper case": f"{HEAD}.{SIGNATURE.upper()}",
    "space before": f" {GOOD}",
    "line break after": f"{GOOD}\n",
    "a part too many": signed(f"{made()}.x"),
    "a part too few": signed("v1.QzE.1771059900"),
    "other version": signed(made().replace("v1.", "v2.", 1)),
    "version none": signed(made().replace("v1.", "none.", 1)),
    "expired": signed(made(expires=NOW - 1)),
    "expires now": signed(made(expires=NOW)),
    "lasts too long": signed(made(expires=NOW + 3601)),
    "expiry negative": signed(made(expires=-5)),
    "expiry with a plus": signed(made(expires="+1771059900")),
    "expiry with zeros before": signed(made(expires="01771059900")),
    "expiry of other digits": signed(made(expires="١٧٧١٠٥٩٩٠٠")),
    "expiry a fraction": signed(made(expires="1771059900.5")),
    "expiry without end": signed(made(expires="9" * 40)),
    "nonce too short": signed(made(nonce="short")),
    "nonce too long": signed(made(nonce="n" * 65)),
    "nonce with strange signs": signed(made(nonce="nonce 0001!")),
    "no customer": signed(f"v1..{NOW + 300}.{NONCE}"),
    "customer too long": signed(made("x" * 201)),
    "customer not UTF-8": signed(f"v1.{b64(bytes([255, 254]))}.{NOW + 300}.{NONCE}"),
    "customer in padded base64": signed(f"v1.QzE=.{NOW + 300}.{NONCE}"),
    "customer with loose bits": signed(f"v1.QzF.{NOW + 300}.{NONCE}"),
    "customer in other base64": signed(f"v1.+/+/.{NOW + 300}.{NONCE}"),
    "too long": "v1." + "A" * 2000,
    "not ASCII": GOOD.replace("v1", "ｖ1"),
    "signature not ASCII": f"{HEAD}.ü",
    "null byte": f"{HEAD}\0.{SIGNATURE}",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_wrong_token_is_refused(name: str) -> None:
    with pytest.raises(RequestError) as refused:
        read(ATTACKS[name])
    assert refused.value.status == 401
    assert "C1" not in str(refused.value)


def test_expiry_is_told_only_to_who_has_a_signed_token() -> None:
    with pytest.raises(RequestError, match="expired"):
        read(signed(made(expires=NOW - 1)))
    with pytest.raises(RequestError, match="not valid"):
        read(signed(made(expires=NOW - 1), "another secret, as long"))
