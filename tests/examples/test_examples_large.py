"""The larger examples on their real data: a minute each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.data, pytest.mark.slow]


def frame(ran: Any, name: str) -> Any:
    return ran.retinue.warehouse.engine.connection.table(name).to_pandas()


def test_online_retail_sets_aside_what_names_no_customer(ran: Callable[[str], Any]) -> None:
    found = ran("online_retail")
    assert found.load.read == 525_461
    assert found.load.reasons == {"missing_customer": 107_927}
    assert found.counts() == {"transactions": 417_534}
    assert found.result.summary["customers"] == 4_383
    lines = frame(found, "transactions")
    assert int((lines["status"] == "refunded").sum()) == 9_839, "cancellations became refunds"
    assert float(lines["amount"].sum()) == pytest.approx(8_348_208.574)
    assert lines["date"].max().isoformat() == "2010-12-09T20:01:00", "in December London keeps UTC"


def test_online_retail_is_judged_on_a_later_time(ran: Callable[[str], Any]) -> None:
    evaluation = ran("online_retail").result.report.evaluation
    assert evaluation["split_by"] == "time"
    auc, recency = evaluation["measures"]["auc"], evaluation["baselines"]["recency"]["auc"]
    assert auc["low"] > recency["high"]


def test_complete_journey_joins_its_files(ran: Callable[[str], Any]) -> None:
    found = ran("complete_journey")
    assert found.counts() == {
        "customers": 801,
        "transactions": 728_336,
        "events": 538,
        "interventions": 2_466,
    }
    assert found.load.quarantined == 0
    mailed = frame(found, "interventions")
    assert set(mailed["incentive"]) == {"personalized_bundle", "coupon_mailing_b", "coupon_mailing_c"}
    assert mailed["executed_at"].notna().all(), "the start of each campaign was looked up"
    evaluation = found.result.report.evaluation
    assert evaluation["measures"]["auc"]["low"] > 0.5
