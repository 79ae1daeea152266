"""Three arms: nested, disjoint, and a fraction that changes nothing while there is no third arm."""

import numpy as np
import pytest

from retinue.decisions import Terms
from retinue.errors import SettingsError
from retinue.settings import HoldoutSettings, Settings, load_settings


def test_business_as_usual_gets_no_offer_of_ours_and_is_named(make_parts):
    batch = make_parts(400, holdout={"share": 0.1, "usual_share": 0.2}).batch
    usual = batch.holdout_position >= 0.8
    assert 0.1 < usual.mean() < 0.3
    assert (batch.made[usual] == -1).all()
    assert not batch.held_out[usual].any()
    rules = {d.rule for d, u in zip(batch.decisions, usual, strict=True) if u}
    assert "as_usual" in rules
    assert rules <= {"as_usual", "monitor_band", "nothing_pays"}
    offered = [d for d in batch.decisions if d.propensities["none"] < 1]
    assert all(d.propensities["none"] == pytest.approx(0.3) for d in offered)
    named = [row for row, d in enumerate(batch.decisions) if d.rule == "as_usual"]
    assert all("as_usual" in batch.removed_by(row) for row in named)


def test_a_budget_is_not_spent_on_business_as_usual(make_parts):
    free = make_parts(300, holdout={"usual_share": 0.3}).batch
    assert sum(free.allocation.choice[free.holdout_position >= 0.7] >= 0) == 0


def test_the_holdout_is_the_same_with_and_without_the_third_arm(make_parts):
    two, three = make_parts(300).batch, make_parts(300, holdout={"usual_share": 0.3}).batch
    assert (two.held_out == three.held_out).all()


def test_terms_without_the_arm_read_as_before_it():
    terms = Terms.of(Settings())
    assert "usual_share" not in terms.as_dict()
    assert Terms.from_dict(terms.as_dict()) == terms
    with_arm = Terms.of(Settings(holdout=HoldoutSettings(usual_share=0.2)))
    assert Terms.from_dict(with_arm.as_dict()) == with_arm
    assert with_arm.versions()["rules"] != terms.versions()["rules"]


def test_somebody_must_be_treated(tmp_path):
    with pytest.raises(SettingsError):
        load_settings(tmp_path, {"holdout": {"share": 0.5, "usual_share": 0.5}})
    assert np.isclose(load_settings(tmp_path).holdout.usual_share, 0.0)
