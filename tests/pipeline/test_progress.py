"""Progress of a whole run: every stage rises, and loading and training end at exactly 1."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from retinue.app import Retinue
from retinue.churn.boosting import fit_booster, most_rounds
from retinue.progress import Share
from retinue.simulation import write_world


class Watching:
    """Keeps what it is told, stage by stage."""

    def __init__(self) -> None:
        self.told: dict[str, list[float]] = {}
        self.now = ""

    def begin(self, stage: str) -> None:
        self.now = stage
        self.told[stage] = []

    def advance(self, share: float) -> None:
        self.told[self.now].append(share)

    def end(self, stage: str, *, reused: bool) -> None:
        assert stage == self.now

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    folder: Path = tmp_path_factory.mktemp("progress")
    end = datetime(2026, 1, 1, tzinfo=UTC)
    write_world(folder / "data", customers=1_200, years=2.0, seed=3, end=end, truth_paths=0)
    watching = Watching()
    with Retinue(folder, clock=end, observer=watching) as retinue:
        retinue.run(end, data=folder / "data")
    return watching.told


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["ingest", "training", "profiles", "train"])
def test_a_stage_rises(run: dict[str, list[float]], stage: str) -> None:
    told = run[stage]
    assert len(told) > 3
    assert told[0] > 0
    assert all(a <= b for a, b in pairwise(told))
    assert told[-1] <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["ingest", "train"])
def test_loading_and_training_end_at_one(run: dict[str, list[float]], stage: str) -> None:
    assert run[stage][-1] == 1.0
    assert run[stage].count(1.0) == 1


@pytest.mark.parametrize("held", [400, 4])
def test_each_round_of_boosting_is_told(held: int) -> None:
    draw = np.random.default_rng(1)
    matrix = draw.normal(size=(1_000 + held, 3))
    outcome = (matrix[:, 0] + draw.normal(size=len(matrix)) > 0).astype(float)
    told: list[float] = []
    parts = (matrix[:1_000], outcome[:1_000]), (matrix[1_000:], outcome[1_000:])
    fit_booster(*parts, ("a", "b", "c"), categorical=[], seed=1, threads=1, progress=told.append)
    assert told[-1] == 1.0
    most = most_rounds(1_000)
    if held == 4:  # too few to stop by: every round comes
        assert told == [pytest.approx((i + 1) / (most // 4)) for i in range(most // 4)]
    else:  # stopped early, and seen coming
        assert 50 < len(told) < most
        assert told[len(told) // 2] > 0.2
        assert max(b - a for a, b in pairwise([0.0, *told])) < 0.1


def test_parts_of_any_weights_end_at_exactly_one() -> None:
    told: list[float] = []
    weights = [0.1] * 7 + [1e-9, 3.3]
    share = Share(told.append, sum(reversed(weights)))
    for weight in weights:
        with share.part(weight) as within:
            for inner in (0.3, 2.0, -1.0):
                within(inner)
    assert told == sorted(set(told))
    assert told[-1] == 1.0


def test_a_part_that_fails_is_not_done() -> None:
    told: list[float] = []
    share = Share(told.append, 2.0)

    def failing() -> None:
        with share.part(2.0) as within:
            within(0.25)
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert told == [0.25]
