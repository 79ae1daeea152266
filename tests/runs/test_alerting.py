"""Alerts of a workspace, told to a real receiver of notices: once when they fire, once when they clear."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from retinue import Retinue
from retinue.cli.app import build_app
from retinue.errors import DataError, UsageError
from retinue.runs.alerting import events, look, rows
from retinue.runs.alerting import test as try_it
from retinue.runs.campaigns import Campaigns
from retinue.runs.schedule import chosen
from retinue.store.campaigns import list_campaigns, move
from retinue.store.deliveries import list_deliveries
from retinue.store.runs import finish_run, open_run
from retinue.store.stops import resume, stop

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Team:
    """Where notices arrive: an HTTP server of its own that keeps what it was sent."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.status = 200
        team = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if team.status == 200:
                    team.heard.append(f"{body['title']}\n{body['message']}")
                self.send_response(team.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def team() -> Iterator[Team]:
    made = Team()
    yield made
    made.close()


def described(root: Path, team: Team, more: str = "") -> Path:
    (root / "retinue.toml").write_text(
        '[project]\nname = "Shop"\n[delivery]\nmode = "live"\nnotices = ["team"]\n'
        f'[channels.team]\nkind = "apprise"\nurl = "{team.url}"\n{more}',
        encoding="utf-8",
    )
    return root


@pytest.fixture
def opened(tmp_path: Path, team: Team) -> Iterator[Retinue]:
    made = Retinue(described(tmp_path, team), clock=NOW)
    yield made
    made.close()


def ran(opened: Retinue, at: datetime) -> None:
    name = at.isoformat()
    open_run(opened.store, name, as_of=at, clock=at)
    finish_run(opened.store, name, summary={}, clock=at)


def send(opened: Retinue, now: datetime) -> None:
    sender = Campaigns(opened).sender(f"test {now}", clock=lambda: now)
    while sender.pump():
        pass
    sender.close()


def told(opened: Retinue, now: datetime) -> list[tuple[str, str]]:
    return [(one["alert"], one["what"]) for one in look(opened, now)["told"]]


def test_it_is_told_once_when_it_fires_and_once_when_it_is_over(opened: Retinue, team: Team) -> None:
    ran(opened, NOW)
    assert told(opened, NOW + 29 * HOUR) == []
    for minutes in range(20):
        now = NOW + 30 * HOUR + timedelta(minutes=minutes)
        assert told(opened, now) == ([("run_age", "fired")] if minutes == 0 else [])
        send(opened, now)
    (notice,) = team.heard
    assert notice.startswith("Shop: The newest run looked 30.0 hours ago.")
    assert "What to do: retinue jobs" in notice
    ran(opened, NOW + 31 * HOUR)
    for minutes in range(10):
        now = NOW + 32 * HOUR + timedelta(minutes=minutes)
        assert told(opened, now) == ([("run_age", "cleared")] if minutes == 0 else [])
        send(opened, now)
    assert len(team.heard) == 2
    assert team.heard[1].startswith("Shop: Over: The newest run looked 1.0 hours ago.")
    assert [one["what"] for one in events(opened)] == ["cleared", "fired"]


def test_a_receiver_that_was_down_hears_of_it_later_and_once(opened: Retinue, team: Team) -> None:
    ran(opened, NOW - 3 * DAY)
    team.status = 429
    assert told(opened, NOW) == [("run_age", "fired")]
    send(opened, NOW)
    assert team.heard == []
    team.status = 200
    for hours in (1, 2):
        send(opened, NOW + hours * HOUR)
    assert len(team.heard) == 1


def test_while_all_is_stopped_a_notice_waits(opened: Retinue, team: Team) -> None:
    ran(opened, NOW - 3 * DAY)
    stop(opened.store, who="ada", clock=NOW)
    assert told(opened, NOW) == [("run_age", "fired")]
    send(opened, NOW)
    assert team.heard == []
    resume(opened.store, who="ada", clock=NOW)
    send(opened, NOW)
    assert len(team.heard) == 1


def test_without_a_channel_it_is_on_record_all_the_same(tmp_path: Path) -> None:
    with Retinue(tmp_path, clock=NOW) as opened:
        ran(opened, NOW - 3 * DAY)
        assert told(opened, NOW) == [("run_age", "fired")]
        assert [one["alert"] for one in events(opened)] == ["run_age"]
        assert list_deliveries(opened.store) == []
        with pytest.raises(UsageError, match="Nobody is told"):
            try_it(opened, NOW)


def test_a_stopped_campaign_of_alerts_silences_the_day_and_no_longer(opened: Retinue, team: Team) -> None:
    ran(opened, NOW - 3 * DAY)
    look(opened, NOW)
    with opened.store.transaction() as session:
        (campaign,) = list_campaigns(opened.store)
        move(session, campaign.campaign_id, "stopped", who="ada", clock=NOW)
    ran(opened, NOW)
    assert told(opened, NOW) == [("run_age", "cleared")]
    assert told(opened, NOW + DAY + 6 * HOUR) == [("run_age", "fired")]
    send(opened, NOW + DAY + 6 * HOUR)
    assert len(team.heard) == 1


def test_a_template_that_is_wrong_is_told_and_nothing_is_half_kept(opened: Retinue, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "alert.txt").write_text("no subject", encoding="utf-8")
    ran(opened, NOW - 3 * DAY)
    with pytest.raises(DataError):
        look(opened, NOW)
    assert events(opened) == []
    (tmp_path / "templates" / "alert.txt").write_text("Subject: {{ facts.alert }}\n\nours", encoding="utf-8")
    assert told(opened, NOW) == [("run_age", "fired")]
    send(opened, NOW)


def test_a_template_of_offers_does_not_tell_of_alerts(opened: Retinue, tmp_path: Path, team: Team) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "offer.txt").write_text("Subject: 15% off\n\nfor you", encoding="utf-8")
    ran(opened, NOW - 3 * DAY)
    look(opened, NOW)
    send(opened, NOW)
    assert "run looked" in team.heard[0]


def test_an_alert_that_is_switched_off_is_forgotten(opened: Retinue) -> None:
    ran(opened, NOW - 3 * DAY)
    look(opened, NOW)
    off = opened.settings.model_copy(
        update={
            "alerts": type(opened.settings.alerts)(run_age={"enabled": False}, harm={"fire": 2, "clear": 1})
        }
    )
    object.__setattr__(opened, "settings", off)
    assert look(opened, NOW)["firing"] == []
    row = next(row for row in rows(opened, NOW) if row["alert"] == "run_age")
    assert (row["state"], row["fire"]) == ("off", None)


def test_the_worker_looks_by_a_job(opened: Retinue) -> None:
    ran(opened, NOW - 3 * DAY)
    (job,) = chosen(["alerts"])
    assert job.work(opened, NOW).result["firing"] == ["run_age"]


def test_a_test_says_whether_the_channel_took_it(opened: Retinue, team: Team) -> None:
    assert [(one["channel"], one["state"]) for one in try_it(opened, NOW)] == [("team", "sent")]
    assert "This is a test: nothing is wrong." in team.heard[0]
    team.status = 404
    assert [one["state"] for one in try_it(opened, NOW + HOUR)] == ["failed"]


def test_the_commands(tmp_path: Path, team: Team) -> None:
    described(tmp_path, team, "[alerts.drift]\nfire = 0.4\n")

    def said(*words: str) -> Any:
        done = CliRunner().invoke(build_app(), ["alerts", *words, "-w", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.stdout

    drift = next(row for row in json.loads(said("list", "--json")) if row["alert"] == "drift")
    assert (drift["state"], drift["fire"], drift["clear"], drift["value"]) == ("quiet", 0.4, 0.15, None)
    assert "Nothing was told yet." in said("list", "--told")
    assert json.loads(said("test", "--json"))[0]["state"] == "sent"
    assert ">= 0.4) or" in said("rules")
    team.status = 404
    assert CliRunner().invoke(build_app(), ["alerts", "test", "-w", str(tmp_path)]).exit_code == 1
