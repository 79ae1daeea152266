"""No feature of the catalogue can see the future; a feature that does is found."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from retinue.features import CATALOGUE, Feature, find_leaks
from retinue.features.declare import count, others, standing, total
from retinue.settings import FeatureSettings
from retinue.warehouse.base import Warehouse

ORIGIN = datetime.fromisoformat("2023-06-01")


def feature(name: str, value: Any) -> Feature:
    return Feature(
        name=name,
        family="engagement",
        value=value,
        unit="events",
        formula="as the test says",
        missing="never missing",
        label="a test",
    )


def test_deleting_every_later_row_changes_no_feature(
    write_history: Callable[..., Any], feature_settings: FeatureSettings
) -> None:
    draw = random.Random(31)
    dates = [ORIGIN + timedelta(days=draw.randrange(600), hours=draw.choice([0, 0, 7])) for _ in range(3)]
    with write_history(31, customers=25, dirt=0.4).warehouse() as warehouse:
        assert find_leaks(warehouse, dates, CATALOGUE, settings=feature_settings) == []


def test_a_feature_that_looks_ahead_is_found(
    small_warehouse: Warehouse, feature_settings: FeatureSettings
) -> None:
    def in_the_last_month_of_the_data(row: Any, _: Any) -> Any:
        # The latest row of the table stands for "now", whatever the date: a common slip.
        return row.timestamp.epoch_seconds() > row.timestamp.max().epoch_seconds() - 30 * 86_400

    honest = feature("honest", count("events").over(30))
    peeking = feature("peeking", count("events", where=in_the_last_month_of_the_data).ever())
    dates = [ORIGIN, ORIGIN + timedelta(days=500)]
    leaks = find_leaks(small_warehouse, dates, [honest, peeking], settings=feature_settings)
    assert {leak.feature for leak in leaks} == {"peeking"}
    leak = leaks[0]
    assert leak.customers > 0
    assert leak.with_future != leak.without_future


def test_a_row_does_not_show_what_is_known_later(
    small_warehouse: Warehouse, feature_settings: FeatureSettings
) -> None:
    early = feature("early", total("tickets", lambda row, _: row.resolution_time).over(90))
    with pytest.raises(AttributeError, match="resolution_time"):
        find_leaks(small_warehouse, [ORIGIN + timedelta(days=500)], [early], settings=feature_settings)


def test_a_window_never_ends_after_the_date() -> None:
    with pytest.raises(ValueError, match="never ahead"):
        count("events").over(30, shift=-30)
    with pytest.raises(ValueError, match="at least one day"):
        count("events").over(0)


def test_an_account_may_hold_customers_that_were_not_asked_for(
    write_history: Callable[..., Any], feature_settings: FeatureSettings
) -> None:
    shared = [f for f in CATALOGUE if f.family in ("account", "prices")]
    dates = [ORIGIN + timedelta(days=400), ORIGIN + timedelta(days=600)]
    with write_history(33, customers=25).warehouse() as warehouse:
        assert (
            find_leaks(warehouse, dates, shared, settings=feature_settings, customers=["c003", "c007"]) == []
        )


def test_rows_are_never_seen_as_they_will_stand() -> None:
    with pytest.raises(ValueError, match="never after"):
        standing("subscriptions", "count", before=-1)
    with pytest.raises(ValueError, match="at least one day"):
        others("events", "count", window=0)
