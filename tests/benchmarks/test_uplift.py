"""The uplift page, on a small made-up test of two e-mails."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from benchmarks.uplift import hillstrom, peers
from benchmarks.uplift.measure import Setup, measure
from benchmarks.uplift.page import page

from retinue.incentives.uplift import t_learner

HEAD = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rng = np.random.default_rng(0)
    lines = []
    for _ in range(900):
        arm = hillstrom.ARMS[rng.integers(3)]
        womens = rng.integers(2)
        visit = int(rng.random() < 0.2 + 0.5 * womens * (arm == "Womens E-Mail"))
        lines.append(
            f'{rng.integers(1, 13)},"7) $1,000 +",{rng.integers(30, 900)},1,{womens},'.replace('"', "")
            + f"Rural,0,Web,{arm},{visit},{visit},{30.0 * visit}\n"
        )
    file = tmp_path_factory.mktemp("uplift") / "hillstrom.csv.gz"
    file.write_bytes(gzip.compress((HEAD + "".join(lines)).encode()))
    return hillstrom.read(file)


def test_thousands_do_not_break_the_columns(data):
    assert data.X.shape == (900, 7)
    assert set(np.unique(data.treatment)) == {0, 1, 2}


def test_the_page_says_what_is_so(data, tmp_path):
    setup = Setup(tmp_path, pairs=2, forest=False)
    found = measure(data, lambda line: None, setup)
    text = page(found)
    assert "| Womens E-Mail | visit | Targeting by uplift beats random" in text
    assert "| Mens E-Mail | visit | There is no evidence that targeting by uplift beats random" in text
    assert text.count("| Retinue DR |") == 6
    assert "Not measured: EconML TLearner: the peers' environment is not there" in text
    assert "Not measured: causal forest: EconML is not installed" in text
    policy = found["values"]["visit"]
    assert policy["values"]["DR"][0] > policy["values"]["No E-Mail"][0]
    assert policy["values"]["DR"][0] > policy["values"]["by lot"][0]
    assert sum(policy["shares"]["DR"]) == pytest.approx(1)


def test_a_peer_gets_the_same_folds_and_its_order_is_judged_beside_ours(data, tmp_path, monkeypatch):
    """A peer that answers with the opposite of the truth is behind; it is asked with our folds."""
    given = {}

    def answer(_script, arrays, *_words, **_more):
        given.update(arrays)
        return {"effect": np.column_stack([-data.X[:, 3], data.X[:, 3]])}

    monkeypatch.setattr(peers, "ask", answer)
    setup = Setup(tmp_path, pairs=2, forest=False, python=tmp_path, replicates=100)
    found = measure(data, lambda line: None, setup)
    fitted = t_learner(data.X, data.treatment, data.outcomes["visit"], propensity=data.propensity, pairs=2)
    assert np.array_equal(given["fold"], fitted.fold)
    (row,) = [
        row
        for row in found["rows"]
        if (row["learner"], row["arm"], row["outcome"]) == ("EconML TLearner", "Womens E-Mail", "visit")
    ]
    assert row["alone"]["beats_risk"] == "worse"
    assert "behind: EconML TLearner (Womens E-Mail, visit)" in page(found)
    learners = {row["learner"] for row in found["rows"] if row["outcome"] == "spend"}
    assert "sklift ClassTransformation" not in learners
