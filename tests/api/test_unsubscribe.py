"""The way out of a message: asked by GET, done by POST, signed for one delivery, once or many times."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.conftest import TestClient
from tests.campaigns.witness import KEY, Business, Witness, action

from retinue.campaigns.unsubscribe_links import read_link, unsubscribe_url
from retinue.channels.email_smtp import SmtpChannel
from retinue.settings import Settings
from retinue.settings.api import ApiSettings
from retinue.store.consents import Word, say, words_of_one
from retinue.store.contacts import Known
from retinue.store.deliveries import list_deliveries
from retinue.store.responses import counts
from retinue.store.suppression import list_suppressed
from retinue.testing.doubles import start

Service = Callable[..., TestClient]
ROOT = "https://retinue.example.com"


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Business]:
    """A business whose store and key are those of the service."""
    made = Business(tmp_path / ".retinue", [Witness(), Witness("texts", needs="phone")])
    (tmp_path / ".retinue" / "key").write_bytes(KEY.hex().encode())
    made.settings = made.settings.model_copy(update={"api": ApiSettings(public_url=ROOT)})
    yield made
    made.store.close()


def link_of(b: Business) -> str:
    """The path of the link in the last message."""
    text = b.channels["email"].calls[-1][2]["text"]
    found = re.search(rf"{ROOT}(/api/v1/unsubscribe/\S+)", text)
    assert found is not None, text
    return found[1]


def sent(b: Business, n: int = 1) -> str:
    b.start(action(n), campaign=f"CAMP_2026_02_14_00{n}")
    b.pump()
    return link_of(b)


def test_one_click_unsubscribes_and_nothing_more_is_sent(
    service: Service, b: Business, tmp_path: Path
) -> None:
    link = sent(b)
    b.start({**action(1), "decision_id": "dec_planned"}, campaign="CAMP_2026_02_14_002")
    client = service(Settings(root=tmp_path), peer="203.0.113.9", host="retinue.example.com")
    answer = client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    (word,) = words_of_one(b.store, "C1")
    assert (word.channel, word.purpose, word.granted) == ("email", "marketing", False)
    assert [row["reason"] for row in list_suppressed(b.store)] == ["unsubscribed"]
    assert "example.org" not in str(list_suppressed(b.store))
    assert counts(b.store) == {"email": {"unsubscribed": 1}}
    b.start({**action(1), "decision_id": "dec_later"}, campaign="CAMP_2026_02_14_003")
    b.pump()
    assert b.states() == {
        "dec_1/email": "sent",
        "dec_planned/email": "withheld",
        "dec_later/": "withheld",
    }


def test_get_asks_and_changes_nothing(service: Service, b: Business, tmp_path: Path) -> None:
    link = sent(b)
    settings = Settings(root=tmp_path, project={"name": "Shop <b>"})  # type: ignore[arg-type]
    client = service(settings, peer="203.0.113.9")
    for _ in range(3):
        answer = client.get(link)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"
    page = answer.text
    assert '<html lang="en">' in page
    assert page.count("<button") == 1
    assert "<script" not in page
    assert "Shop &lt;b&gt;" in page
    assert words_of_one(b.store, "C1") == []
    assert list_suppressed(b.store) == []


def test_again_it_changes_nothing_unless_the_customer_agreed_in_between(
    service: Service, b: Business, tmp_path: Path, clock: Any
) -> None:
    link = sent(b)
    client = service(Settings(root=tmp_path))
    for _ in range(3):
        assert client.post(link).status_code == 200
        clock.now += timedelta(minutes=1)
    assert len(words_of_one(b.store, "C1")) == 1
    yes = clock.now
    say(b.store, [Word("yes", "C1", "email", "marketing", True, yes, yes)])
    clock.now += timedelta(minutes=1)
    assert client.post(link).status_code == 200
    assert [word.granted for word in words_of_one(b.store, "C1")] == [False, True, False]


def test_unknown_and_badly_signed_links_look_alike(service: Service, b: Business, tmp_path: Path) -> None:
    link = sent(b)
    client = service(Settings(root=tmp_path))
    name, _, signature = link.rpartition("/")[2].rpartition(".")
    unknown = unsubscribe_url("", "dlv_0000", KEY)
    other = unsubscribe_url("", name, b"x" * 32)
    answers = [
        client.request(method, path)
        for method in ("GET", "POST")
        for path in (
            unknown,
            other,
            f"/api/v1/unsubscribe/{name}.{signature[:-1]}",
            f"/api/v1/unsubscribe/{name}.",
            f"/api/v1/unsubscribe/{name}",
            f"/api/v1/unsubscribe/.{signature}",
            "/api/v1/unsubscribe/%ff%00.é",
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert len({answer.text for answer in answers}) == 1
    assert words_of_one(b.store, "C1") == []


def test_only_messages_have_a_link(service: Service, b: Business, tmp_path: Path) -> None:
    b.channels["crm"] = Witness("crm", kind="task", needs="")
    b.settings = b.settings.model_copy(
        update={"delivery": b.settings.delivery.model_copy(update={"records": ("crm",)})}
    )
    sent(b)
    client = service(Settings(root=tmp_path))
    answers = {
        delivery.channel: client.post(unsubscribe_url("", delivery.delivery_id, KEY)).status_code
        for delivery in list_deliveries(b.store)
    }
    assert answers == {"email": 200, "crm": 404}
    assert "unsubscribe" not in b.channels["crm"].calls[0][2]["text"]


def test_a_text_message_is_refused_by_its_own_word(service: Service, b: Business, tmp_path: Path) -> None:
    b.settings = b.settings.model_copy(
        update={"delivery": b.settings.delivery.model_copy(update={"messages": ("texts",)})}
    )
    b.know(Known("C1", phone="+4930123456", email="c1@example.org"))
    b.reserve([action(1)])
    b.plan([action(1)])
    b.go()
    b.pump()
    text = b.channels["texts"].calls[-1][2]["text"]
    link = text[text.index("/api/v1/") :].split()[0]
    assert service(Settings(root=tmp_path)).post(link).status_code == 200
    (word,) = words_of_one(b.store, "C1")
    assert word.channel == "sms"
    assert len(list_suppressed(b.store)) == 1


def test_without_a_public_address_there_is_no_link(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness()])
    b.start(action(1))
    b.pump()
    assert "unsubscribe" not in b.channels["email"].calls[0][2]["text"]
    b.store.close()


def test_a_mail_holds_the_signed_link_where_programs_look_for_it(tmp_path: Path) -> None:
    with start("smtp", security="none") as double:
        b = Business(tmp_path, [Witness()])
        host, _, port = double.url.rpartition("/")[2].partition(":")
        raw = {
            "host": host,
            "port": int(port),
            "security": "none",
            "from_address": "offers@shop.example",
        }
        b.channels = {"email": SmtpChannel.from_settings("email", raw, tmp_path)}  # type: ignore[dict-item]
        b.settings = b.settings.model_copy(update={"api": ApiSettings(public_url=ROOT)})
        b.start(action(1))
        b.pump()
        mail = message_from_string(double.effects()[-1]["what"]["mail"], policy=default)
        b.store.close()
    listed = str(mail["List-Unsubscribe"]).strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read_link(listed.rpartition("/")[2], KEY) is not None
    assert listed in mail.get_content().replace("\n", "")


def test_over_a_real_connection(b: Business, tmp_path: Path) -> None:
    link = sent(b)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "retinue", "serve", "--port", str(port)],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            asked = answered(client, link)
            assert (asked.status_code, words_of_one(b.store, "C1")) == (200, [])
            done = client.post(link, data={"List-Unsubscribe": "One-Click"})
            assert (done.status_code, len(words_of_one(b.store, "C1"))) == (200, 1)
            assert client.post(f"{link}x").status_code == 404
    finally:
        process.terminate()
        process.wait(10)


def answered(client: httpx.Client, path: str) -> httpx.Response:
    """The first answer of a service that is about to start."""
    end = time.monotonic() + 30
    while True:
        try:
            return client.get(path)
        except httpx.TransportError:
            assert time.monotonic() < end
            time.sleep(0.05)
