"""What the README shows is run as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

GROUPS = {"sources", "quarantine", "features", "outcomes", "incentives"}
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def exports(tmp_path: Path, business: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the README's `exports` are the tables of the simulated business."""
    (tmp_path / "exports").symlink_to(business)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def test_the_two_commands_are_there() -> None:
    assert any("make demo" in block and "make test" in block for block in blocks("sh"))


def test_the_commands_on_your_own_tables(exports: Path, retinue_command: Any) -> None:
    line = next(
        line for block in blocks("sh") for line in block.splitlines() if " run --data exports" in line
    )
    words = shlex.split(line.replace("2026-02-14", "2026-01-01"))
    done = retinue_command(*words[1:], cwd=exports)
    assert done.returncode == 0, done.stderr
    assert (exports / "campaign.json").exists()
    assert (exports / "report.html").exists()


@pytest.mark.slow
def test_the_python_example(exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    exec(compile(code.replace("2026, 2, 14", "2026, 1, 1"), "README.md", "exec"), {})  # noqa: S102
    at_stake, actions = capsys.readouterr().out.split()
    assert float(at_stake) > 0
    assert int(actions) > 0


def test_every_command_named_exists(retinue_command: Any, tmp_path: Path) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if "bin/retinue" in line]
    assert len(lines) >= 8
    for line in lines:
        words = [word for word in shlex.split(line, comments=True)[1:] if not word.startswith("-")]
        sub = words[:2] if words[0] in GROUPS else words[:1]
        assert retinue_command(*sub, "--help", cwd=tmp_path).returncode == 0, line
