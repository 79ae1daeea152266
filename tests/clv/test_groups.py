"""Grouping equal histories: the same customers, whatever the path, the order or the unit."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.clv.gamma_gamma import spend_data
from retinue.clv.groups import PurchaseGroups, group_purchases

Triples = list[tuple[float, float, float]]


def _counted(groups: PurchaseGroups) -> Counter[tuple[float, float, float]]:
    rows = zip(groups.x.tolist(), groups.t_x.tolist(), groups.T.tolist(), strict=True)
    return Counter(dict(zip(rows, groups.weight.tolist(), strict=True)))


@st.composite
def histories(draw: st.DrawFn) -> Triples:
    unit = draw(st.sampled_from([1.0, 1.0 / 7.0, 1e9]))  # days, weeks, and beyond one integer key
    rows = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(4, 6)), max_size=30))
    return [(float(x), t * unit if x else 0.0, T * unit) for x, t, T in rows]


@settings(max_examples=80)
@given(rows=histories(), seed=st.integers(0, 99))
def test_groups_count_customers(rows: Triples, seed: int) -> None:
    columns = np.array(rows).reshape(-1, 3).T
    groups = group_purchases(*columns)
    assert _counted(groups) == Counter(rows)
    order = sorted(range(len(groups)), key=lambda i: (groups.x[i], groups.t_x[i], groups.T[i]))
    assert order == list(range(len(groups)))
    shuffled = columns[:, np.random.default_rng(seed).permutation(len(rows))]
    weighted = group_purchases(*shuffled, np.ones(len(rows)))
    for other in (group_purchases(*shuffled), weighted):
        for part in ("x", "t_x", "T", "weight"):
            assert getattr(other, part).tobytes() == getattr(groups, part).tobytes()
    assert groups.x_values[groups.x_code].tolist() == groups.x.tolist()
    if rows:
        assert groups.share_by_x.sum() == pytest.approx(1.0)
        assert len(groups.thinned(3)) <= 3


def test_weights_add_up_and_rows_of_weight_zero_vanish() -> None:
    groups = group_purchases([1, 1, 0, 2], [5, 5, 0, 7], [9, 9, 9, 9], [1.5, 2.0, 0.0, 3.0])
    assert groups.x.tolist() == [1.0, 2.0]
    assert groups.weight.tolist() == [3.5, 3.0]


def test_amounts_are_kept_with_their_customers_in_one_order() -> None:
    draw = np.random.default_rng(5)
    x, m = draw.integers(0, 5, 400).astype(float), np.round(draw.gamma(3, 10, 400), 1) + 0.1
    data = spend_data(x, m)
    wanted = sorted((a, b) for a, b in zip(x.tolist(), m.tolist(), strict=True) if a)
    assert list(zip(data.x.tolist(), data.m.tolist(), strict=True)) == wanted
    order = draw.permutation(400)
    assert spend_data(x[order], m[order]).total.tobytes() == data.total.tobytes()
    assert spend_data(x[order], m[order], np.ones(400)).total.tobytes() == data.total.tobytes()
