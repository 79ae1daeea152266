"""A real randomised test: the women's e-mail works better for some, and of a coin nothing is claimed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from retinue.incentives.uplift import judge_targeting, x_learner

pytestmark = pytest.mark.data
ROOT = str(Path(__file__).parents[3])


@pytest.fixture(scope="module")
def mails(real_data):
    file = real_data / "hillstrom_email" / "hillstrom.csv.gz"
    if not file.exists():
        pytest.skip(f"{file} is not there: set RETINUE_DATA to the folder of the real data sets")
    if ROOT not in sys.path:
        sys.path.insert(0, ROOT)
    from benchmarks.uplift.hillstrom import read

    return read(file)


def judged(mails, score, arm):
    mine = (mails.treatment == 0) | (mails.treatment == arm)
    return judge_targeting(
        score[mine], mails.treatment[mine] == arm, mails.outcomes["visit"][mine], replicates=200
    )


def test_the_file_is_read_whole(mails):
    assert mails.X.shape == (44_800, 11)
    assert np.bincount(mails.treatment).min() > 14_000
    assert np.isfinite(mails.X).all()
    assert mails.outcomes["visit"].mean() == pytest.approx(0.147, abs=0.003)


def test_heterogeneity_of_the_womens_mail_and_a_coin(mails):
    visit = mails.outcomes["visit"]
    found = x_learner(mails.X, mails.treatment, visit, propensity=mails.propensity, base="linear", pairs=2)
    women, men = (judged(mails, found.order[:, arm - 1], arm) for arm in (1, 2))
    assert women.effect.value == pytest.approx(0.0452, abs=0.008)  # measured on all 64,000 customers
    assert men.effect.value == pytest.approx(0.0766, abs=0.008)
    assert women.beats_random == "better"
    assert women.qini.low < 0.0075 < women.qini.high
    assert women.uplift_at_k.low < 0.070 < women.uplift_at_k.high
    assert women.qini.value > 1.5 * men.qini.value
    assert men.qini.low < 0.0016 < men.qini.high
    coin = np.random.default_rng(0).random(len(visit))
    assert judged(mails, coin, 2).beats_random == "no evidence"
