"""Quiet hours where the customer lives, over midnight and over changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.campaigns.gates import quiet_until

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(ZONES),
    st.times(),
    st.times(),
)
def test_the_end_is_later_and_not_quiet_for_long(moment: datetime, zone: str, start: time, end: time) -> None:
    now = moment.replace(tzinfo=UTC)
    until = quiet_until(now, start, end, zone)
    local = now.astimezone(ZoneInfo(zone)).time()
    inside = start != end and ((local >= start or local < end) if start > end else start <= local < end)
    assert (until is not None) == inside
    if until is not None:
        assert now < until <= now + timedelta(hours=25)


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2026-02-14T19:00", "Europe/Berlin", "2026-02-15T07:00"),  # 20:00 there
        ("2026-02-14T18:59", "Europe/Berlin", None),
        ("2026-02-14T06:59", "Europe/Berlin", "2026-02-14T07:00"),
        ("2026-02-14T07:00", "Europe/Berlin", None),
        ("2026-03-28T22:00", "Europe/Berlin", "2026-03-29T06:00"),  # the clocks go forward that night
        ("2026-10-24T22:00", "Europe/Berlin", "2026-10-25T07:00"),  # and back
        ("2026-02-14T12:00", "Nowhere/At_All", None),  # counts as UTC
        ("2026-02-14T21:00", "Nowhere/At_All", "2026-02-15T08:00"),
    ],
)
def test_cases(now: str, zone: str, until: str | None) -> None:
    found = quiet_until(datetime.fromisoformat(now).replace(tzinfo=UTC), time(20), time(8), zone)
    assert found == (None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC))
