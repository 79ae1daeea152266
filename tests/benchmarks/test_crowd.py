"""A crowd of customers has every number so many times over, and lists as long as the numbers say."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from benchmarks.crowd import crowd
from benchmarks.risk import many_in
from tests.api.rest.conftest import rows_of, scores, shared_of
from tests.runs.journeys import campaign_of, leave_history

from retinue.runs.customers import CUSTOMERS, write_customers
from retinue.runs.figures import JOURNEY, Cut, Journey, Window
from retinue.runs.figures.reading import Counted

YEAR = timedelta(days=364)


def test_every_count_is_as_many_times_as_large_and_a_year_stands_before(tmp_path: Path) -> None:
    runs = tmp_path / ".retinue" / "runs"
    history = leave_history(runs)
    folder = runs / campaign_of(history.runs[-1])
    write_customers(folder / CUSTOMERS, shared_of(folder.name), rows_of(scores(40), []), [])
    year = Window(history.runs[0].date(), history.runs[-1].date())
    before = Journey.read(folder / JOURNEY).counted(year)
    assert crowd(tmp_path, 200) == many_in(tmp_path) == 200
    journey = Journey.read(folder / JOURNEY)
    expected = [five_times(one) for one in before]
    assert journey.counted(year) == expected
    assert journey.many(year, "at_risk", Cut()) == sum(one.at_risk for one in expected)
    assert journey.first_run() == history.runs[0] - YEAR
    assert journey.counted(Window(year.first - YEAR, year.last - YEAR)) == expected


def five_times(counted: Counted) -> Counted:
    numbers = {name: many for name, many in asdict(counted).items() if name != "tier"}
    return Counted(counted.tier, **{name: 5 * many for name, many in numbers.items()})
