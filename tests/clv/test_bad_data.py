"""Data that are bad, tiny or odd: an error that names the row, or a verdict; never a fit that ran away.

The whole suite turns warnings into errors, so an overflow on the way fails here as well.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.clv import BGNBD, MBGNBD, GammaGamma, ShiftedBetaGeometric, fit
from retinue.clv.beta_geometric import BetaGeometricNBD
from retinue.errors import DataError, NotEnoughData
from retinue.settings import ValueSettings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

NAN, INF = float("nan"), float("inf")
Columns = tuple[Any, ...]

REFUSED: dict[str, tuple[Columns, str]] = {
    "last purchase after today": (([1, 2, 2], [3, 50, 60], [9, 9, 9]), r"row 1: .*T=9 \(and 1 more rows\)"),
    "negative count": (([1, -2], [3, 5], [9, 9]), "row 1: x=-2"),
    "negative age": (([0], [0], [-1]), "row 0"),
    "half a purchase": (([0, 0.5], [0, 1], [2, 2]), "row 1: x=0.5"),
    "missing": (([1, NAN], [1, 1], [2, 2]), "row 1: x=nan"),
    "infinite age": (([1, 2], [1, 1], [2, INF]), "row 1"),
    "infinite count": (([INF], [1], [2]), "row 0"),
    "a time no unit has": (([1, 1], [1, 1], [5, 1e200]), "row 1"),
    "different lengths": (([1, 2], [1], [3, 3]), "x: 2, t_x: 1, T: 2"),
    "words": ((["a"], [1], [2]), "x"),
    "negative weight": (([1, 2], [1, 1], [2, 2], [1, -1]), "row 1: weight=-1"),
    "missing weight": (([1, 2], [1, 1], [2, 2], [NAN, 1]), "row 0: weight=nan"),
    "too few weights": (([1, 2], [1, 1], [2, 2], [1]), "1 weights, 2 rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_histories_are_refused_with_their_row(case: str) -> None:
    columns, where = REFUSED[case]
    with pytest.raises(DataError) as caught:
        MBGNBD.fit(*columns)
    assert pd.Series([caught.value.where]).str.contains(where).all(), caught.value.where


def _histories() -> dict[str, Columns]:
    draw = np.random.default_rng(1)
    heavy = np.floor(np.minimum(draw.pareto(0.5, 4_000), 10_000.0))
    T = draw.uniform(300, 730, 4_000)
    bought = np.arange(49) % 4
    return {
        "nobody": ([], [], []),
        "one customer": ([2], [5], [9]),
        "two": ([2, 0], [5, 0], [9, 9]),
        "five": ([2, 0, 1, 4, 0], [5, 0, 3, 8, 0], [9] * 5),
        "forty-nine": (bought, (bought > 0) * 5.0, np.full(49, 9.0)),
        "all bought once": (np.zeros(500), np.zeros(500), np.arange(500.0)),
        "all alike": (np.full(500, 3.0), np.full(500, 30.0), np.full(500, 40.0)),
        "one count for all": (np.full(500, 3.0), draw.uniform(0, 30, 500), np.full(500, 40.0)),
        "all today": (np.zeros(100), np.zeros(100), np.zeros(100)),
        "repeat purchases today": (np.full(100, 2.0), np.zeros(100), np.zeros(100)),
        "silent for years": (np.full(300, 5.0), np.ones(300), np.full(300, 1_000.0)),
        "all have just bought": (1.0 + np.arange(300) % 7, np.full(300, 1e3), np.full(300, 1e3)),
        "a thousand million purchases": ([1e9, 0, 3] * 50, [1, 0, 2] * 50, [5] * 150),
        "in nanoseconds": ([1, 0, 3] * 50, [1e17, 0, 2e17] * 50, [5e17, 5e18, 5e18] * 50),
        "no time at all": ([1, 0, 3] * 50, [1e-310, 0, 2e-310] * 50, [5e-310] * 150),
        "weights of zero": ([1, 2], [1, 1], [2, 2], [0, 0]),
        "one to ten thousand purchases": (heavy, np.where(heavy > 0, T * draw.random(4_000) ** 0.1, 0.0), T),
    }


NO_FIT = {"nobody", "all bought once", "all today", "repeat purchases today", "no time at all"} | {
    "weights of zero"
}
INNER = {"one to ten thousand purchases"}


@pytest.mark.parametrize("family", [BGNBD, MBGNBD])
@pytest.mark.parametrize("case", _histories())
def test_odd_histories_have_a_verdict(family: type[BetaGeometricNBD], case: str) -> None:
    columns = _histories()[case]
    if case in NO_FIT:
        with pytest.raises(NotEnoughData):
            family.fit(*columns)
        return
    model = family.fit(*columns)
    assert model.verdict == ("converged" if case in INNER else "boundary")
    assert np.isfinite(list(model.parameters.values())).all()
    assert np.isfinite(model.log_likelihood or NAN)
    alive = model.p_alive(*columns[:3])
    assert ((alive >= 0) & (alive <= 1)).all()


AMOUNTS: dict[str, tuple[Columns, str]] = {
    "nobody": (([], []), "too little"),
    "one": (([1], [5.0]), "too little"),
    "two": (([1, 1], [5.0, 6.0]), "boundary"),
    "all equal": (([1, 2] * 50, [5.0] * 100), "too little"),
    "equal but for rounding": ((np.ones(100), 5 + 1e-12 * np.arange(100)), "boundary"),
    "two prices": (([1] * 100, [5.0, 6.0] * 50), "boundary"),
    "a million millions": (([1, 2, 3] * 40, [1e12, 2e12, 1e3] * 40), "boundary"),
    "fifteen orders of magnitude": ((np.ones(300), np.logspace(-3, 12, 300)), "converged"),
    "zero": (([1, 2], [1.0, 0.0]), "row 1: x=2, m=0"),
    "negative": (([1, 0, 2], [1.0, 5.0, -3.0]), "row 2: x=2, m=-3"),
    "missing": (([1, 2], [NAN, 1.0]), "row 0: x=1, m=nan"),
    "infinite": (([1, 2], [INF, 1.0]), "row 0: x=1, m=inf"),
    "beyond any currency": (([1, 2], [1e200, 1.0]), "row 0: x=1, m=1e.200"),
    "half a purchase": (([1.5], [2.0]), "row 0: x=1.5"),
    "unknown count": (([NAN, 2], [3.0, 1.0]), "row 0: x=nan"),
    "different lengths": (([1, 2], [3.0]), "x: 2, m: 1"),
}


@pytest.mark.parametrize("case", AMOUNTS)
def test_odd_amounts(case: str) -> None:
    columns, wanted = AMOUNTS[case]
    if wanted == "too little":
        with pytest.raises(NotEnoughData):
            GammaGamma.fit(*columns)
    elif wanted in ("boundary", "converged"):
        model = GammaGamma.fit(*columns)
        assert model.verdict == wanted
        assert np.isfinite([*model.parameters.values(), model.population_mean]).all()
        mean = model.mean_value(*columns)
        assert (np.isfinite(mean) & (mean > 0)).all()
    else:
        with pytest.raises(DataError) as caught:
            GammaGamma.fit(*columns)
        assert pd.Series([caught.value.where]).str.contains(wanted).all(), caught.value.where


CONTRACTS: dict[str, tuple[Columns, str]] = {
    "none": (([], []), "too little"),
    "none ended": (([], [1, 2, 3]), "too little"),
    "all ended in the first period": (([1] * 50, []), "too little"),
    "all ended in the fifth": (([5] * 50, []), "boundary"),
    "one": (([2], [3]), "boundary"),
    "one rate of loss for all": ((np.random.default_rng(1).geometric(0.1, 3_000), []), "boundary"),
    "missing": (([1, NAN], [2]), "row 1: ended_in=nan"),
    "infinite": (([1], [INF]), "row 0: running_for=inf"),
    "before it began": (([1, 0], [1]), "row 1: ended_in=0"),
    "half a period": (([1], [0, 0.5]), "row 1: running_for=0.5"),
    "words": ((["a"], [1]), "ended_in"),
}


@pytest.mark.parametrize("case", CONTRACTS)
def test_odd_contracts(case: str) -> None:
    columns, wanted = CONTRACTS[case]
    if wanted == "too little":
        with pytest.raises(NotEnoughData):
            ShiftedBetaGeometric.fit(*columns)
    elif wanted == "boundary":
        model = ShiftedBetaGeometric.fit(*columns)
        assert model.verdict == "boundary"
        survival = model.survival(np.arange(50.0))
        assert (np.diff(survival) <= 0).all()
    else:
        with pytest.raises(DataError) as caught:
            ShiftedBetaGeometric.fit(*columns)
        assert wanted in caught.value.where


def test_impossible_rows_of_a_frame_are_counted_and_not_fitted_on(buyers: pd.DataFrame) -> None:
    bad = pd.DataFrame(
        {
            "repeat_purchase_days": [3.0, -1.0, INF, 2.0],
            "purchase_span_days": [50.0, 1.0, 1.0, -5.0],
            "purchase_age_days": [40.0, 9.0, 9.0, 9.0],
            "mean_repeat_value": [1e12, -5.0, 0.0, INF],
            "mean_purchase_value": [1e12, -5.0, 0.0, INF],
        }
    )
    warehouse = Warehouse(DuckDBEngine(threads=1))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    terms = {"settings": ValueSettings(), "contractual": False, "as_of": now, "seed": 3}
    both = pd.concat([buyers.iloc[:700], bad], ignore_index=True)
    model, without = fit(warehouse, both, **terms), fit(warehouse, buyers.iloc[:700], **terms)
    assert model.summary()["impossible_histories"] == {"rows": 4, "first_row": 700}
    assert "impossible_histories" not in without.summary()
    for part in ("purchases", "spend", "parameter_intervals"):
        assert model.summary()[part] == without.summary()[part]
    assert set(model.notes(both)[700:]) == {"impossible history: not fitted on"}
    assert np.isfinite(model.value(both).to_numpy()).all()
