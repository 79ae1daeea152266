"""What users get wrong: each mistake gets a code, a place and a way out, on stderr, without a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from retinue.cli.app import build_app

RUNNER = CliRunner()
Prepare = Callable[[Path], None]


def _nothing(_: Path) -> None:
    """An empty folder."""


def _settings(text: str) -> Prepare:
    return lambda folder: (folder / "retinue.toml").write_text(text) and None


def _mapped(text: str) -> Prepare:
    def write(folder: Path) -> None:
        (folder / "x.csv").write_text("a,b\n1,2\n")
        (folder / "retinue.toml").write_text(text)

    return write


def _table(name: str, content: str) -> Prepare:
    def write(folder: Path) -> None:
        (folder / "data").mkdir()
        (folder / "data" / name).write_text(content)

    return write


MISTAKES: list[tuple[str, Prepare, list[str], int, list[str]]] = [
    ("no data at all", _nothing, ["run", "--as-of", "2026-01-01"], 1, ["RTN-0220", "--data"]),
    ("a date that is none", _nothing, ["run", "--as-of", "soon"], 2, ["--as-of", "2026-02-14"]),
    ("an impossible day", _nothing, ["run", "--as-of", "2026-02-30"], 2, ["--as-of", "2026-02-30"]),
    ("a clock that is none", _nothing, ["run", "--now", "noon"], 2, ["--now"]),
    ("a budget in words", _nothing, ["run", "--budget", "much"], 2, ["--budget", "10000"]),
    ("a negative budget", _nothing, ["run", "--budget=-5"], 2, ["--budget", "0 or more"]),
    ("an infinite budget", _nothing, ["run", "--budget", "inf"], 2, ["--budget"]),
    ("a folder that is not there", _nothing, ["run", "--data", "nowhere"], 1, ["nowhere"]),
    ("a folder without our tables", _table("x.csv", "a,b\n1,2\n"), ["load", "--data", "data"], 1, ["data"]),
    (
        "an unknown key",
        _settings("[churn]\nhorizon_day = 3\n"),
        ["run"],
        2,
        ["retinue.toml:2", "horizon_days"],
    ),
    ("an ill-typed key", _settings("[churn]\nhorizon_days = 'x'\n"), ["run"], 2, ["retinue.toml:2"]),
    ("an unknown section", _settings("[chrn]\n"), ["run"], 2, ["retinue.toml:1", "churn"]),
    ("broken TOML", _settings("[churn\n"), ["run"], 2, ["retinue.toml:1"]),
    (
        "thresholds out of order",
        _settings("[decisions]\nact_above = 0.9\n"),
        ["run"],
        2,
        ["retinue.toml", "act_above"],
    ),
    ("an unknown source", _settings('[sources.a]\nkind = "flies"\n'), ["load"], 1, ["flies", "files"]),
    (
        "a source whose file is missing",
        _settings('[sources.a]\nkind = "files"\npath = "no*.csv"\ntable = "events"\n'),
        ["load"],
        1,
        ["no*.csv"],
    ),
    (
        "a source for an unknown table",
        _mapped('[sources.a]\nkind = "files"\npath = "x.csv"\ntable = "event"\n'),
        ["load"],
        1,
        ["retinue.toml [sources.a]", "Did you mean 'events'"],
    ),
    (
        "a static set without its section",
        _settings('[churn]\ndefinition = "static"\n'),
        ["score"],
        2,
        ["[static]"],
    ),
    ("an unknown feature", _nothing, ["features", "describe", "login_count_30"], 2, ["login_count_30d"]),
    ("a customer nobody decided about", _nothing, ["explain", "C1"], 2, ["retinue run"]),
    ("a receipt that is none", _table("r.json", "{}"), ["replay", "data/r.json"], 1, ["not a receipt"]),
    ("no run to report on", _nothing, ["report"], 2, ["retinue run"]),
    ("an unknown quarantined row", _nothing, ["quarantine", "show", "q-1"], 2, ["q-1"]),
    ("a file that cannot be suggested", _nothing, ["sources", "suggest", "no.csv"], 1, ["no.csv"]),
    ("a world too dirty", _nothing, ["simulate", "--out", "w", "--dirt", "0.9"], 2, ["dirt"]),
    ("init where there is a workspace", _settings(""), ["init", "."], 2, ["already"]),
]


@pytest.mark.parametrize(
    ("prepare", "arguments", "code", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_is_answered(
    prepare: Prepare,
    arguments: list[str],
    code: int,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    done = RUNNER.invoke(build_app(), arguments)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    assert done.stdout == ""
    for words in said:
        assert words in done.stderr, done.stderr
    if "Usage:" not in done.stderr:
        assert "error RTN-" in done.stderr
        assert "fix:" in done.stderr


def test_with_json_the_error_is_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = RUNNER.invoke(build_app(), ["run", "--as-of", "soon", "--json"])
    assert done.exit_code == 2
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "RTN-0100"
    assert error["fix"]
