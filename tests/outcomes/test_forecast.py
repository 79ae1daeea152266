"""When will we know: literal counts, wider when asked less, words as a person would say them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from retinue.outcomes.aipw import estimate_of
from retinue.outcomes.confidence import units_needed, valid_margin
from retinue.outcomes.forecast import Pace, best_share, fastest_share, forecast

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def found(value=0.03, sd=1.2, units=700):
    terms = np.array([1.0, -1.0] * (units // 2))
    return replace(estimate_of(terms * sd * np.sqrt((units - 1) / units) + value), variance_ratio=1.0)


def pace(units=700, per_day=4.0, holdout=0.1):
    return Pace(starts=(-np.arange(units)[::-1] / max(per_day, 1)).tolist(), per_day=per_day, holdout=holdout)


def look(estimate, at=None, **options):
    return forecast(estimate, at or pace(), as_of=AS_OF, window_days=90, variances=(0.16, 0.13), **options)


def test_the_date_is_when_the_needed_customers_have_come_and_matured() -> None:
    seen = look(found())
    needed = units_needed(found().sd, 0.03)
    wanted = AS_OF + timedelta(days=(needed - 700) / 4.0 + 90)
    assert abs(seen.now.date - wanted) < timedelta(hours=1)
    assert seen.now.earliest < seen.now.date
    assert seen.now.latest is None
    assert seen.now.margin_a_year == pytest.approx(float(valid_margin(4 * 365.25, found().sd)))


def test_those_who_have_entered_already_only_need_to_mature() -> None:
    sure = found(value=0.5)
    assert look(sure).now.date == AS_OF + timedelta(days=0) or look(sure).now.date < AS_OF + timedelta(
        days=90
    )


def test_a_larger_holdout_and_more_customers_bring_it_nearer() -> None:
    seen = look(found())
    dates = {o.holdout: o.date for o in seen.alternatives}
    assert dates[0.2] < seen.now.date
    assert dates[0.5] < dates[0.3] < dates[0.2]
    assert look(found(), pace(per_day=40.0)).now.date < seen.now.date


def test_no_effect_is_never_known_and_nothing_breaks() -> None:
    assert look(found(value=0.0)).now.date is None
    assert look(found(), pace(per_day=0.0)).now.date is None
    assert "not for thirty years" in look(found(value=1e-6)).statement


def test_shares_are_the_optimum_of_their_formula() -> None:
    v0, v1, gain, cost = 0.2, 0.1, 30.0, 12.0
    grid = np.linspace(0.01, 0.5, 4901)
    spent = (v1 / (1 - grid) + v0 / grid) * (grid * gain + (1 - grid) * cost)
    assert best_share(v0, v1, gain=gain, cost=cost) == pytest.approx(grid[spent.argmin()], abs=2e-4)
    time = v1 / (1 - grid) + v0 / grid
    assert fastest_share(v0, v1) == pytest.approx(grid[time.argmin()], abs=2e-4)
    assert best_share(0.1, 0.1, gain=0.0, cost=5.0) == fastest_share(0.1, 0.1)
    assert best_share(0.1, 0.1, gain=7.0, cost=7.0) == pytest.approx(0.5)


def test_it_is_said_in_words() -> None:
    seen = look(found(), shorter=[(60.0, found(value=0.028))], gain=20.0, cost=10.0)
    said = seen.statement
    assert said.startswith("A holdout of 10% and 1,315 treated customers a year leave an interval of ±")
    assert "around an effect of 3 points after a year" in said
    assert "times as wide as the effect" in said
    assert "at this rate we know in " in said
    assert "with a holdout of 30% in " in said
    assert "with 60-day retention instead of 90-day in " in said
    assert "holdout.share = 0." in seen.proposal
    known = look(found(value=0.4))
    assert known.known
    assert known.statement.startswith("We know")
