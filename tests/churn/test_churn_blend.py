"""Trees and a line in one score: who gets which share, and that the sum stays exact."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from retinue.churn import load_model, train_static
from retinue.churn.blend import Blend
from retinue.churn.boosting import fit_booster
from retinue.churn.choice import WEIGHTS, Judge, choose_blend
from retinue.churn.encoding import Encoding
from retinue.churn.explain import BASE
from retinue.churn.linear import STRENGTHS, Linear, fit_path
from retinue.churn.model import TrainedModel
from retinue.settings import ChurnSettings

ROWS = 6000


def population(cause, seed=0, rows=ROWS):
    """Customers with numbers, gaps, a rare event and a text column; `cause` gives their log-odds."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(rows)],
            "a": generator.normal(size=rows),
            "b": generator.normal(size=rows),
            "gappy": np.where(generator.random(rows) < 0.3, np.nan, generator.exponential(size=rows)),
            "rare": (generator.random(rows) < 0.005) * 1.0,
            "plan": generator.choice(["free", "pro", "team"], rows),
        }
    )
    chance = 1 / (1 + np.exp(-cause(frame).to_numpy()))
    return frame, (generator.random(rows) < chance).astype(float)


def straight(frame):
    return 1.5 * frame.a - frame.b + 0.7 * frame.gappy.isna() + 4 * frame.rare - (frame.plan == "pro")


def crossed(frame):
    return 3.0 * np.sign(frame.a * frame.b)


def model_of(score, fitted):
    """The trained model that `train_static` made, with another score in it."""
    return TrainedModel(fitted.encoding, score, fitted.calibration, None, fitted.evaluation)


@pytest.fixture(scope="module")
def parts():
    frame, outcome = population(straight)
    encoding = Encoding.learn(frame)
    matrix = encoding.matrix(frame)
    return SimpleNamespace(
        frame=frame,
        outcome=outcome,
        encoding=encoding,
        matrix=matrix,
        path=fit_path(encoding, matrix, outcome),
        booster=fit_booster(
            (matrix[:4000], outcome[:4000]),
            (matrix[4000:], outcome[4000:]),
            encoding.names,
            categorical=encoding.categorical,
            seed=1,
        ),
    )


@pytest.fixture(scope="module")
def models(parts):
    """One model of each kind."""
    labels = pd.DataFrame({"customer_id": parts.frame.customer_id, "churned": parts.outcome})
    fitted = train_static(parts.frame, labels, settings=ChurnSettings(), seed=1)
    scores = (Blend.of(w, parts.booster, parts.path[-1]) for w in (0.0, 0.25, 1.0))
    return {score.kind: model_of(score, fitted) for score in scores}


@pytest.mark.parametrize("kind", ["logistic", "blend", "lightgbm"])
def test_every_kind_is_exact_alone_explained_and_read_back(parts, models, kind):
    model = models[kind]
    assert model.kind == kind
    some = parts.frame.sample(150, random_state=2)
    batch = model.predict(some)
    for position in range(len(some)):
        alone = model.predict(some.iloc[[position]])
        assert alone.raw_score.iloc[0] == batch.raw_score.iloc[position]
        assert alone.churn_probability.iloc[0] == batch.churn_probability.iloc[position]
    shares = model.contributions(some)
    assert shares.columns.tolist() == [*parts.encoding.names, BASE]
    assert np.abs(shares.sum(axis=1) - batch.raw_score).max() < 1e-6
    back = load_model(model.to_bytes())
    assert back.kind == kind
    assert back.to_bytes() == model.to_bytes()
    pd.testing.assert_frame_equal(back.predict(some), batch, check_exact=True)
    pd.testing.assert_frame_equal(back.contributions(some), shares, check_exact=True)
    assert len(model.predict(some.head(0))) == len(model.contributions(some.head(0))) == 0


def test_a_blend_mixes_scores_and_contributions_in_its_shares(parts, models):
    some = parts.frame.head(50)
    for told in ("predict", "contributions"):
        trees, line, both = (getattr(models[k], told)(some) for k in ("lightgbm", "logistic", "blend"))
        column = "raw_score" if told == "predict" else BASE
        expected = 0.25 * trees[column] + 0.75 * line[column]
        np.testing.assert_allclose(both[column], expected, rtol=1e-12)


def test_trees_alone_are_written_as_before_there_was_a_blend(models):
    """Receipts of older runs name models by their bytes: no weight, no linear part."""
    body = json.loads(models["lightgbm"].to_bytes())["body"]
    assert sorted(body) == ["calibration", "encoding", "evaluation", "form", "timing", "trees"]
    assert body["form"] == "boosted"
    assert "trees" not in json.loads(models["logistic"].to_bytes())["body"]


def test_who_misleads_has_no_share(parts):
    """One side knows the truth, the other knows it under noise as large."""
    truth = straight(parts.frame).to_numpy()
    knows, noisy = (
        SimpleNamespace(log_odds=lambda matrix, score=score: score)
        for score in (truth, truth + np.random.default_rng(5).normal(size=ROWS, scale=3 * truth.std()))
    )
    for trees, line, kind in ((knows, noisy, "lightgbm"), (noisy, knows, "logistic")):
        names = parts.frame.customer_id
        score = choose_blend(trees, [line], parts.matrix, parts.outcome, names, seed=1)
        assert score.kind == kind


def test_small_data_that_follow_a_line_are_left_to_the_line():
    frame, outcome = population(straight, seed=6, rows=1500)
    labels = pd.DataFrame({"customer_id": frame.customer_id, "churned": outcome})
    model = train_static(frame, labels, settings=ChurnSettings(), seed=1)
    assert model.kind == "logistic"
    assert model.evaluation.notes[-1].startswith("The score is logistic regression (C = ")


def test_crossings_that_no_line_finds_are_found_by_the_trees():
    frame, outcome = population(crossed, rows=3000)
    labels = pd.DataFrame({"customer_id": frame.customer_id, "churned": outcome})
    model = train_static(frame, labels, settings=ChurnSettings(), seed=1)
    assert model.score.weight >= 0.5
    assert model.evaluation.measure("auc").low > 0.8
    assert model.evaluation.differences["logistic"].low > 0.2


def test_a_moved_base_rate_or_scale_speaks_for_nobody(parts):
    judge = Judge(parts.outcome, parts.frame.customer_id, seed=1)
    raw = parts.path[0].log_odds(parts.matrix)
    np.testing.assert_allclose(judge.losses(raw), judge.losses(3 * raw - 5), atol=1e-9)
    assert judge.first_level([3 * raw - 5, raw]) == 0
    assert judge.first_level([np.zeros(len(raw)), raw]) == 1


def test_among_equals_half_and_half_stands_and_few_outcomes_decide_nothing(parts):
    class Same:
        def log_odds(self, matrix):
            return parts.path[0].log_odds(matrix)

    same = Same()
    names = parts.frame.customer_id
    even = choose_blend(same, [same] * 3, parts.matrix, parts.outcome, names, seed=1)
    assert even.weight == WEIGHTS[0] == 0.5
    quiet = np.zeros(len(names))
    quiet[:19] = 1
    few = choose_blend(parts.booster, parts.path, parts.matrix, quiet, names, seed=1)
    assert few.weight == 0.5
    assert few.linear is parts.path[len(STRENGTHS) // 2]


def test_rows_of_one_customer_lie_in_one_fold():
    names = np.repeat([f"c{i}" for i in range(200)], 3)
    judge = Judge(np.tile([0.0, 1.0, 0.0], 200), names, seed=3)
    assert pd.Series(judge.fold).groupby(names).nunique().max() == 1
    assert set(judge.fold) == {0, 1, 2, 3, 4}


def test_the_terms_of_the_line_average_to_nothing_and_the_ridge_orders_them(parts):
    for linear in parts.path:
        means = linear.contributions(parts.matrix).mean(axis=0)
        np.testing.assert_allclose(means[:-1], 0, atol=1e-9)
        assert means[-1] == pytest.approx(linear.intercept)
    spreads = [linear.log_odds(parts.matrix).std() for linear in parts.path]
    assert spreads == sorted(spreads)
    assert [linear.strength for linear in parts.path] == list(STRENGTHS)


def test_the_line_is_that_of_the_textbook(parts):
    """Against scikit-learn's own product of matrices, on a design made here by hand."""
    from sklearn.linear_model import LogisticRegression

    frame = parts.frame
    gaps = frame.gappy.isna()
    columns = [frame[n].clip(*np.percentile(frame[n], [1, 99])) for n in ("a", "b")]
    present = frame.gappy.clip(*np.percentile(frame.gappy.dropna(), [1, 99]))
    columns += [present.fillna(frame.gappy.median()), gaps, frame.rare]
    columns += [frame.plan == name for name in ("free", "pro", "team")]
    design = np.column_stack(columns).astype(float)
    design = (design - design.mean(axis=0)) / design.std(axis=0)
    model = LogisticRegression(C=STRENGTHS[-1], solver="newton-cholesky", tol=1e-10)
    expected = model.fit(design, parts.outcome).decision_function(design)
    np.testing.assert_allclose(parts.path[-1].log_odds(parts.matrix), expected, atol=1e-4)


def test_the_line_ends_where_the_data_do_and_keeps_rare_events(parts):
    linear = parts.path[-1]
    names = parts.encoding.names
    row = np.array([parts.encoding.typical[n] for n in names], dtype=float)

    def with_value(name, value):
        changed = row.copy()
        changed[names.index(name)] = value
        return linear.log_odds(changed[None, :])[0]

    assert with_value("a", 1e9) == with_value("a", 50.0) == with_value("a", np.inf) > with_value("a", 1.0)
    assert with_value("rare", 1.0) > with_value("rare", 0.0) + 1
    assert with_value("gappy", np.nan) > with_value("gappy", row[names.index("gappy")]) + 0.2
    assert with_value("plan", 1.0) < with_value("plan", 0.0)
    assert np.isfinite(with_value("plan", np.nan))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_line_does_not_depend_on_threads(parts, threads):
    with threadpool_limits(threads):
        again = fit_path(parts.encoding, parts.matrix, parts.outcome)
    assert again == parts.path
    assert Linear.from_dict(json.loads(json.dumps(again[1].as_dict()))) == again[1]
