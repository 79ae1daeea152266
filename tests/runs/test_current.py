"""A run tells where it is while it lives; one that died is not taken for one that works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retinue.pipeline.observer import Silent
from retinue.runs.current import DEAD, FILE, current_run, told_while

NOW = datetime(2026, 1, 1, 6, tzinfo=UTC)
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


class Heard(Silent):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def begin(self, stage: str) -> None:
        self.words.append(f"begin {stage}")

    def advance(self, share: float) -> None:
        self.words.append(f"{share}")

    def end(self, stage: str, *, reused: bool) -> None:
        self.words.append(f"end {stage}")


def test_it_tells_stage_and_share_and_is_gone_at_the_end(tmp_path: Path) -> None:
    heard = Heard()
    with told_while(heard, tmp_path, AS_OF, clock=lambda: NOW) as told:
        first = current_run(tmp_path, NOW)
        assert first is not None
        assert (first.stage, first.share, first.as_of) == (None, None, AS_OF.isoformat())
        told.begin("train")
        told.advance(0.5)
        found = current_run(tmp_path, NOW)
        assert found is not None
        assert (found.stage, found.share, found.stages_done) == ("train", 0.5, [])
        told.end("train", reused=False)
        told.begin("decide")
        found = current_run(tmp_path, NOW)
        assert found is not None
        assert (found.stage, found.share, found.stages_done) == ("decide", None, ["train"])
    assert current_run(tmp_path, NOW) is None
    assert list(tmp_path.iterdir()) == []
    assert heard.words == ["begin train", "0.5", "end train", "begin decide"]


def test_a_run_that_failed_is_not_under_way(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broke"), told_while(Silent(), tmp_path, AS_OF):
        raise ValueError("it broke")
    assert current_run(tmp_path, datetime.now(UTC)) is None


@pytest.fixture
def left(tmp_path: Path) -> Iterator[dict[str, object]]:
    """What a run leaves that is killed while it works."""
    with told_while(Silent(), tmp_path, AS_OF, clock=lambda: NOW):
        yield json.loads((tmp_path / FILE).read_text())


def test_a_killed_run_is_known_by_its_process_or_its_silence(tmp_path: Path, left: dict[str, object]) -> None:
    place = tmp_path / "left"
    place.mkdir()

    def told(now: datetime = NOW, **changed: object) -> bool:
        (place / FILE).write_text(json.dumps({**left, **changed}))
        return current_run(place, now) is not None

    assert told()
    assert not told(pid=2**22 + 7), "no process has this number"
    assert told(host="another machine", pid=2**22 + 7)
    assert told(NOW + DEAD, host="another machine")
    assert not told(NOW + DEAD + timedelta(seconds=1), host="another machine")
    (place / FILE).write_text("{")
    assert current_run(place, NOW) is None
