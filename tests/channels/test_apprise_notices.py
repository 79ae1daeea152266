"""Notices through Apprise: conformance, and Slack's failures in an answer of 200."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apprise
import pytest
from apprise.plugins.slack import NotifySlack

from retinue.channels.apprise_notices import AppriseChannel
from retinue.channels.base import ChannelDown, Refused, TryLater, Unsure
from retinue.errors import SettingsError
from retinue.testing import check_channel
from retinue.testing.channels import CONTACT, MESSAGE, ORDER
from retinue.testing.doubles import Running, start

WEBHOOK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
BOT = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start("slack") as double:
        yield double


@pytest.fixture
def slack(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    running.reset()
    monkeypatch.setattr(NotifySlack, "webhook_url", f"{running.url}/services")
    monkeypatch.setattr(NotifySlack, "api_url", f"{running.url}/api/{{}}")
    monkeypatch.setattr(NotifySlack, "request_rate_per_sec", 0)
    monkeypatch.setattr(apprise.NotifyBase, "request_rate_per_sec", 0)
    return running


def channel(address: str, **changes: Any) -> AppriseChannel:
    return AppriseChannel.from_settings(
        "team", {"url": address, "read_seconds": 0.4, **changes}, Path("/nowhere")
    )


def send(made: AppriseChannel, **words: str) -> None:
    made.send(made.prepare(ORDER, CONTACT, replace(MESSAGE, **words)), "d1")


def test_it_keeps_the_promises_of_a_channel(slack: Running) -> None:
    def make(url: str) -> AppriseChannel:
        NotifySlack.webhook_url = f"{url}/services"
        return channel(f"{WEBHOOK}/#general")

    check_channel(make, slack, vague=True, names_wait=False, secrets=("TIiajkdnlazkcOXrIdevi7FQ",))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("throttled", TryLater),
        ("unauthorised", ChannelDown),
        ("invalid", Refused),
        ("error_before", Unsure),
        ("failure_in_ok", Unsure),
        ("lost_answer", Unsure),
    ],
)
@pytest.mark.parametrize("url", [f"{WEBHOOK}/#general", f"{BOT}/#general"])
def test_what_slack_did_not_take_is_told_as_its_status_says(
    slack: Running, url: str, fault: Any, told: type[Exception]
) -> None:
    slack.inject(fault)
    with pytest.raises(told):
        send(channel(url))


def test_an_answer_of_200_that_says_ok_false_is_a_failure(slack: Running) -> None:
    with pytest.raises(Unsure):
        send(channel(f"{BOT.replace('xoxb', 'xoxp')}/#general"))
    assert slack.effects() == []
    send(channel(f"{BOT}/#general"))
    assert len(slack.effects()) == 1


def test_words_are_escaped_for_slack(slack: Running) -> None:
    send(channel(f"{WEBHOOK}/#general"), subject="a <b> & c", text="<!channel> 5 < 6 & 7 *x*")
    (attachment,) = slack.effects()[0]["what"]["attachments"]
    assert attachment["title"] == "a &lt;b&gt; &amp; c"
    assert attachment["text"] == "&lt;!channel&gt; 5 &lt; 6 &amp; 7 *x*"


def test_of_several_targets_nobody_knows_which_one_failed(slack: Running) -> None:
    slack.inject("throttled")
    with pytest.raises(Unsure):
        send(channel(f"{WEBHOOK}/#one/#two"))
    assert len(slack.effects()) == 1


@pytest.mark.parametrize("option", ["retry=3&wait=0.1", "optional=yes"])
def test_what_would_make_a_failure_look_done_is_turned_off(slack: Running, option: str) -> None:
    slack.inject("error_before")
    with pytest.raises(Unsure):
        send(channel(f"{WEBHOOK}/#general?{option}"))
    assert len(slack.calls()) == 1


class Redirector(BaseHTTPRequestHandler):
    elsewhere = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(307)
        self.send_header("Location", self.elsewhere + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


def test_a_redirect_is_not_followed(slack: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redirector, "elsewhere", slack.url)
    with ThreadingHTTPServer(("127.0.0.1", 0), Redirector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{server.server_port}/services")
        with pytest.raises(Unsure):
            send(channel(f"{WEBHOOK}/#general?redirect=yes"))
        server.shutdown()
    assert slack.effects() == []


def test_its_patience_is_that_of_the_settings(slack: Running) -> None:
    slack.inject("slow", seconds=20)
    began = time.monotonic()
    with pytest.raises(Unsure):
        send(channel(f"{WEBHOOK}/#general?rto=15"))
    assert time.monotonic() - began < 2


def test_one_text_is_one_message_however_long(slack: Running) -> None:
    send(channel(f"{WEBHOOK}/#general?overflow=split"), text="word " * 20_000)
    assert len(slack.calls()) == 1


@pytest.mark.parametrize("url", ["", "nonsense", "slack://short", "nosuchplace://secret-token"])
def test_a_url_that_cannot_be_read_is_an_error_without_it(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        channel(url)
    assert "channels.team.url" in str(caught.value)
    assert not url or url not in f"{caught.value!r} {caught.value}"


def test_a_wrong_key_of_the_settings_is_named() -> None:
    with pytest.raises(SettingsError, match="Did you mean 'url'"):
        channel(WEBHOOK, urls="x")


def test_a_notice_needs_words() -> None:
    made = channel(f"{WEBHOOK}/#general")
    for message in (None, replace(MESSAGE, text=" ")):
        with pytest.raises(Refused):
            made.prepare(ORDER, CONTACT, message)
