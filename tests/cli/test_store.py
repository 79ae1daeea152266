"""`retinue store` and `retinue doctor` on a file and on a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from tests.databases import DATABASES, an_empty_place
from typer.testing import CliRunner

from retinue.app import Retinue
from retinue.cli.app import build_app
from retinue.store import STORE_VERSION, Store


@pytest.fixture(params=DATABASES)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path | str]:
    """Where the store of the workspace in the current folder is to be."""
    with an_empty_place(request.param, tmp_path / ".retinue") as found:
        (tmp_path / "retinue.toml").write_text(
            "[project]\nname = 'shop'\n"
            + ("" if isinstance(found, Path) else "[store]\nurl = '${DATABASE_URL}'\n")
        )
        monkeypatch.setenv("DATABASE_URL", str(found))
        monkeypatch.chdir(tmp_path)
        yield found


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), list(arguments))


def doctor() -> dict[str, object]:
    found = {check["name"]: check for check in json.loads(typed("doctor", "--json").stdout)}
    return dict(found["store"])


def test_the_store_is_made_where_the_settings_say(place: Path | str) -> None:
    before = typed("store", "status", "--json")
    assert (before.exit_code, json.loads(before.stdout)["state"]) == (0, "none")
    assert doctor()["ok"]
    assert typed("stop", "--who", "ada", "--reason", "wrong prices").exit_code == 0
    after = json.loads(typed("store", "status", "--json").stdout)
    assert (after["state"], after["version"]) == ("current", STORE_VERSION)
    assert "STOPPED by ada" in str(doctor()["detail"])
    with Retinue(".") as retinue:
        found = retinue.stopped()
        assert found is not None
        assert found.reason == "wrong prices"


def test_an_older_store_is_told_and_migrated(place: Path | str) -> None:
    Store(place).close()
    back = typed("store", "migrate", "--to", "0001")
    assert (back.exit_code, back.stdout) == (0, f"version 0001 (from {STORE_VERSION})\n")
    older = typed("store", "status")
    assert older.exit_code == 1
    assert "retinue store migrate" in older.stdout
    assert doctor()["ok"] is isinstance(place, Path), "a file is brought up by the next command"
    if isinstance(place, str):
        refused = typed("stops")
        assert refused.exit_code == 1
        assert "retinue store migrate" in refused.stderr
    done = typed("store", "migrate", "--json")
    assert json.loads(done.stdout) == {"before": "0001", "after": STORE_VERSION}
    assert typed("store", "migrate").stdout == f"version {STORE_VERSION} (was there already)\n"
    assert typed("stops").exit_code == 0


def test_a_store_is_copied(place: Path | str, tmp_path: Path) -> None:
    assert typed("stop", "--who", "ada").exit_code == 0
    done = typed("store", "copy", str(tmp_path / "other.sqlite"), "--json")
    assert (done.exit_code, json.loads(done.stdout)["switches"]) == (0, 1)
    again = typed("store", "copy", str(tmp_path / "other.sqlite"))
    assert again.exit_code == 2
    assert "holds something already" in again.stderr


def test_a_wrong_address_is_told(place: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed("store", "migrate", "--to", "base").exit_code == 2
    if isinstance(place, str):
        monkeypatch.setenv("DATABASE_URL", "postgresql://ada:geheim@127.0.0.1:1/nowhere")
        gone = typed("store", "status")
        assert gone.exit_code == 1
        assert "geheim" not in gone.output
        assert doctor()["ok"] is False
        monkeypatch.setenv("DATABASE_URL", "mysql://ada:geheim@127.0.0.1/shop")
        other = typed("store", "status")
        assert other.exit_code == 2
        assert "mysql" in other.output
        assert "geheim" not in other.output
