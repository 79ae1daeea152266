"""Callbacks of channels: believed by their signature, kept once, in any order."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import NOW, TestClient

from retinue import plugins
from retinue.channels import BadCallback, Capabilities, Contact, Message, Order, Prepared, Response, Sent
from retinue.privacy import tokenise, workspace_key
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.responses import counts, of_delivery, redeemed
from retinue.store.suppression import list_suppressed

Service = Callable[..., TestClient]
URL = "/api/v1/channels/post/callback"
KEY = b"the other end's key"


class Post:
    """A channel whose other end signs the address that it calls and the raw body."""

    capabilities = Capabilities("message")
    made = 0
    closed = 0

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> Post:
        cls.made += 1
        return cls(name)

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        raise NotImplementedError

    def send(self, prepared: Prepared, key: str) -> Sent:
        raise NotImplementedError

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        raise NotImplementedError

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        given = headers.get("x-signature", "").encode()
        if not hmac.compare_digest(given, sign(url, body).encode()):
            raise BadCallback("wrong signature")
        return [Response(at=datetime.fromisoformat(row.pop("at")), **row) for row in json.loads(body)]

    def close(self) -> None:
        Post.closed += 1


def sign(url: str, body: bytes) -> str:
    return hmac.new(KEY, url.encode() + body, hashlib.sha256).hexdigest()


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "load", lambda group, name: Post)
    Post.made = Post.closed = 0


@pytest.fixture
def client(service: Service, tmp_path: Path) -> TestClient:
    return service(
        Settings(
            root=tmp_path,
            channels={"post": {"kind": "post"}},
            api={"public_url": "https://retinue.example.com/"},
        ),
        peer="198.51.100.7",
        host="10.0.0.1",
    )


def news(number: int, kind: str = "opened", **more: Any) -> dict[str, Any]:
    return {"response_id": f"r{number}", "kind": kind, "at": "2026-02-13T10:00:00+00:00", **more}


def send(client: TestClient, rows: list[dict[str, Any]], *, query: str = "") -> Any:
    body = json.dumps(rows).encode()
    signature = sign(f"https://retinue.example.com{URL}{query}", body)
    return client.post(URL + query, content=body, headers={"X-Signature": signature})


def test_a_signed_callback_is_kept_and_the_same_again_changes_nothing(
    client: TestClient, store: Store
) -> None:
    rows = [news(1, delivery_id="d1"), news(2, "redeemed", delivery_id="d1", cents=1500, currency="EUR")]
    assert send(client, rows).json() == {"received": 2, "known": 0}
    assert send(client, rows, query="?try=2").json() == {"received": 0, "known": 2}
    assert counts(store) == {"post": {"opened": 1, "redeemed": 1}}
    assert [told.cents for told in redeemed(store)] == [1500]
    assert Post.made == 1


def test_order_does_not_matter_and_unknown_deliveries_are_kept(client: TestClient, store: Store) -> None:
    late = news(1, "delivered", delivery_id="unknown", at="2026-02-10T10:00:00+00:00")
    early = news(2, "clicked", delivery_id="unknown", at="2026-02-11T10:00:00+00:00")
    send(client, [early])
    send(client, [late])
    by_reference = news(3, "opened", reference="ref-9")
    send(client, [by_reference])
    assert [told.kind for told in of_delivery(store, "unknown")] == ["delivered", "clicked"]
    found = of_delivery(store, "unknown", reference="ref-9")
    assert [told.kind for told in found] == ["delivered", "clicked", "opened"]
    assert found[0].at == datetime(2026, 2, 10, 10, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize("header", [{}, {"X-Signature": "0" * 64}, {"X-Signature": "ü".encode()}])
def test_a_callback_that_is_not_signed_is_not_believed(client: TestClient, store: Store, header: Any) -> None:
    answer = client.post(URL, content=b"[]", headers=header)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert counts(store) == {}


def test_a_signature_is_of_one_body_only(client: TestClient, store: Store) -> None:
    body = json.dumps([news(1)]).encode()
    signature = sign(f"https://retinue.example.com{URL}", body)
    answer = client.post(URL, content=body.replace(b"r1", b"r2"), headers={"X-Signature": signature})
    assert answer.status_code == 401
    assert counts(store) == {}


def test_an_unknown_channel_is_not_there(client: TestClient) -> None:
    assert client.post("/api/v1/channels/other/callback", content=b"[]").status_code == 404


def test_an_address_is_kept_as_its_token_only(client: TestClient, store: Store, tmp_path: Path) -> None:
    send(client, [news(1, "complained", recipient="Ada@Example.org", detail="ada@example.org complained")])
    raw = (tmp_path / ".retinue" / "store.sqlite").read_bytes()
    raw += (tmp_path / ".retinue" / "store.sqlite-wal").read_bytes()
    assert b"xample.org" not in raw
    (told,) = of_delivery(store, "none", reference=None) or [None]
    assert told is None
    from sqlalchemy import text

    with store.engine.connect() as connection:
        kept = connection.execute(text("SELECT recipient FROM responses")).scalar_one()
    assert kept == tokenise("ada@example.org", workspace_key(tmp_path / ".retinue"))


def test_a_complaint_is_acted_on_in_the_same_breath_or_not_kept(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        send(client, [news(1, "complained", recipient="a@b.c")])
    assert [row["reason"] for row in list_suppressed(store)] == ["complained"]

    def broken(*given: Any, **named: Any) -> None:
        raise RuntimeError("cannot suppress")

    monkeypatch.setattr("retinue.campaigns.responding.suppress_in", broken)
    assert send(client, [news(2, "bounced", recipient="c@d.e")]).status_code == 500
    assert counts(store) == {"post": {"complained": 1}}, "the other end will send it again"


def test_without_a_public_address_the_called_one_counts(service: Service, tmp_path: Path) -> None:
    client = service(Settings(root=tmp_path, channels={"post": {}}), host="10.0.0.1:8000")
    body = b"[]"
    answer = client.post(URL, content=body, headers={"X-Signature": sign(f"http://10.0.0.1:8000{URL}", body)})
    assert answer.json() == {"received": 0, "known": 0}
    assert NOW.tzinfo is UTC
