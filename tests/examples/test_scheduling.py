"""The examples for other schedulers call commands that exist."""

from __future__ import annotations

import configparser
import py_compile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.settings.cron import check_cron

FOLDER = Path(__file__).parents[2] / "examples" / "scheduling"


def command_of(line: str) -> list[str]:
    """The words after `retinue`, up to where the output goes."""
    words = line.split("retinue ", 1)[1].split()
    return words[: words.index(">>")] if ">>" in words else words


def exists(words: list[str]) -> bool:
    done = CliRunner().invoke(build_app(), [words[0], "--help"])
    return done.exit_code == 0 and all(w in done.output for w in words[1:] if w.startswith("--"))


def test_the_crontab_is_one_and_calls_a_command_that_exists() -> None:
    (line,) = [
        row for row in (FOLDER / "crontab").read_text().splitlines() if row[:1] == "*" or row[:1].isdigit()
    ]
    check_cron(" ".join(line.split()[:5]))
    assert command_of(line) == ["worker", "--once"]
    assert exists(command_of(line))


def test_the_unit_starts_the_worker_and_ends_it_by_the_signal_it_knows() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(FOLDER / "retinue-worker.service")
    assert exists([unit["Service"]["ExecStart"].split()[-1]])
    assert unit["Service"]["KillSignal"] == "SIGTERM"


def test_the_dag_compiles(tmp_path: Path) -> None:
    py_compile.compile(str(FOLDER / "airflow_dag.py"), cfile=str(tmp_path / "dag.pyc"), doraise=True)
    text = (FOLDER / "airflow_dag.py").read_text()
    (line,) = [row for row in text.splitlines() if "bash_command" in row]
    assert exists(["worker", "--once"])
    assert "retinue worker --once" in line


@pytest.mark.parametrize("name", ["crontab", "retinue-worker.service", "airflow_dag.py"])
def test_none_leaves_a_place_of_ours_in_it(name: str) -> None:
    assert "/work" not in (FOLDER / name).read_text()
