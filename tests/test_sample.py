"""What the demo made can be taken away; nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue.demo.workspace import Sample, write_workspace
from retinue.errors import StateError, UsageError
from retinue.pipeline.observer import Silent
from retinue.runs.current import told_while
from retinue.sample import MADE, remove_demo, remove_sample
from retinue.settings import load_settings
from retinue.workspace import init_workspace


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    write_workspace(folder, Sample.of(7))
    for name in MADE[:3]:
        (folder / name).mkdir()
        (folder / name / "a.csv").write_text("x")
    (folder / "report.html").write_text("<p>")
    (folder / ".retinue" / "runs").mkdir(parents=True)
    (folder / ".retinue" / "store.sqlite").write_text("x")
    (folder / ".retinue" / "service").mkdir()
    (folder / ".retinue" / "service" / "service.json").write_text("{}")
    return folder


def test_a_demo_is_removed_with_its_folder(demo: Path) -> None:
    assert remove_demo(demo) == []
    assert not demo.exists()


def test_what_is_not_the_demos_stays(demo: Path) -> None:
    (demo / "notes.txt").write_text("mine")
    assert remove_demo(demo) == [demo / "notes.txt"]
    assert (demo / "notes.txt").read_text() == "mine"


def test_a_sample_leaves_an_empty_workspace_with_settings_of_its_own(demo: Path) -> None:
    (demo / "notes.txt").write_text("mine")
    remove_sample(load_settings(demo))
    after = load_settings(demo)
    assert after.project.sample is False
    assert after.project.name == "demo"
    assert after.channels == {}
    assert sorted(path.name for path in demo.iterdir()) == [
        ".gitignore",
        ".retinue",
        "notes.txt",
        "retinue.toml",
    ]
    # What tells how to end the service that runs here is still known.
    assert [path.name for path in (demo / ".retinue").iterdir()] == ["service"]
    with pytest.raises(UsageError, match="no sample"):
        remove_sample(after)


def test_a_removal_that_was_cut_short_can_be_repeated(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> None:
        raise OSError("killed")

    monkeypatch.setattr("retinue.sample.init_workspace", broken)
    with pytest.raises(OSError, match="killed"):
        remove_sample(load_settings(demo))
    monkeypatch.undo()
    remove_sample(load_settings(demo))
    assert load_settings(demo).project.sample is False


def test_a_workspace_of_somebody_is_never_removed(tmp_path: Path) -> None:
    init_workspace(tmp_path / "own")
    (tmp_path / "own" / "data").mkdir()
    for remove in (remove_demo, lambda folder: remove_sample(load_settings(folder))):
        with pytest.raises(UsageError, match="no sample"):
            remove(tmp_path / "own")
    assert (tmp_path / "own" / "data").is_dir()


@pytest.mark.parametrize(
    "kept",
    [
        '[warehouse]\npath = "{elsewhere}"',
        '[warehouse]\npath = "notes.txt"',
        'state_path = "."\n[warehouse]',
        'state_path = "shared"\n[warehouse]',
        'store = {{ url = "notes.txt" }}\n[warehouse]',
    ],
)
def test_data_in_another_place_than_the_demos_are_not_touched(demo: Path, tmp_path: Path, kept: str) -> None:
    other = tmp_path / "elsewhere.duckdb"
    (demo / "shared").mkdir()
    mine = [other, demo / "notes.txt", demo / "shared" / "letters.txt"]
    for path in mine:
        path.write_text("mine")
    file = demo / "retinue.toml"
    text = kept.format(elsewhere=other)
    head, _, tail = text.rpartition("[warehouse]")
    file.write_text(head + file.read_text().replace("[warehouse]", f"[warehouse]{tail}"))
    for remove in (remove_demo, lambda folder: remove_sample(load_settings(folder))):
        with pytest.raises(StateError, match="elsewhere"):
            remove(demo)
    assert [path.read_text() for path in mine] == ["mine"] * 3
    assert (demo / "data").is_dir()


def test_nothing_is_removed_under_a_run(demo: Path) -> None:
    with told_while(Silent(), demo / ".retinue", datetime(2026, 2, 14, tzinfo=UTC)):
        with pytest.raises(StateError, match="under way"):
            remove_demo(demo)
        assert (demo / "data").is_dir()
    assert remove_demo(demo) == []
