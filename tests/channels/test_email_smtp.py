"""E-mail over SMTP: conformance against a mail server with TLS and log-in, and the mail itself."""

from __future__ import annotations

import email
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from retinue.channels.base import ChannelDown, Contact, Message, Prepared, Refused, TryLater, Unsure
from retinue.channels.email_smtp import SmtpChannel, message_id, written
from retinue.channels.smtp_session import MailServer, _Session
from retinue.errors import SettingsError
from retinue.testing import check_channel
from retinue.testing.channels import CONTACT, MESSAGE, ORDER
from retinue.testing.doubles import FAULTS, Running, start
from retinue.testing.doubles.smtp import PASSWORD, USER

PLAIN = ("username", "password", "ca_file")
"""The keys that have no place where nothing is encrypted."""


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start("smtp", security="starttls") as double:
        yield double


@pytest.fixture
def double(running: Running) -> Running:
    running.reset()
    return running


def channel(double: Running, address: str = "", **changes: Any) -> SmtpChannel:
    raw = {
        "host": "127.0.0.1",
        "port": int((address or double.url).rpartition(":")[2]),
        "username": USER,
        "password": PASSWORD,
        "ca_file": str(double.witness.parent / "ca.pem"),
        "from_address": "offers@shop.example",
        "from_name": "The Shop",
        "unsubscribe_url": "https://shop.example/u/{delivery_id}",
        "read_seconds": 0.5,
        "whole_seconds": 1.5,
        **changes,
    }
    return SmtpChannel.from_settings(
        "mail", {k: v for k, v in raw.items() if v is not None}, Path("/nowhere")
    )


def send(
    made: SmtpChannel, contact: Contact = CONTACT, message: Message = MESSAGE, key: str = "DLV_1"
) -> None:
    made.send(made.prepare(ORDER, contact, message), key)


def received(double: Running) -> EmailMessage:
    mail = double.effects()[-1]["what"]["mail"]
    return email.message_from_string(mail.replace("\r\n", "\n"), policy=default)  # type: ignore[return-value]


def test_it_keeps_the_promises_of_a_channel(double: Running) -> None:
    check_channel(lambda url: channel(double, url), double, names_wait=False, secrets=(PASSWORD,))


@pytest.mark.parametrize("security", ["tls", "none"])
def test_it_keeps_them_over_other_connections(security: str) -> None:
    secret: dict[str, Any] = dict.fromkeys(PLAIN) if security == "none" else {}
    with start("smtp", security=security) as other:
        check_channel(
            lambda url: channel(other, url, security=security, **secret),
            other,
            faults=[fault for fault in FAULTS if fault not in ("slow", "throttled_wait")],
        )


def test_the_mail_is_as_it_should_be(double: Running) -> None:
    send(channel(double, reply_to="help@shop.example"))
    mail = received(double)
    assert mail["From"] == "The Shop <offers@shop.example>"
    assert mail["To"] == "Ägidius Straßenberg <aegidius.private@mailbox.example>"
    assert mail["Reply-To"] == "help@shop.example"
    assert mail["Subject"] == "Your offer"
    assert mail["Date"] == "Sun, 01 Mar 2026 09:30:00 +0000"
    assert mail["Message-ID"] == message_id("DLV_1", "offers@shop.example")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://shop.example/u/DLV_1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert text.get_content().strip() == MESSAGE.text  # type: ignore[attr-defined]
    assert html.get_content().strip() == MESSAGE.html  # type: ignore[attr-defined]


def test_a_second_try_is_the_same_mail_and_another_delivery_is_not(double: Running) -> None:
    made = channel(double)
    prepared = made.prepare(ORDER, CONTACT, MESSAGE)
    assert written(prepared, "d1") == written(prepared, "d1") != written(prepared, "d2")
    for _ in range(2):
        made.send(prepared, "d1")
    first, second = (effect["what"]["mail"] for effect in double.effects())
    assert first == second


@pytest.mark.parametrize(
    "text",
    [
        ".",
        ".\n",
        "..\n.",
        "a\n.\nb",
        "x" * 3000,
        "ü" * 3000,
        "☂ <&>\r\nb\rc",
        "From me\n",
        " \n\n",
        "=20",
        "\u2028",
    ],
)
def test_any_text_arrives_whole(double: Running, text: str) -> None:
    send(channel(double), message=Message("s", text))
    mail = double.effects()[-1]["what"]["mail"]
    assert all(len(line) <= 998 for line in mail.split("\r\n"))
    assert mail.isascii()
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert received(double).get_content().rstrip("\n") == expected.rstrip("\n")


@pytest.mark.parametrize("subject", ["ü" * 200, "☂ 10 % für Sie", "x" * 500, ""])
def test_any_subject_arrives_whole(double: Running, subject: str) -> None:
    send(channel(double), message=Message(subject, "t"))
    assert received(double)["Subject"] == subject
    assert double.effects()[-1]["what"]["mail"].isascii()


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\u2028b", "a\x00b", "\ud800"])
def test_a_header_cannot_be_smuggled_in_by_the_subject(double: Running, subject: str) -> None:
    with pytest.raises(Refused, match="line break"):
        channel(double).prepare(ORDER, CONTACT, Message(subject, "t"))


@pytest.mark.parametrize("name", ["Ann\r\nBcc: x@y.example", 'A "B" <x@y.example>, C', "x" * 300, "ü" * 120])
def test_a_header_cannot_be_smuggled_in_by_a_name(double: Running, name: str) -> None:
    send(channel(double), replace(CONTACT, name=name))
    mail = received(double)
    assert mail["Bcc"] is None
    (to,) = mail["To"].addresses
    assert to.addr_spec == CONTACT.email
    assert double.effects()[-1]["what"]["to"] == [CONTACT.email]
    # Between two encoded words of a name, Python's own parser leaves a blank.
    assert to.display_name.replace("ü ü", "üü") == ("" if "\n" in name else name)


def test_a_domain_of_any_script_is_written_in_ascii(double: Running) -> None:
    send(channel(double), replace(CONTACT, email="ann@straße.example"))
    assert double.effects()[-1]["what"]["to"] == ["ann@xn--strae-oqa.example"]


def test_a_local_part_of_any_script_needs_a_server_that_takes_it(double: Running) -> None:
    contact = replace(CONTACT, email="jörg@shop.example")
    send(channel(double), contact)
    assert double.effects()[-1]["what"]["to"] == ["jörg@shop.example"]
    assert received(double)["To"].addresses[0].addr_spec == "jörg@shop.example"
    with start("smtp", security="none", utf8="no") as old:
        made = channel(old, security="none", **dict.fromkeys(PLAIN))
        with pytest.raises(Refused, match="not ASCII"):
            send(made, contact)


def test_a_long_way_out_is_not_folded(double: Running) -> None:
    url = "https://shop.example/unsubscribe/" + "p" * 150 + "/{delivery_id}"
    send(channel(double, unsubscribe_url=url), key="DLV_" + "9" * 60)
    mail = double.effects()[-1]["what"]["mail"]
    line = next(line for line in mail.split("\r\n") if line.startswith("List-Unsubscribe:"))
    assert line == f"List-Unsubscribe: <{url.replace('{delivery_id}', 'DLV_' + '9' * 60)}>"


def test_a_mail_without_html_has_one_part(double: Running) -> None:
    send(channel(double, unsubscribe_url=None), message=Message("s", "only text"))
    mail = received(double)
    assert mail.get_content_type() == "text/plain"
    assert mail["List-Unsubscribe"] is None


def test_an_unknown_recipient_is_refused_by_its_code_only(double: Running) -> None:
    with pytest.raises(Refused, match=r"^the mail server answered 550 \(5\.1\.1\)$"):
        send(channel(double), replace(CONTACT, email="nobody@shop.example"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "wrong"}, "answered 535"),
        ({"password": "wörter"}, "must be ASCII"),
        ({"ca_file": None}, "certificate"),
        ({"username": None, "password": None}, "answered 530"),
    ],
)
def test_wrong_credentials_stop_the_channel(double: Running, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ChannelDown, match=words):
        send(channel(double, **changes))
    assert double.effects() == []


def test_the_answer_to_the_mail_is_waited_for_as_long_as_there_is_time(double: Running) -> None:
    double.inject("slow", seconds=1.0)
    send(channel(double, whole_seconds=5))
    assert len(double.effects()) == 1
    double.reset()
    double.inject("slow", seconds=5)
    began = time.monotonic()
    with pytest.raises(Unsure):
        send(channel(double))
    assert time.monotonic() - began < 2.5


def test_a_server_that_says_nothing_is_tried_later(double: Running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = channel(double, f"http://127.0.0.1:{silent.getsockname()[1]}", connect_seconds=0.3)
        with pytest.raises(TryLater):
            send(made)


def test_a_server_without_starttls_gets_nothing() -> None:
    with start("smtp", security="none") as plain:
        made = channel(plain, ca_file=None)
        with pytest.raises(ChannelDown, match="does not offer"):
            send(made)
        assert plain.calls() == []


def test_a_host_that_is_not_there_is_tried_later(double: Running) -> None:
    with pytest.raises(TryLater, match="cannot be reached"):
        send(channel(double, host="no-such-host.invalid"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"security": "none"}, "in the clear"),
        ({"password": None}, "belong together"),
        ({"from_address": "nobody"}, "no e-mail address"),
        ({"unsubscribe_url": "https://shop.example/"}, "delivery_id"),
        ({"ca_file": "no.pem"}, "no file"),
        ({"pasword": "x"}, "Did you mean 'password'"),
    ],
)
def test_wrong_settings_are_named(double: Running, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        channel(double, **changes)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("stage", "code", "fault"),
    [
        ("open", 421, TryLater),
        ("open", 554, ChannelDown),
        ("recipient", 450, TryLater),
        ("recipient", 550, Refused),
        ("recipient", 530, ChannelDown),
        ("content", 554, Refused),
        ("answer", 451, TryLater),
        ("answer", 552, Refused),
        ("answer", 354, Unsure),
        ("content", 250, TryLater),
    ],
)
def test_a_reply_is_told_by_where_it_came(stage: Any, code: int, fault: type[Exception]) -> None:
    session = _Session(MailServer("127.0.0.1", 25, "none", "shop.example"))
    session._stage = stage
    found = session.fault(code, b"5.7.1 <ann@shop.example> said no")
    assert type(found) is fault
    assert "ann@" not in str(found)


def test_an_email_needs_words(double: Running) -> None:
    with pytest.raises(Refused):
        channel(double).prepare(ORDER, CONTACT, None)
    assert isinstance(channel(double).prepare(ORDER, CONTACT, MESSAGE), Prepared)
