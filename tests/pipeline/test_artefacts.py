"""What a stage made is found again, whole, or made again; it is never half there."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.domain import Money, RiskLevel
from retinue.pipeline.artefacts import Artefacts, content_hash, file_hash, write_atomically
from retinue.pipeline.plain import plain


class Counting:
    """A stage that counts how often it is built."""

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        self.calls = 0
        self.facts = facts if facts is not None else {"rows": 3}

    def __call__(self, folder: Path) -> Mapping[str, Any]:
        self.calls += 1
        (folder / "a.txt").write_text("first")
        (folder / "inner").mkdir()
        (folder / "inner" / "b.txt").write_text("second")
        return self.facts


def test_the_same_inputs_find_what_was_made(tmp_path: Path) -> None:
    stage = Counting()
    first = Artefacts(tmp_path).get_or_build("train", {"a": 1, "b": 2}, stage)
    second = Artefacts(tmp_path).get_or_build("train", {"b": 2, "a": 1}, stage)
    assert (first.reused, second.reused, stage.calls) == (False, True, 1)
    assert (first.key, first.folder, first.facts, first.files) == (
        second.key,
        second.folder,
        second.facts,
        second.files,
    )
    assert second.path("a.txt").read_text() == "first"
    assert set(second.files) == {"a.txt", "inner/b.txt"}


def test_other_inputs_and_other_stages_are_made_apart(tmp_path: Path) -> None:
    stage, kept = Counting(), Artefacts(tmp_path)
    for name, inputs in (
        ("train", {"a": 1}),
        ("train", {"a": 2}),
        ("train", {"a": "1"}),
        ("decide", {"a": 1}),
    ):
        assert not kept.get_or_build(name, inputs, stage).reused
    assert stage.calls == 4


@pytest.mark.parametrize(
    "what", ["content", "removed", "nested", "facts", "no manifest", "bad manifest", "list"]
)
def test_an_altered_artefact_is_named_and_made_again(tmp_path: Path, what: str) -> None:
    stage, kept = Counting(), Artefacts(tmp_path)
    made = kept.get_or_build("train", {}, stage)
    assert kept.damaged() == []
    manifest = made.path("manifest.json")
    if what == "content":
        made.path("a.txt").write_text("FIRST")
    elif what == "removed":
        made.path("a.txt").unlink()
    elif what == "nested":
        made.path("inner/b.txt").write_text("SECOND")
    elif what == "facts":
        manifest.write_text(manifest.read_text().replace('"rows": 3', '"rows": 4'))
    elif what == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text("{" if what == "bad manifest" else "[1]")
    assert kept.damaged() == [made.folder]
    again = kept.get_or_build("train", {}, stage)
    assert (again.reused, stage.calls, again.facts) == (False, 2, {"rows": 3})
    assert again.path("a.txt").read_text() == "first"
    assert kept.damaged() == []


def test_a_stage_that_fails_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    def broken(folder: Path) -> Mapping[str, Any]:
        (folder / "a.txt").write_text("half")
        raise RuntimeError("in the middle")

    kept = Artefacts(tmp_path)
    with pytest.raises(RuntimeError):
        kept.get_or_build("train", {}, broken)
    assert kept.damaged() == []
    stage = Counting()
    made = kept.get_or_build("train", {}, stage)
    assert stage.calls == 1
    assert [p.name for p in made.folder.parent.iterdir()] == [made.folder.name]


BUILDER = """
import sys
from pathlib import Path
from retinue.pipeline.artefacts import Artefacts

def build(folder):
    (folder / "a.txt").write_text("made")
    return {"n": 1}

made = Artefacts(Path(sys.argv[1])).get_or_build("train", {"x": 1}, build)
print(made.reused, made.path("a.txt").read_text())
"""


def built(folder: Path, fault: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RETINUE_FAULT": fault}
    return subprocess.run(
        [sys.executable, "-c", BUILDER, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("point", "reused"), [("stage.train.built", False), ("stage.train.kept", True)])
def test_kill_9_leaves_all_of_it_or_none(tmp_path: Path, point: str, reused: bool) -> None:
    assert built(tmp_path, f"{point}:1:kill").returncode == -9
    assert Artefacts(tmp_path).damaged() == []
    again = built(tmp_path)
    assert again.stdout == f"{reused} made\n", again.stderr
    assert not list(tmp_path.glob("*/*.draft")), "the draft of the dead process was removed"


def test_two_processes_at_once_agree(tmp_path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", BUILDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert all(text.endswith(" made\n") for text in said)
    assert Artefacts(tmp_path).damaged() == []
    assert len(list((tmp_path / "train").iterdir())) == 1


def test_a_draft_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    living = tmp_path / "train" / f"other.{os.getppid()}.draft"
    dead = tmp_path / "train" / "other.4194399.draft"
    living.mkdir()
    dead.mkdir()
    Artefacts(tmp_path).get_or_build("train", {}, Counting())
    assert living.exists()
    assert not dead.exists()


FACTS: dict[str, Any] = {
    "count": np.int64(3),
    "share": np.float32(0.5),
    "flag": np.bool_(True),
    "nothing": None,
    "missing": float("nan"),
    "endless": np.float64("inf"),
    "array": np.array([[1.0, np.nan], [2.0, 3.0]]),
    "pair": (1, "a"),
    "set": {"b", "a"},
    "when": datetime(2026, 1, 1, tzinfo=UTC),
    "day": date(2026, 1, 1),
    "amount": Decimal("1.10"),
    "path": Path("a/b"),
    "level": RiskLevel.HIGH,
    "money": Money.of(1),
    "by number": {1: "one", 2.5: "more", None: "none"},
}


def test_facts_are_equal_whether_built_or_reused(tmp_path: Path) -> None:
    stage = Counting(FACTS)
    first = Artefacts(tmp_path).get_or_build("train", {"as_of": datetime(2026, 1, 1, tzinfo=UTC)}, stage)
    second = Artefacts(tmp_path).get_or_build("train", {"as_of": datetime(2026, 1, 1, tzinfo=UTC)}, stage)
    assert second.reused
    assert first.facts == second.facts
    assert repr(sorted(first.facts.items())) == repr(sorted(second.facts.items()))
    assert first.facts["missing"] is None
    assert first.facts["array"] == [[1.0, None], [2.0, 3.0]]
    json.dumps(first.facts, allow_nan=False)


def test_a_fact_that_is_not_a_fact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Counting is not JSON-ready"):
        Artefacts(tmp_path).get_or_build("train", {}, Counting({"x": Counting()}))
    with pytest.raises(TypeError, match="object is not JSON-ready"):
        content_hash({"x": object()})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_plain_is_what_json_gives_back(value: Any) -> None:
    found = plain(value)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert plain(found) == found


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=5))
def test_the_hash_does_not_depend_on_the_order_of_keys(body: dict[str, Any]) -> None:
    assert content_hash(body) == content_hash(dict(reversed(list(body.items()))))


def test_the_hash_tells_apart_what_differs() -> None:
    values = [
        None,
        math.nan,
        math.inf,
        -math.inf,
        0,
        "0",
        "",
        [],
        {},
        [0],
        {"0": 0},
        0.5,
        np.float64(0.25),
        False,
    ]
    assert len({content_hash(v) for v in values}) == len(values)
    assert content_hash(np.int64(5)) == content_hash(5)


def test_write_atomically_keeps_the_old_content_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "campaign.json"
    write_atomically(target, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["campaign.json"]
    monkeypatch.undo()
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"


def test_file_hash_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223")
