"""Elementary intervals: each moment in one cell, each window a run of cells."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np

from retinue.features.calendar import Calendar, Window, epoch_microseconds

at = datetime.fromisoformat
DAY = timedelta(days=1)


def cell_of(calendar: Calendar, moment: datetime) -> int:
    day = epoch_microseconds(moment) // 86_400_000_000 - calendar.first_day
    early = np.datetime64(moment, "us") <= calendar.columns["cal_limit"][day]
    return int(calendar.columns["cal_at" if early else "cal_after"][day])


def test_a_window_holds_exactly_the_moments_of_its_definition() -> None:
    draw = random.Random(3)
    windows = [Window(7), Window(30), Window(30, 30), Window(90, 365), Window(None)]
    for offset in (timedelta(0), timedelta(hours=9, microseconds=5)):
        dates = [at("2024-02-28") + offset, at("2024-03-01") + offset, at("2024-12-31") + offset]
        calendar = Calendar.build(dates, windows, at("2022-11-11T05:00:00"))
        edges = [d - timedelta(days=w.shift + (w.days or 0)) for d in dates for w in windows]
        edges += [d - timedelta(days=w.shift) for d in dates for w in windows]
        moments = [e + timedelta(microseconds=u) for e in edges for u in (-1, 0, 1)]
        moments += [
            at("2022-11-12") + timedelta(microseconds=draw.randrange(750 * 86_400_000_000))
            for _ in range(400)
        ]
        for moment in moments:
            if not at("2022-11-11T05:00:00") <= moment <= dates[-1]:
                continue
            cell = cell_of(calendar, moment)
            for index, date in enumerate(dates):
                assert (moment <= date) == (cell < calendar.visible(index))
                if moment > date:
                    continue
                for window in windows:
                    end = date - window.shift * DAY
                    inside = moment <= end and (window.days is None or moment > end - window.days * DAY)
                    assert bool(calendar.weight(index, window)[cell]) == inside, (moment, date, window)


def test_days_of_a_body_have_bits_of_their_own() -> None:
    calendar = Calendar.build([at("2024-06-01")], [Window(None)], at("2020-01-01"))
    bits, bodies = calendar.columns["cal_bit"], calendar.columns["cal_after"]
    assert bits.max() == 2**61
    assert len(set(zip(bodies.tolist(), bits.tolist(), strict=True))) == len(bits)


def test_a_first_row_after_the_date_is_no_trouble() -> None:
    calendar = Calendar.build([at("2024-06-01")], [Window(7)], at("2025-01-01"))
    assert calendar.visible(0) == calendar.cells - 1
    assert calendar.weight(0, Window(7)).sum() == 2
