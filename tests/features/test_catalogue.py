"""The catalogue: enough, unique, documented; and a feature is added by one declaration."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.errors import UsageError
from retinue.features import CATALOGUE, Feature, build_snapshots, describe, listing, read_frame, reference
from retinue.features.base import FAMILIES, WINDOWS
from retinue.features.chunks import POPULATION
from retinue.features.declare import count, minimum, slope
from retinue.features.evaluate import Grid, TableValues, evaluate
from retinue.features.expressions import Over, Standing, leaves
from retinue.settings import FeatureSettings

RELIED_ON = [
    *[
        "tenure_days",
        "days_since_last_transaction",
        "purchase_days",
        "repeat_purchase_days",
        "purchase_span_days",
    ],
    *["purchase_age_days", "mean_purchase_value", "mean_repeat_value", "days_since_last_event"],
    *["days_since_last_login", "mrr", "active_subscriptions", "subscription_age_days", "days_to_period_end"],
    "cancel_requested",
    *(
        f"{what}_{w}d"
        for w in WINDOWS
        for what in (
            "transaction_count",
            "transaction_amount",
            "login_count",
            "event_count",
            "ticket_count",
            "failed_payment_count",
        )
    ),
]


def test_names_are_unique_and_those_relied_on_are_there() -> None:
    names = [f.name for f in CATALOGUE]
    assert len(names) == len(set(names)) >= 90
    assert set(RELIED_ON) <= set(names)
    assert {f.family for f in CATALOGUE} == set(FAMILIES)


@pytest.mark.parametrize("one", CATALOGUE, ids=lambda f: f.name)
def test_every_field_is_filled_in(one: Feature) -> None:
    for text in (one.unit, one.formula, one.missing, one.label):
        assert text.strip() == text != ""
        assert "|" not in text
    assert one.tables
    assert one.family in FAMILIES
    assert one.higher_is in ("good", "bad", "neutral")


def test_labels_are_unique() -> None:
    labels = [f.label for f in CATALOGUE]
    assert sorted({x for x in labels if labels.count(x) > 1}) == []


LEAVES = list(dict.fromkeys(leaf for one in CATALOGUE for leaf in leaves(one.value)))


class Imagined(Grid):
    """A grid whose leaves are random numbers, each independent of every other."""

    def leaf(self, leaf: Over | Standing) -> np.ndarray:
        # Its place in the catalogue, not its hash: functions have another one in every process.
        return np.random.default_rng(LEAVES.index(leaf)).uniform(1.0, 9.0, self.size)

    whole = leaf

    def as_of(self, unit: str) -> np.ndarray:
        return np.full(self.size, 5.0)


def orders(features: Sequence[Feature]) -> dict[str, bytes]:
    """The order in which each formula puts the same customers, whatever its scale."""
    grid = Imagined(500, (datetime(2024, 6, 1),), dict.fromkeys(POPULATION, TableValues(None, None)))
    found = {}
    for one in features:
        digits = [f"{value:.9g}" for value in evaluate(one.value, grid)]
        found[one.name] = (
            pd.Series(digits).astype(float).rank(method="dense").fillna(0.0).to_numpy().tobytes()
        )
    return found


def test_no_feature_only_repeats_another() -> None:
    """A tree learns nothing from a second column that puts everybody in the same order."""
    found = orders(CATALOGUE)
    first: dict[bytes, str] = {}
    repeated = {name: first[o] for name, o in found.items() if first.setdefault(o, name) != name}
    # One less and never below 0: the x of BG/NBD, which the value models read by its name.
    assert repeated == {"repeat_purchase_days": "purchase_days"}
    again = replace(CATALOGUE[-1], name="again", value=CATALOGUE[-1].value / 30.0)
    assert orders([again])["again"] == found[CATALOGUE[-1].name]


def test_the_reference_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "features.md"
    assert page.read_text(encoding="utf-8") == reference(), (
        "python -m retinue.features.guide > docs/reference/features.md"
    )


def test_describe_and_listing() -> None:
    assert describe("mrr").family == "contract"
    assert len(listing()) == len(CATALOGUE)
    assert {row["family"] for row in listing("support")} == {"support"}
    with pytest.raises(UsageError, match="login_count_30d") as caught:
        describe("login_count_30")
    assert "Did you mean" in str(caught.value)
    with pytest.raises(UsageError, match="support"):
        listing("suport")


def test_a_feature_is_added_by_one_declaration(
    tmp_path: Path, write_history: Callable[..., Any], feature_settings: FeatureSettings
) -> None:
    exports = count("events", where=lambda row, _: row.event_type == "kind1")
    mine = Feature(
        name="kind1_share_90d",
        family="engagement",
        value=exports.over(90) / count("events").over(90),
        unit="share",
        formula="events of type kind1 / all events, age in [0, 90) days",
        missing="no event in the window",
        label="share of kind1 in the last 90 days",
    )
    worst = replace(
        mine,
        name="worst_sentiment_365d",
        value=minimum("tickets", lambda row, _: row.sentiment_score).over(365),
    )
    assert mine.tables == ("events",)
    history = write_history(41, dirt=0.0)
    as_of = pd.Timestamp("2024-09-01")
    with history.warehouse() as warehouse:
        built = build_snapshots(
            warehouse,
            [as_of.to_pydatetime()],
            tmp_path / "s.parquet",
            settings=feature_settings,
            features=[*CATALOGUE, mine, worst],
        )
    frame = read_frame(built.path).set_index("customer_id")
    events = pd.DataFrame(history.rows["events"])
    recent = events[(events.timestamp <= as_of) & (events.timestamp > as_of - pd.Timedelta(days=90))]
    expected = recent.groupby("customer_id").event_type.apply(lambda kinds: (kinds == "kind1").mean())
    got = frame["kind1_share_90d"].dropna()
    assert len(got) > 2
    np.testing.assert_allclose(got, expected.reindex(got.index), rtol=1e-12)
    assert set(got.index) == set(expected.index)
    tickets = pd.DataFrame(history.rows["tickets"])
    year = tickets[(tickets.opened_at <= as_of) & (tickets.opened_at > as_of - pd.Timedelta(days=365))]
    least = year.groupby("customer_id").sentiment_score.min().dropna()
    assert len(least) > 2
    pd.testing.assert_series_equal(
        frame["worst_sentiment_365d"].dropna(), least, check_names=False, check_exact=True
    )


def test_a_bad_declaration_is_refused() -> None:
    with pytest.raises(ValueError, match="lower case"):
        Feature(
            name="Bad Name",
            family="tenure",
            value=count("events").over(7),
            unit="",
            formula="",
            missing="",
            label="",
        )
    with pytest.raises(ValueError, match="slope"):
        slope(count("events"), 1)


def test_naming_the_catalogue_imports_nothing_heavy() -> None:
    code = (
        "import sys; from retinue.features import CATALOGUE, listing; listing(); "
        "print([m for m in ('ibis', 'pandas', 'pyarrow', 'duckdb', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
