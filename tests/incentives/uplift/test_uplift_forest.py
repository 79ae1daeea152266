"""The causal forest, where EconML is installed; a clear word where it is not."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from retinue.errors import PluginError
from retinue.incentives.uplift import causal_forest


def test_without_econml_the_error_names_the_extra(world, monkeypatch):
    monkeypatch.setitem(sys.modules, "econml.dml", None)
    with pytest.raises(PluginError, match=r"pip install retinue\[causal\]"):
        causal_forest(*world(200, seed=0).given)


@pytest.mark.filterwarnings("ignore")
def test_the_forest_covers_and_predicts(world):
    pytest.importorskip("econml", reason="the causal forest needs the extra `causal`")
    known = world(1_500, seed=1)
    X = known.X.copy()
    X[::9, 3] = np.nan
    found = causal_forest(X, known.treatment, known.outcome, propensity=known.propensity, trees=80, folds=3)
    low, high = found.out_of_fold.interval()
    assert ((low <= known.tau) & (known.tau <= high)).mean() > 0.85
    assert found.predict(X[:7]).effect.shape == (7, 2)
