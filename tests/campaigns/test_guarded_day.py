"""A day under guards: withheld customers are counted, a stop and an unfair run make no offers and say why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retinue.campaigns.fairness import decided_in
from retinue.decisions.receipt_file import read_receipts
from retinue.decisions.withheld import bit, mask_of
from retinue.report.words import alarms, guard_lines
from retinue.runs.recording import record_decisions
from retinue.settings import Settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

STOP = "stopped by ada at 2026-02-14 09:00 UTC: wrong prices"


def offered(decided):
    return {d.customer_id for d in decided.decisions if d.incentive is not None}


def test_the_withheld_are_counted_each_with_all_reasons(decide_day):
    free = decide_day()
    first, second, *_ = sorted(offered(free))
    told = pd.Series({first: mask_of(["objected", "under_offer"]), second: bit("cancel_clicks"), "nobody": 1})
    decided = decide_day(withheld=told)
    assert offered(decided) == offered(free) - {first, second}
    assert decided.summary["withheld"] == {"objected": 1, "under_offer": 1, "cancel_clicks": 1}
    assert decided.summary["actions_by_rule"]["objected"] == 1
    assert "cancel_clicks" in decided.summary["actions_by_rule"]
    assert guard_lines(decided.summary) == [
        "Withheld: objected 1, under an earlier offer 1, ask to cancel in order to be paid 1"
        " (of the customers at risk; some for several reasons)"
    ]
    assert free.summary["withheld"] == {}
    assert alarms(free.summary) == guard_lines(free.summary) == []


def test_a_stop_decides_everything_and_offers_nothing(decide_day, tmp_path):
    free, decided = decide_day(), decide_day(stop=STOP, receipts_file=tmp_path / "r.parquet")
    assert not offered(decided)
    assert len(decided.decisions) == len(free.decisions)
    assert {d.rule for d in decided.decisions} == {"monitor_band", "stopped"}
    assert all(d.propensities["none"] == 1.0 for d in decided.decisions)
    assert decided.summary["stopped"] == STOP
    assert decided.summary["cost_planned"] == 0
    assert alarms(decided.summary) == [f"STOPPED, no offers were made: {STOP}. To go on: retinue resume"]
    # It says nothing of how offers are given, so fairness leaves it out.
    assert len(decided_in([tmp_path / "r.parquet"])) == 0


@pytest.fixture
def groups(make_day):
    """Two groups: of one, most are only just above the threshold, where customers are watched."""
    assessments, _, _ = make_day(1_500)
    low = assessments["churn_probability"] < 0.7
    return pd.DataFrame({"customer_id": assessments["customer_id"], "country": np.where(low, "IT", "DE")})


def fairness(**changes):
    return Settings(guards={"fairness": {"attributes": ["country"], **changes}})


def test_an_unfair_run_reports_or_refuses(decide_day, groups, tmp_path):
    told = decide_day(1_500, settings=fairness(), groups=groups)
    assert offered(told)
    assert told.summary["fairness"]["refused"] is None
    assert "IT surely got offers less than" in told.summary["fairness"]["verdicts"]["country"]
    assert guard_lines(told.summary)[0].startswith("Fairness by country: IT surely")
    path = tmp_path / "r.parquet"
    refused = decide_day(1_500, settings=fairness(gate="refuse"), groups=groups, receipts_file=path)
    assert not offered(refused)
    assert {d.rule for d in refused.decisions} == {"monitor_band", "unfair"}
    why = refused.summary["fairness"]["refused"]
    assert "country = IT would get them" in why
    assert alarms(refused.summary) == [f"REFUSED: {why}"]
    assert next(read_receipts(path)).body["policy"]["withheld"] == ["unfair"]
    lenient = decide_day(1_500, settings=fairness(gate="refuse", least_ratio=0.01), groups=groups)
    assert offered(lenient) == offered(told)


def test_a_stop_at_the_last_moment_leaves_nothing_on_record(decide_day, tmp_path):
    path = tmp_path / "r.parquet"
    decide_day(receipts_file=path)
    with Warehouse(DuckDBEngine()) as warehouse:

        def forbidden():
            # Seen from inside the transaction the rows are there already.
            assert warehouse.count("interventions") > 0
            raise RuntimeError("stopped")

        with pytest.raises(RuntimeError, match="stopped"):
            record_decisions(warehouse, path, "CAMP", allowed=forbidden)
        assert warehouse.count("interventions") == 0
        assert record_decisions(warehouse, path, "CAMP") == warehouse.count("interventions") > 0


def test_without_attributes_nothing_is_compared(decide_day, groups):
    assert decide_day(200, groups=groups).summary["fairness"] is None
