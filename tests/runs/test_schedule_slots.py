"""Slots over 400 days in many zones, against clocks on the wall read minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from retinue.runs.schedule.slots import slots_between
from retinue.settings.cron import check_cron, wall_times

START = datetime(2027, 6, 1, 12, tzinfo=UTC)
END = START + timedelta(days=400)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",  # put forward at midnight: there are days without one
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # put back before Ramadan and forward after it
    "Asia/Kathmandu",  # 5:45 ahead, never changed
)
Fits = Callable[[datetime], bool]
CRONS: dict[str, Fits] = {
    "30 2 * * *": lambda t: (t.hour, t.minute) == (2, 30),
    "0 0 * * *": lambda t: (t.hour, t.minute) == (0, 0),
    "*/20 1-3 * * *": lambda t: 1 <= t.hour <= 3 and t.minute % 20 == 0,
    "15 2 * * 0": lambda t: (t.hour, t.minute, t.isoweekday()) == (2, 15, 7),
    "0 3 1 * *": lambda t: (t.day, t.hour, t.minute) == (1, 3, 0),
    "0 3 29 2 *": lambda t: (t.month, t.day, t.hour, t.minute) == (2, 29, 3, 0),
    "45 23 13 * fri": lambda t: (t.day == 13 or t.isoweekday() == 5) and (t.hour, t.minute) == (23, 45),
}


def first_shown(zone: ZoneInfo) -> dict[datetime, datetime]:
    """Each five minutes of wall time to the first moment at which a clock has come that far.

    Walks through time and watches the clock: nothing of how the product computes it.
    """
    found: dict[datetime, datetime] = {}
    step = timedelta(minutes=5)
    moment = START - timedelta(days=1)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    furthest = shown
    while moment <= END:
        shown = moment.astimezone(zone).replace(tzinfo=None)
        while furthest <= shown:
            found[furthest] = moment
            furthest += step
        moment += step
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_exactly_the_expected_slots_in_400_days(zone: str) -> None:
    shown = first_shown(ZoneInfo(zone))
    for cron, fits in CRONS.items():
        expected = sorted({at for wall, at in shown.items() if fits(wall) and START < at <= END})
        assert list(slots_between(cron, zone, START, END)) == expected, cron


def test_looking_often_finds_what_looking_once_finds() -> None:
    whole = list(slots_between("*/30 * * * *", "Europe/Berlin", START, END))
    pieces: list[datetime] = []
    at = START
    while at < END:
        until = min(at + timedelta(minutes=47), END)
        pieces += slots_between("*/30 * * * *", "Europe/Berlin", at, until)
        at = until
    assert pieces == whole


def test_a_time_that_is_jumped_over_is_due_after_the_jump_and_one_that_comes_twice_once() -> None:
    spring = slots_between(
        "30 2 * * *",
        "Europe/Berlin",
        datetime(2026, 3, 28, 12, tzinfo=UTC),
        datetime(2026, 3, 30, tzinfo=UTC),
    )
    assert [s.isoformat() for s in spring] == ["2026-03-29T01:00:00+00:00"]
    autumn = slots_between(
        "30 2 * * *",
        "Europe/Berlin",
        datetime(2026, 10, 24, 12, tzinfo=UTC),
        datetime(2026, 10, 26, tzinfo=UTC),
    )
    assert [s.isoformat() for s in autumn] == ["2026-10-25T00:30:00+00:00"]


def test_a_day_that_does_not_exist() -> None:
    # Samoa went from the 29th of December 2011 straight to the 31st.
    found = slots_between(
        "0 5 * * *", "Pacific/Apia", datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)
    )
    assert [s.isoformat() for s in found] == [
        "2011-12-29T15:00:00+00:00",
        "2011-12-30T10:00:00+00:00",
        "2011-12-30T15:00:00+00:00",
        "2011-12-31T15:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        ("0 0 * * 0", {7}),
        ("0 0 * * 7", {7}),
        ("0 0 * * 1-5", {1, 2, 3, 4, 5}),
        ("0 0 * * sat-mon", {6, 7, 1}),
        ("0 0 * * 5-7", {5, 6, 7}),
        ("0 0 * * */3", {7, 3, 6}),
        ("0 0 * * tue,4", {2, 4}),
    ],
)
def test_days_of_the_week_are_those_of_cron(text: str, weekdays: set[int]) -> None:
    times = wall_times(check_cron(text), datetime(2026, 1, 1))
    assert {next(times).isoweekday() for _ in range(14)} == weekdays


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0 5 * *", "five fields"),
        ("60 5 * * *", "60"),
        ("0 5 last * *", "day of the month"),
        ("0 5 * * 8", "day of the week"),
        ("0 5 31 2 *", "never"),
        ("*/0 * * * *", "0"),
        ("0 0 * * mon/0", "step of 0"),
        ("", "five fields"),
    ],
)
def test_what_is_no_cron_expression(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_cron(text)
