"""A date alone is added up without cells, and nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from retinue.features import CATALOGUE, Feature, build_snapshots, direct, gather, read_frame
from retinue.features import snapshots as snapshots_module
from retinue.features.calendar import Window
from retinue.features.declare import count, kinds, last, maximum, minimum, total
from retinue.features.direct import Stretch
from retinue.settings import FeatureSettings

at = datetime.fromisoformat
DATES = [at("2025-03-08"), at("2024-12-24T13:37:05"), at("2025-03-07T00:00:00.000001")]
LIMITS = "MOST_COLUMNS", "MOST_WORDS"


def amount(row: Any, _: Any) -> Any:
    return row.amount


def tiny(name: str, value: Any) -> Feature:
    return Feature(
        name=name,
        family="engagement",
        value=value,
        unit="events",
        formula="as the test says",
        missing="as the test says",
        label=name,
    )


OTHERS = [
    tiny("no_window", count("events").ever()),
    tiny("only_old", count("transactions").over(30, shift=400)),
    tiny("least", minimum("transactions", amount).ever()),
    tiny("greatest_before", maximum("transactions", amount).over(200, shift=100)),
    tiny("amount", total("transactions", amount).ever()),
    tiny("last_before", last("transactions").over(365, shift=7)),
    tiny("kinds", kinds("tickets", lambda row, _: row.issue_type).over(90, shift=1)),
]
"""What the catalogue has none of."""


@pytest.mark.parametrize("features", [CATALOGUE, OTHERS], ids=["catalogue", "others"])
@pytest.mark.parametrize("date", DATES, ids=["midnight", "afternoon", "just after midnight"])
def test_cells_and_direct_sums_are_equal(
    date: datetime,
    features: list[Feature],
    tmp_path: Path,
    write_history: Callable[..., Any],
    feature_settings: FeatureSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added: list[str] = []
    add_up = direct.add_up

    def spy(reading: Any, plan: Any, *rest: Any) -> Any:
        added.append(plan.table)
        return add_up(reading, plan, *rest)

    monkeypatch.setattr(gather, "add_up", spy)
    frames: dict[int, pd.DataFrame] = {}
    with write_history(41, customers=25, dirt=0.4).warehouse() as warehouse:
        ids = warehouse.engine.connection.table("customers").customer_id.to_pyarrow().to_pylist()
        some = [i for i in sorted(set(ids) - {None}) if i[-1] in "02468"]
        for most in (0, 1_000):
            for limit in LIMITS:
                monkeypatch.setattr(direct, limit, most)
            # Chunks of customers and a choice of them go the same way.
            monkeypatch.setattr(snapshots_module, "ROWS_A_CHUNK", 7 if most else 300_000)
            file = tmp_path / f"{most}.parquet"
            build_snapshots(
                warehouse, [date], file, settings=feature_settings, features=features, customers=some
            )
            frames[most] = read_frame(file)
            assert bool(added) == bool(most)
    assert {"events", "tickets"} <= set(added) or features is OTHERS
    pd.testing.assert_frame_equal(frames[0], frames[1_000], check_exact=True)


def test_stretches_follow_the_work() -> None:
    """Many short windows and a long one: cut where the short ones end."""
    from retinue.features.expressions import Over
    from retinue.features.rows import plan_of

    events, logins = count("events"), count("events", where=lambda row, _: row.event_type == "login")
    leaves = [Over(m, w) for m in (events, logins) for w in (7, 14, 30)] + [Over(events, 365)]
    cut = [Stretch(0, 30), Stretch(30, 365), Stretch(365, None)]
    assert direct._stretches(plan_of("events", leaves)) == cut
    assert direct._stretches(plan_of("events", [Over(events, None)])) == [Stretch(0, None)]
    assert cut[1].share(Window(60, 10)) == Stretch(30, 70)
    assert cut[1].share(Window(7)) is None
    assert cut[2].share(Window(None)) == cut[2]
