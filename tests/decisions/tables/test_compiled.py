"""Rows applied to arrays and rows asked of the engine: the same row, whatever the table and the facts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.decisions.tables.conftest import column, rule_set

from retinue.decisions.tables.asked import Asked
from retinue.decisions.tables.cells import read_cell
from retinue.decisions.tables.columns import holds
from retinue.decisions.tables.document import NO_RULE
from retinue.decisions.tables.evaluate import compiled, first_hits

NUMBERS = st.one_of(
    st.sampled_from([-5.0, 0.0, 0.4, 0.6, 0.1 + 0.2, 250.0, 5000.0, math.nextafter(0.6, 1.0)]),
    st.decimals(-9999, 9999, places=2).map(float),
)
TEXTS = st.sampled_from(["a", "b", "Größe", "it's", "a, b", "x and y", 'say "x"', "", "null", "5"])


def plain(number):
    text = repr(number)
    return text.removesuffix(".0")


def quoted(text):
    return f'"{text}"' if '"' not in text else f"'{text}'"


@st.composite
def conditions(draw, values, ordered):
    """A cell: atoms joined by `and`, then others by `or` or commas."""

    def atom():
        kind = draw(
            st.sampled_from(["is", "not", "in", "not in", *(["than", "range", "out"] if ordered else [])])
        )
        if kind == "than":
            return f"{draw(st.sampled_from(['<', '<=', '>', '>=']))} {draw(values)}"
        if kind in ("range", "out"):
            low, high = sorted([draw(values), draw(values)], key=float)
            start, end = draw(st.sampled_from("[(")), draw(st.sampled_from("])"))
            return f"{'not in ' if kind == 'out' else ''}{start}{low}..{high}{end}"
        some = [draw(st.one_of(values, st.just("null"))) for _ in range(draw(st.integers(1, 3)))]
        if kind in ("in", "not in"):
            return f"{kind} [{', '.join(some)}]"
        return f"{draw(st.sampled_from(['== ', ''])) if kind == 'is' else '!= '}{some[0]}"

    cell = " and ".join(atom() for _ in range(draw(st.integers(1, 3))))
    for _ in range(draw(st.integers(0, 3))):
        cell += draw(st.sampled_from([" or ", ", ", ","])) + atom()
    return cell


NUMBER_CELL = st.one_of(st.just(""), conditions(NUMBERS.map(plain), True))
TEXT_CELL = st.one_of(st.just(""), conditions(TEXTS.map(quoted), False))
YES_NO_CELL = st.sampled_from(["", "true", "false", "!= true", "true, false", "== false"])
ROW = st.fixed_dictionaries(
    {"clv": NUMBER_CELL, "cost": NUMBER_CELL, "country": TEXT_CELL, "subscribed": YES_NO_CELL}
)
CASE = st.fixed_dictionaries(
    {
        "clv": st.one_of(st.none(), NUMBERS),
        "cost": st.one_of(st.none(), NUMBERS),
        "country": st.one_of(st.none(), TEXTS),
        "subscribed": st.booleans(),
    }
)


def both(rules, cases):
    table = rules.tables[0]
    facts = {name: column([case[name] for case in cases]) for name in cases[0]}
    fast = first_hits(table, table.rows, facts, (len(cases), 1))[:, 0].tolist()
    return fast, Asked(table, table.rows).rows(cases)


def named(rows):
    return [{**row, "route": '"monitor"', "rule": f'"r{n}"'} for n, row in enumerate(rows)]


@settings(max_examples=400)
@given(st.lists(ROW, min_size=1, max_size=5), st.lists(CASE, min_size=1, max_size=12))
def test_arrays_and_engine_agree_on_any_table(rows, cases):
    rules = rule_set(*named(rows))
    assert all(compiled(rules.tables[0], row) is not None for row in rules.tables[0].rows)
    fast, slow = both(rules, cases)
    assert fast == slow


LEFT_TO_THE_ENGINE = (
    "$ > 5 and $ < 300",
    "$ % 2 == 0",
    "abs($) > 3",
    "> 1 or < 0.5 and > 5",
    "5, > 1 and < 300",
    ")0..250(",
    "> 0.60000000000000000001",
    "round($) == 250",
    "$ > cost",
    "cost > 2 or clv < 0",
)


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(ROW, st.builds(lambda c: {"clv": c}, st.sampled_from(LEFT_TO_THE_ENGINE))), max_size=4
    ),
    st.lists(CASE, min_size=1, max_size=8),
)
def test_what_is_not_compiled_is_asked_of_the_engine(rows, cases):
    rules = rule_set(*named([*rows, {"clv": LEFT_TO_THE_ENGINE[0]}, {}]))
    fast, slow = both(rules, cases)
    assert fast == slow
    assert NO_RULE not in fast


@pytest.mark.parametrize("cell", LEFT_TO_THE_ENGINE)
def test_nothing_is_compiled_that_the_language_reads_otherwise(cell):
    assert read_cell(cell, "number") is None


def test_a_row_of_no_columns_holds_for_all_and_none_may_hold():
    rules = rule_set(*named([{"clv": "> 10"}, {"cost": "< 0"}]))
    assert both(rules, [{"clv": 5.0, "cost": 1.0, "country": None, "subscribed": True}]) == (
        [NO_RULE],
        [NO_RULE],
    )
    assert holds((), np.zeros((2, 3))).all()


def test_facts_of_offers_and_customers_spread_over_each_other():
    table = rule_set(*named([{"clv": "> 10", "offer": '"b"'}, {"cost": "> 2"}, {}])).tables[0]
    facts = {
        "clv": column([5.0, 20.0]),
        "offer": column(["a", "b"]).T,
        "cost": np.array([[1.0, 3.0], [3.0, 1.0]]),
    }
    assert first_hits(table, table.rows, facts, (2, 2)).tolist() == [[3, 2], [2, 1]]


def test_the_same_spread_is_asked_of_the_engine():
    table = rule_set(*named([{"clv": "$ > 10", "offer": '"b"'}, {"cost": "> 2"}, {}])).tables[0]
    facts = {
        "clv": column([5.0, 20.0]),
        "offer": column(["a", "b"]).T,
        "cost": np.array([[1.0, 3.0], [3.0, 1.0]]),
    }
    assert first_hits(table, table.rows, facts, (2, 2)).tolist() == [[3, 2], [2, 1]]
