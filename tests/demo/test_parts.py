"""The parts of the demo, each alone: its days, its mailbox, its customers, its settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from retinue.channels.standard_webhooks import sign, signing_key, verify
from retinue.channels.webhook import WebhookChannel, WebhookSettings
from retinue.demo.business import Business
from retinue.demo.mailbox import mailbox
from retinue.demo.make import make_demo, sample_here
from retinue.demo.workspace import Sample, write_workspace
from retinue.demo.year import EVERY, Year, moments
from retinue.errors import UsageError
from retinue.settings import load_settings
from retinue.store.deliveries import DeliveryRecord

END = datetime(2026, 1, 1, tzinfo=UTC)


def test_runs_are_evenly_spaced_and_end_the_day_before_and_at_the_end() -> None:
    days = moments(END, 10)
    assert days[-1] == END
    assert days[-2] == END - timedelta(days=1)
    assert {b - a for a, b in pairwise(days[:-1])} == {EVERY}
    assert len(days) == 11


def test_the_mailbox_keeps_each_signed_message_once(tmp_path: Path) -> None:
    sample = Sample.of(7)
    key, body = signing_key(sample.secret), json.dumps({"type": "retinue.message"}).encode()

    def headers(key: bytes, name: str) -> dict[str, str]:
        at = int(datetime.now(UTC).timestamp())
        signature = sign([key], name, at, body)
        return {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": signature}

    with mailbox(tmp_path, sample.secret) as url:
        taken = [httpx.post(f"{url}/email", content=body, headers=headers(key, "m1")) for _ in range(2)]
        strange = httpx.post(f"{url}/email", content=body, headers=headers(b"x" * 32, "m2"))
        nowhere = httpx.post(f"{url}/elsewhere", content=body, headers=headers(key, "m3"))
    assert [one.status_code for one in taken] == [200, 200]
    assert "idempotent-replayed" not in taken[0].headers
    assert taken[1].headers["idempotent-replayed"] == "true"
    assert (strange.status_code, nowhere.status_code) == (400, 404)
    lines = (tmp_path / "email.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["m1"]
    with mailbox(tmp_path, sample.secret) as url:  # begun again it knows what it took
        again = httpx.post(f"{url}/email", content=body, headers=headers(key, "m1"))
    assert again.headers["idempotent-replayed"] == "true"


def delivery(number: int, kind: str = "message") -> DeliveryRecord:
    at = datetime(2026, 1, 1)
    return DeliveryRecord(
        **dict.fromkeys(DeliveryRecord.__dataclass_fields__)
        | {"delivery_id": f"dlv_{number}", "kind": kind, "channel": "email", "state": "sent", "due_at": at}
    )


@pytest.fixture(scope="module")
def business() -> Business:
    return Business(60, seed=3, first=END, secret=Sample.of(3).secret)


def test_customers_answer_by_signed_callbacks_that_their_channel_believes(business: Business) -> None:
    calls = list(business.tells([delivery(number) for number in range(400)], END))
    kinds = [json.loads(call.body)["type"].removeprefix("delivery.") for call in calls]
    assert {"delivered", "opened", "clicked", "bounced"} <= set(kinds)
    assert kinds.count("clicked") < kinds.count("opened") < kinds.count("delivered")
    of_one: dict[str, set[str]] = {}
    for call, kind in zip(calls, kinds, strict=True):
        of_one.setdefault(json.loads(call.body)["data"]["delivery_id"], set()).add(kind)
    assert all("opened" in found for found in of_one.values() if "clicked" in found)
    assert all(found == {"bounced"} for found in of_one.values() if "bounced" in found)
    assert calls == list(business.tells([delivery(number) for number in range(400)], END))
    assert verify([business._key], calls[0].headers, calls[0].body, END)


def test_a_callback_is_read_by_the_channel_of_the_settings(tmp_path: Path) -> None:
    sample = Sample.of(3)
    write_workspace(tmp_path / "demo", sample)
    settings = load_settings(tmp_path / "demo")
    assert settings.project.sample
    assert settings.delivery.mode == "live"
    raw = {name: value for name, value in settings.channels["email"].items() if name != "kind"}
    channel = WebhookChannel("email", WebhookSettings(**raw))
    business = Business(60, seed=3, first=END, secret=sample.secret)
    call = next(business.tells([delivery(1)], END))
    (news,) = channel.read_callback(call.headers, call.body, url="", now=END)
    channel.close()
    assert news.delivery_id == "dlv_1"
    assert news.at < END


def test_a_demo_takes_no_folder_that_is_somebody_elses(tmp_path: Path) -> None:
    assert sample_here(tmp_path / "new") is False
    assert sample_here(tmp_path) is False
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        sample_here(tmp_path)
    write_workspace(tmp_path / "demo", Sample.of(1))
    assert sample_here(tmp_path / "demo") is True
    (tmp_path / "begun" / ".demo.draft").mkdir(parents=True)
    assert sample_here(tmp_path / "begun") is False


@pytest.fixture
def without_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo whose year leaves one file."""

    class Report:
        def write_report(self, path: Path) -> None:
            path.write_text("report")

        def write_campaign(self, path: Path) -> None:
            path.write_text("campaign")

    def play(self: Year, tell: Any) -> Report:
        (self.root / "data").mkdir()
        (self.root / "data" / "a.csv").write_text("x")
        return Report()

    monkeypatch.setattr(Year, "play", play)


def made(folder: Path) -> set[str]:
    make_demo(folder, customers=60, seed=3, end=END, campaigns=1)
    return {path.name for path in folder.iterdir()}


@pytest.mark.usefixtures("without_a_year")
def test_an_empty_folder_stays_the_same_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "here"
    own.mkdir()
    before = own.stat().st_ino
    monkeypatch.chdir(own)
    whole = made(tmp_path / "new")
    assert made(Path()) == whole >= {"retinue.toml", "data", "mailbox", "report.html", "campaign.json"}
    assert own.stat().st_ino == before
    assert load_settings(own).project.sample


@pytest.mark.usefixtures("without_a_year")
def test_what_happens_to_be_called_as_the_draft_stays(tmp_path: Path) -> None:
    mine = tmp_path / "demo.draft"
    mine.mkdir()
    (mine / "letters.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        made(tmp_path / "demo")
    assert (mine / "letters.txt").read_text() == "mine"
    (mine / "letters.txt").unlink()
    write_workspace(tmp_path / "other.draft", Sample.of(1))  # of a demo that was cut short
    made(tmp_path / "other")
    assert not (tmp_path / "other.draft").exists()
