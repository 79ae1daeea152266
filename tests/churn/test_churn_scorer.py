"""One score at a time, conversions that are kept, and what happens without one."""

from __future__ import annotations

from functools import cached_property

import lightgbm
import numpy as np
import pandas as pd
import pytest

from retinue.churn import load_model, train_static
from retinue.churn.boosting import Booster
from retinue.churn.calibration import Calibration
from retinue.churn.forest import Converted
from retinue.churn.forest.model_text import read_forest
from retinue.churn.linear import Linear, Term
from retinue.decisions import ModelStore
from retinue.decisions.assess import TREES, Models
from retinue.settings import ChurnSettings


class Notes:
    """A place for a conversion that remembers how often it was used."""

    def __init__(self, content=None):
        self.content = content
        self.written = 0

    def read(self):
        return self.content

    def write(self, content):
        self.content = content
        self.written += 1


def shop(rows=1500, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(rows)],
            "visits": rng.poisson(4.0, rows).astype(float),
            "spend": np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(3, 1, rows)),
            "plan": rng.choice(["free", "pro", "team"], rows),
        }
    )
    score = 1.5 - 0.6 * frame.visits + (frame.plan == "free") * frame.spend.isna()
    return frame, (rng.random(rows) < 1 / (1 + np.exp(-score))).astype(float)


@pytest.fixture(scope="module")
def sold():
    frame, outcome = shop()
    labels = pd.DataFrame({"customer_id": frame.customer_id, "churned": outcome})
    return frame, train_static(frame, labels, settings=ChurnSettings(), seed=1)


def test_a_scorer_gives_the_bits_of_predict(sold):
    frame, model = sold
    assert model.kind == "blend"
    scorer = model.scorer()
    assert scorer.names == model.encoding.names
    predicted = model.predict(frame).churn_probability.to_numpy()
    matrix = model.encoding.matrix(frame)
    assert np.array_equal(scorer.scores(matrix), predicted)
    assert [scorer.score(row) for row in matrix[:300]] == predicted[:300].tolist()


def test_a_fallback_scores_rows_as_well():
    frame = pd.DataFrame({"customer_id": list("abcdefgh"), "days_since_last_transaction": np.arange(8.0)})
    labels = frame[["customer_id"]].assign(churned=[0.0, 1.0] * 4)
    model = train_static(frame, labels, settings=ChurnSettings(), seed=1)
    scorer = model.scorer()
    matrix = frame[list(scorer.names)].to_numpy(float)
    assert [scorer.score(row) for row in matrix] == model.predict(frame).churn_probability.tolist()
    assert model.scored_by == "the model's own terms"


def test_one_calibrated_score_has_the_bits_of_many():
    knots = Calibration("isotonic", "", (-1.0, 0.25, 2.0), (-2.0, 0.1, 0.3), 0.7)
    raw = np.concatenate([np.linspace(-4, 4, 501), knots.score, [-80.0, 80.0]])
    assert [knots.one(float(value)) for value in raw] == knots.probability(raw).tolist()


def test_unknown_categories_are_missing_ones_to_the_line():
    line = Linear(0.1, -1.0, (Term(absent=0.5, levels=(1.0, 2.0)), Term(0.25, 1.0, 2.0, 0.0, 1.0)))
    rows = np.array([[0.0, 0.5], [1.0, np.nan], [2.0, 9.0], [np.nan, -9.0]])
    assert line.log_odds(rows).tolist() == [2.0, 1.25, 2.5, 0.5]
    assert [line.one(row) for row in rows] == line.log_odds(rows).tolist()


def test_a_conversion_is_kept_used_and_made_anew_when_damaged(sold):
    frame, model = sold
    plain = load_model(model.to_bytes())
    notes = Notes()
    first = load_model(model.to_bytes(), notes)
    pd.testing.assert_frame_equal(first.predict(frame), plain.predict(frame), check_exact=True)
    assert notes.written == 1
    assert first.scored_by.endswith("trees as arrays, with LightGBM's own scores")
    again = load_model(model.to_bytes(), notes)
    assert again.explain(frame.head(40)) == plain.explain(frame.head(40))
    assert notes.written == 1
    kept = notes.content
    for damaged in (b"", kept[:-9], kept.replace(kept[-40:-30], b"0123456789")):
        notes = Notes(damaged)
        mended = load_model(model.to_bytes(), notes)
        pd.testing.assert_frame_equal(mended.predict(frame), plain.predict(frame), check_exact=True)
        assert notes.written == 1
        assert notes.content == kept


def test_a_kept_conversion_scores_and_explains_without_lightgbm(sold, monkeypatch):
    frame, model = sold
    notes = Notes()
    expected = load_model(model.to_bytes(), notes).predict(frame)

    def forbidden(self):
        raise AssertionError("LightGBM was asked")

    refusing = cached_property(forbidden)
    refusing.__set_name__(Booster, "_model")
    monkeypatch.setattr(Booster, "_model", refusing)
    kept = load_model(model.to_bytes(), notes)
    pd.testing.assert_frame_equal(kept.predict(frame), expected, check_exact=True)
    assert len(kept.explain(frame.head(3))) == 3


def test_trees_that_cannot_be_converted_are_left_to_lightgbm_and_say_why(capsys):
    frame, outcome = shop()
    matrix = frame[["visits", "spend"]].to_numpy()
    settings = {"objective": "binary", "linear_tree": True, "num_leaves": 4, "verbosity": -1, "seed": 1}
    trained = lightgbm.train(settings, lightgbm.Dataset(matrix, outcome, params=settings), 5)
    notes = Notes()
    booster = Booster(trained.model_to_string(), notes)
    raw = trained.predict(matrix, raw_score=True)
    assert booster.converted is None
    assert notes.written == 0
    assert booster.scored_by == "LightGBM, because its leaves hold linear models"
    assert "its leaves hold linear models" in capsys.readouterr().err
    assert np.array_equal(booster.log_odds(matrix), raw)
    assert booster.one(matrix[0]) == raw[0]


def test_few_rows_and_many_have_the_same_bits_whoever_scores(sold):
    _, model = sold
    booster = model.score.booster
    matrix = model.encoding.matrix(shop(20_500, seed=5)[0])
    fresh = Booster(booster.text)
    few = fresh.log_odds(matrix[:700])
    assert "converted" not in fresh.__dict__  # LightGBM itself: a conversion would not pay
    many = fresh.log_odds(matrix)
    assert fresh.converted is not None
    assert np.array_equal(many[:700], few)
    assert np.array_equal(fresh.log_odds(matrix[:300]), few[:300])


def test_the_store_keeps_the_conversion_beside_the_model(sold, tmp_path):
    frame, model = sold
    store = ModelStore(tmp_path)
    name = store.put(model.to_bytes())
    place = store.beside(name, TREES)
    assert place.read() is None
    loaded = load_model(store.get(name), place)
    loaded.predict(frame)
    assert place.path == tmp_path / f"{name}.{TREES}"
    assert place.read().startswith(b"retinue-trees-1 ")
    assert store.get(name) == model.to_bytes()
    blocked = ModelStore(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"")
    blocked.beside(name, TREES).write(b"no room")  # a folder that cannot be written to stops nothing
    assert blocked.beside(name, TREES).read() is None


def test_a_replay_reads_no_kept_conversion(sold, tmp_path, monkeypatch):
    """A forged conversion with a hash of its own must not decide what a receipt is compared with."""
    frame, model = sold
    text = model.score.booster.text
    forged = Converted(read_forest(text.replace("leaf_value=-0", "leaf_value=-9", 1))).to_bytes(text)
    store = ModelStore(tmp_path)
    name = store.put(model.to_bytes())
    store.beside(name, TREES).write(forged)
    monkeypatch.setattr("retinue.clv.load_model", lambda content: None)
    hashes = {"churn": name, "clv": name}
    expected = model.predict(frame).raw_score
    trusted = Models.load(hashes, store, from_bytes=True).churn.predict(frame).raw_score
    assert np.array_equal(trusted, expected)
    assert not np.array_equal(Models.load(hashes, store).churn.predict(frame).raw_score, expected)
