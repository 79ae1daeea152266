"""The demo's command where nothing has to be simulated: ending, removing, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from retinue.cli.app import build_app
from retinue.demo.workspace import Sample, write_workspace


def typed(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(build_app(), ["demo", *words], input=answer)


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    write_workspace(tmp_path / "demo", Sample.of(7))
    (tmp_path / "demo" / ".retinue").mkdir()
    return tmp_path / "demo"


def test_a_demo_is_removed_only_when_that_is_confirmed(demo: Path) -> None:
    refused = typed("--remove", "--out", str(demo), answer="n\n")
    assert refused.exit_code == 1
    assert demo.is_dir()
    done = typed("--remove", "--out", str(demo), answer="y\n")
    assert done.exit_code == 0
    assert not demo.exists()


def test_what_was_ended_and_removed_is_told_as_data(demo: Path) -> None:
    (demo / "mine.txt").write_text("mine")
    done = typed("--remove", "--yes", "--json", "--out", str(demo))
    assert json.loads(done.stdout) == {"stopped": None, "removed": True, "left": [str(demo / "mine.txt")]}


@pytest.mark.parametrize("what", ["--stop", "--remove"])
def test_where_there_is_no_demo_nothing_is_done(tmp_path: Path, what: str) -> None:
    done = typed(what, "--yes", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert "There is no demo here" in done.output


def test_a_folder_of_somebody_else_and_a_day_to_come_are_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    taken = typed("--out", str(tmp_path))
    assert taken.exit_code == 2
    assert "something else than a demo" in taken.output
    once = typed("--campaigns", "0", "--out", str(tmp_path))
    assert once.exit_code == 2
    assert "something else than a demo" in once.output
    to_come = typed("--out", str(tmp_path / "demo"), "--end", "2999-01-01")
    assert to_come.exit_code == 2
    assert "is to come" in to_come.output
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
