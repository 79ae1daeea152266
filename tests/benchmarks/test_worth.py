"""The report of what features earn: a feature that matters is told from one that is noise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks.worth.judging import Drawn, Worth, judge
from benchmarks.worth.kept import REASONS
from benchmarks.worth.page import page
from benchmarks.worth.sets import SETS, Learned
from benchmarks.worth.shuffle import Loss, influence
from benchmarks.worth.verdicts import counts, read_by_the_product, verdict

import retinue
from retinue.churn.rows import judged_rows
from retinue.features import CATALOGUE
from retinue.settings import ChurnSettings

FAMILIES = {"matters": "signal", "twin": "signal", "noise": "chaff", "same": "chaff"}


def learned(strength: float) -> Learned:
    """400 customers at eight dates 120 days apart; who leaves follows `matters`, which `twin` copies."""
    draw = np.random.default_rng(5)
    dates = pd.date_range("2020-01-01", periods=8, freq="120D").as_unit("us")
    frame = pd.DataFrame(
        {
            "customer_id": np.tile([f"c{i:03d}" for i in range(400)], len(dates)),
            "as_of": np.repeat(dates, 400),
        }
    )
    signal = draw.normal(size=len(frame))
    frame["matters"] = signal
    frame["twin"] = signal + draw.normal(size=len(frame)) * 0.05
    frame["noise"] = draw.normal(size=len(frame))
    frame["same"] = 1.0
    labels = frame[["customer_id", "as_of"]].copy()
    chance = 1 / (1 + np.exp(1.0 - strength * signal))
    labels["churned"] = (draw.uniform(size=len(frame)) < chance).astype(float)
    labels["duration_days"], labels["observed"] = 90.0, labels["churned"]
    return Learned(frame, labels, ChurnSettings(), "inactivity", 3)


@pytest.fixture(scope="module")
def worth() -> Worth:
    found = judge(learned(2.0), FAMILIES, seeds=3)
    assert found is not None
    return found


def test_what_matters_is_told_from_noise(worth: Worth) -> None:
    assert worth.split == "time"
    assert worth.constant == ("same",)
    assert set(worth.features) == {"matters", "twin", "noise"}
    together = worth.together["matters"]
    assert together.value > 0.2
    assert together.value > 10 * together.error
    assert together.value > worth.features["matters"].value
    assert abs(worth.features["noise"].value) < 3 * worth.features["noise"].error + 1e-3
    assert worth.alike["noise"] == {}
    assert worth.partner["matters"][0] == "twin"
    assert worth.partner["matters"][1] > 0.99


def test_leaving_a_family_out_costs_what_no_other_family_holds(worth: Worth) -> None:
    assert worth.families["signal"].low > 0.2
    assert worth.families["chaff"].value < 0.01


def test_the_error_is_that_of_drawing_whole_customers() -> None:
    rows = judged_rows(learned(1.0).frame, learned(1.0).labels)
    score = rows.frame["matters"].to_numpy()
    auc, moved = influence(score, rows.outcome)
    drawn = Drawn(rows).of(score)
    assert auc == pytest.approx(drawn[0], abs=1e-12)
    customers = rows.frame["customer_id"].factorize()[0]
    error = np.sqrt((np.bincount(customers, weights=moved) ** 2).sum())
    assert error == pytest.approx(drawn[1:].std(), rel=0.2)


def test_the_verdicts(worth: Worth) -> None:
    alone = replace(worth, features=worth.features | {"twin": Loss(0.0, 0.1, -0.2, 0.2)})
    worths = {"tiny": alone}
    assert verdict("matters", worths).says == "earns"
    twin = verdict("twin", worths)
    assert (twin.says, twin.partner) == ("shares", "matters")
    assert verdict("noise", worths).says == "quiet"
    repeated = replace(alone, together={})
    assert verdict("twin", {"tiny": repeated}).says == "repeats"
    assert worth.alone["twin"].value > 0.3
    assert abs(worth.alone["noise"].value) < 3 * worth.alone["noise"].error
    assert verdict("same", worths).says == "absent"
    assert verdict("noise", worths, read={"noise"}).kept == "read by name in another stage"


def test_a_set_on_which_the_model_knows_nothing_does_not_count() -> None:
    blind = judge(learned(0.0), FAMILIES, seeds=2)
    if blind is not None:
        assert not counts(blind)
        assert verdict("matters", {"blind": blind}).says == "absent"


def test_what_other_stages_read_is_found_in_their_source() -> None:
    read = read_by_the_product([f.name for f in CATALOGUE], Path(retinue.__file__).parent)
    assert {"mrr", "days_since_last_transaction", "purchase_span_days"} <= read
    assert "longest_resolution_hours_365d" not in read


def test_the_page_shows_every_feature_once(worth: Worth) -> None:
    own = [replace(CATALOGUE[0], name=name) for name in FAMILIES]
    told = [verdict(name, {"sim": worth}) for name in FAMILIES]
    text = page(SETS[:2], {"sim": worth}, told, own, command="make", seeds=3, customers=600)
    table = text[text.index("## Features shuffled") : text.index("## Kept")]
    for name in FAMILIES:
        assert table.count(f"\n| {name} |") == 1
    assert "no model could be judged" in text
    assert table.index("| twin |") < table.index("| noise |")


def test_reasons_are_given_once_and_for_features_that_exist() -> None:
    named = [name for names in REASONS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= {f.name for f in CATALOGUE}


def test_every_committed_verdict_has_a_reason() -> None:
    text = (Path(__file__).parents[2] / "docs" / "feature-worth.md").read_text(encoding="utf-8")
    for feature in CATALOGUE:
        assert f"\n| {feature.name} |" in text, "python -m benchmarks.worth"
    assert "no reason" not in text
