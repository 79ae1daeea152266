"""The measurement of scores and reasons, on a model of a few trees."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.harness import Unequal
from benchmarks.plan import Plan

from benchmarks import scores

TINY = scores.Size(8, 6, 6, 600, 1_000, 20, 20, 600, default_trees=12)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores, "QUICK", TINY)
        return scores.measure(
            Plan(tmp_path_factory.mktemp("scores"), repeats=1, quick=True), lambda line: None
        )


def test_every_measure_is_on_the_page(found):
    text = scores.section(found)
    assert text.startswith("## Scores and reasons\n")
    for name in ("of the targets", "default"):
        assert text.count(f"| {name} |") == 6
    assert "8 trees × 6 leaves × 6 features" in text
    assert "0.5 × 12 trees + 0.5 × logistic regression" in text
    ratio = found["default"]["batch"]["ratio"]
    assert f"| {ratio:.1f} × | ≥ 1.6 × | {'yes' if ratio >= 1.6 else 'no'} |" in text


def test_answers_that_differ_are_not_timed():
    scores._equal("scores", np.array([1.0]), np.array([1.0 + 1e-9]))
    for other in (1.0 + 1e-5, np.nan):
        with pytest.raises(Unequal, match="scores: differ by"):
            scores._equal("scores", np.array([1.0]), np.array([other]))
