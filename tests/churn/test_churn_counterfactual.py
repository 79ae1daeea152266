"""What would change a score is what the model says of the changed customer, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retinue.churn import train_static
from retinue.churn.counterfactual import what_would_change
from retinue.churn.model import TrainedModel
from retinue.settings import ChurnSettings


@pytest.fixture(scope="module")
def learned() -> tuple[TrainedModel, pd.DataFrame]:
    """A model of two causes, a text column and noise, with the customers it learned from."""
    generator = np.random.default_rng(3)
    rows = 1_500
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(rows)],
            "a": generator.normal(size=rows),
            "b": generator.normal(size=rows),
            "noise": generator.normal(size=rows),
            "plan": generator.choice(["free", "pro", "team"], rows, p=[0.2, 0.5, 0.3]),
        }
    )
    odds = 2.0 * frame.a - 1.5 * frame.b + 1.0 * (frame.plan == "free") - 1.0
    churned = (generator.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    labels = pd.DataFrame({"customer_id": frame.customer_id, "churned": churned})
    model = train_static(frame, labels, settings=ChurnSettings(), seed=7)
    assert isinstance(model, TrainedModel)
    return model, frame


def test_each_change_is_the_models_word_on_the_changed_customer(
    learned: tuple[TrainedModel, pd.DataFrame],
) -> None:
    model, frame = learned
    riskiest = frame.loc[[int(model.predict(frame)["churn_probability"].idxmax())]]
    found = what_would_change(model, riskiest)
    assert {one.feature for one in found} >= {"a", "b"}
    typical = {name: model.encoding.typical[name] for name in ("a", "b")}
    together = riskiest.copy()
    for one in found:
        if one.feature not in typical:
            break
        alone = riskiest.assign(**{one.feature: typical[one.feature]})
        together = together.assign(**{one.feature: typical[one.feature]})
        assert one.alone == float(model.predict(alone)["churn_probability"].iloc[0])
        assert one.together == float(model.predict(together)["churn_probability"].iloc[0])
    before = float(model.predict(riskiest)["churn_probability"].iloc[0])
    assert found[0].alone < before
    assert found[0].together == found[0].alone


def test_nothing_that_lowers_the_risk_is_named(learned: tuple[TrainedModel, pd.DataFrame]) -> None:
    model, frame = learned
    safest = frame.loc[[int(model.predict(frame)["churn_probability"].idxmin())]]
    shares = model.contributions(safest).iloc[0]
    for one in what_would_change(model, safest):
        assert shares[one.feature] > 0


def test_at_most_as_many_as_are_asked_for(learned: tuple[TrainedModel, pd.DataFrame]) -> None:
    model, frame = learned
    assert len(what_would_change(model, frame.head(1), top=1)) <= 1
    assert what_would_change(model, frame.head(1), top=0) == ()
