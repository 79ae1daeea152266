"""`retinue audit`: what is found is told, and the exit code with it."""

from __future__ import annotations

import getpass
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from retinue.cli.app import build_app

RUNNER = CliRunner()
SCRIPT = Path(__file__).parents[2] / "docs" / "verify_audit.py"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "retinue.toml").write_text('[audit]\ncheckpoints = "safe/checkpoints.jsonl"\n')
    for who in ("ada", "ben", "cyd"):
        assert RUNNER.invoke(build_app(), ["stop", "-w", str(tmp_path), "--who", who]).exit_code == 0
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    done = RUNNER.invoke(build_app(), ["audit", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout


def tamper(workspace: Path) -> None:
    connection = sqlite3.connect(workspace / ".retinue" / "store.sqlite")
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("UPDATE audit SET actor = 'mallory' WHERE number = 2")
    connection.commit()
    connection.close()


def test_verify_says_whole_and_then_where_not(workspace: Path) -> None:
    where = ("-w", str(workspace))
    assert "no checkpoint tells yet" in run("verify", *where)
    made = json.loads(run("checkpoint", *where, "--json"))
    assert (made["written"], made["count"]) == (True, 3)
    copy = workspace / "safe" / "checkpoints.jsonl"
    assert json.loads(copy.read_text())["count"] == 3
    told = json.loads(run("verify", *where, "--key", made["key"], "--json"))
    assert (told["whole"], told["records"], told["covered"]) == (True, 3, 3)
    tamper(workspace)
    assert "edited: Record 2 is not what was written." in run("verify", *where, code=1)


def test_search_by_who_and_what(workspace: Path) -> None:
    found = json.loads(run("search", "-w", str(workspace), "--actor", "ben", "--json"))
    assert [(one["number"], one["action"]) for one in found] == [(2, "switch.stop")]
    assert "cyd" in run("search", "-w", str(workspace), "--action", "switch.")
    assert "cyd" not in run("search", "-w", str(workspace), "--kind", "campaign")
    assert run("search", "-w", str(workspace), "--since", "2999-01-01").strip() == "None."


def test_an_export_is_verified_elsewhere(workspace: Path, tmp_path: Path) -> None:
    where = ("-w", str(workspace))
    key = json.loads(run("checkpoint", *where, "--json"))["key"]
    file = tmp_path / "trail.jsonl"
    told = json.loads(run("export", str(file), *where, "--json"))
    assert (told["records"], told["key"]) == (4, key)  # the export itself is on record, in it
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert (lines[4]["action"], lines[4]["actor"]) == ("audit.exported", getpass.getuser())
    run("verify", "--export", str(file), "--key", key)
    run("verify", "--export", str(file), "--key", "00" * 32, code=1)
    plain = [sys.executable, str(SCRIPT), str(file), key]
    assert subprocess.run(plain, check=False, capture_output=True).returncode == 0
    for number in range(1, 5):
        changed = [dict(line) for line in lines]
        changed[number]["actor"] = "mallory"
        file.write_text("".join(json.dumps(line) + "\n" for line in changed))
        run("verify", "--export", str(file), code=1)
        done = subprocess.run(plain, check=False, capture_output=True, text=True)
        assert (done.returncode, f"record {number}" in done.stderr) == (1, True)
