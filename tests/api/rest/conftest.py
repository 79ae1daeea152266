"""A workspace whose newest run left its customers, without the hours that led there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.campaigns.witness import NOW, Witness
from tests.runs.journeys import History, campaign_of, leave_history

from retinue.runs.customers import CUSTOMERS, Shared, write_customers
from retinue.runs.customers.leaving import rows_of
from retinue.runs.figures import FIGURES
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.contacts import Known, keep_contacts
from retinue.store.ledger import Claim, Grant, reserve
from retinue.store.runs import finish_run, open_run

AS_OF = datetime(2026, 2, 14, tzinfo=UTC)
CAMPAIGN = "CAMP_2026_02_14_001"
YEAR = {"from": "2025-01-01", "to": "2025-12-31"}
HASHES = {"churn": "a" * 64, "clv": "b" * 64, "segments": "c" * 64}


def action(customer_id: str, **more: Any) -> dict[str, Any]:
    """An action as a campaign holds it: an offer of 15 % that goes out by itself."""
    number = customer_id.removeprefix("C")
    return {
        "customer_id": customer_id,
        "priority_score": 10.0,
        "action_type": "auto_execute",
        "recommended_incentive": {"type": "percentage_discount", "value": 15.0, "duration_months": 3},
        "urgency": "MEDIUM",
        "rank": 1,
        "decision_id": f"dec_{number.zfill(24)}",
        "rule": "low_value_low_risk",
        "rule_words": "Neither the customer's value nor the cost of the offer needs a person.",
        "rules_version": 0,
        "held_out": False,
        "explored": False,
        "incentive_id": "percentage_discount_15",
        "expected_roi": 1250.0,
        "cost": 14.05,
        "retention_lift": 0.1,
        "confidence": 0.6,
        "response_label": "unknown",
        "churn_probability": 0.78,
        "risk_level": "HIGH",
        "time_to_churn_days": 45.2,
        "clv": 5420.5,
        "clv_low": 4000.0,
        "clv_high": 6000.0,
        "value_tier": "Premium",
        "segment": "Frequent, recent",
        "reasons": ["active days in the last 30 days: 0 (typical 6), raises the risk"],
        "propensities": {"none": 0.1, "percentage_discount_15": 0.9},
        "receipt_id": "e" * 64,
    } | more


WATCHED = {
    "action_type": "monitor",
    "recommended_incentive": None,
    "incentive_id": "none",
    "expected_roi": 0.0,
    "cost": 0.0,
}


def scores(many: int) -> pd.DataFrame:
    """Customers C12345, C12346, …: the first as in the design document, then ever safer ones."""
    place = range(many)
    return pd.DataFrame(
        {
            "customer_id": [f"C{12345 + i}" for i in place],
            "churn_probability": [0.78 - 0.7 * i / many for i in place],
            "risk_level": ["HIGH" if 0.78 - 0.7 * i / many > 0.6 else "LOW" for i in place],
            "time_to_churn_days": [45.2 if i == 0 else None for i in place],
            "clv": [5420.50 if i == 0 else 100.0 * (i % 7) for i in place],
            "clv_low": 10.0,
            "clv_high": 9000.0,
            "p_alive": 1.0,
            "value_tier": ["Premium" if i % 2 == 0 else "Basic" for i in place],
            "segment": "Frequent, recent",
            "mrr": 49.0,
            "rfm_segment": "Loyal",
        }
    )


SUMMARY = {
    "customers": 60,
    "active": 40,
    "churn_statement": "Churn means that the last contract ends within 90 days.",
    "at_risk": 2,
    "revenue_at_risk": 4227.99,
    "offers": 1,
    "offers_by_incentive": {"percentage_discount_15": 1},
    "planned_cost": 14.05,
    "expected_net": 1250.0,
}
AUC = {"value": 0.85, "low": 0.76, "high": 0.92, "reason": None}
ARM = {
    "arm": "treatment",
    "customers": 49,
    "matured": 49,
    "judged": 48,
    "retained": 0.88,
    "net_revenue": 267.8,
    "spend": 425.6,
}
FACTS = {
    "project": "demo",
    "currency": "EUR",
    "as_of": "2026-02-14T00:00:00Z",
    "summary": SUMMARY,
    "evaluation": {
        "statement": "The model tells churners from stayers.",
        "measures": {"auc": AUC},
        "baselines": {},
        "calibration_curve": [],
    },
    "tiers": [{"tier": "Premium", "customers": 20, "at_risk": 2, "revenue_at_risk": 4227.99, "value": 9e4}],
    "segments": [],
    "models": {"churn": "blend"},
    "learned": {
        "offers": [
            {
                "id": "percentage_discount_15",
                "tried": 11,
                "believed_before": 0.1,
                "kept": 0.09,
                "low": 0.01,
                "high": 0.38,
            }
        ]
    },
    "earned": {"arms": [ARM], "contrasts": []},
}


def shared_of(campaign_id: str, run_id: str = "0123456789abcdef0123", as_of: datetime = AS_OF) -> Shared:
    """What the customers of a run share."""
    return Shared(run_id, campaign_id, as_of, "EUR", 0.4, HASHES)


def leave_run(
    root: Path,
    many: int = 40,
    *,
    as_of: datetime = AS_OF,
    run_id: str = "0123456789abcdef0123",
    summary: dict[str, Any] | None = None,
) -> str:
    """A finished run with that many customers; its campaign."""
    store = Store(root / ".retinue" / "store.sqlite")
    record = open_run(store, run_id, as_of=as_of, clock=as_of)
    folder = root / ".retinue" / "runs" / record.campaign_id
    folder.mkdir(parents=True)
    actions = [action("C12345"), action("C12346", rank=2, **WATCHED)]
    campaign = {
        "campaign_id": record.campaign_id,
        "target_customers": 2,
        "total_expected_roi": 1250.0,
        "as_of": f"{as_of:%Y-%m-%dT%H:%M:%SZ}",
        "run_id": run_id,
        "currency": "EUR",
        "versions": {"policy": {"version": "3", "sha256": "d" * 64}},
        "actions": actions,
    }
    (folder / "campaign.json").write_text(json.dumps(campaign))
    if summary is not None:
        (folder / "run.json").write_text(json.dumps(FACTS))
    others = [("C00001", "gone"), ("C00002", "too_new")]
    shared = shared_of(record.campaign_id, run_id, as_of)
    write_customers(folder / CUSTOMERS, shared, rows_of(scores(many), actions), others)
    finish_run(store, run_id, summary=summary or {"active": many}, clock=as_of)
    store.close()
    return record.campaign_id


@pytest.fixture
def ran(tmp_path: Path) -> str:
    """The campaign of a finished run in the service's workspace."""
    return leave_run(tmp_path)


@pytest.fixture
def campaigning(tmp_path: Path, service: Callable[..., Any]) -> Any:
    """A service with a finished run of which one offer goes out by itself, through one channel."""
    leave_run(tmp_path, summary=SUMMARY)
    store = Store(tmp_path / ".retinue" / "store.sqlite")
    keep_contacts(store, [Known("C12345", name="Ada", email="ada@example.org")], clock=NOW)
    claim = Claim(f"dec_{'12345'.zfill(24)}", "Premium", 1405, False)
    reserve(store, "run", [claim], Grant(), as_of=NOW)
    store.close()
    sections = {
        "delivery": {"mode": "live", "messages": ["email"]},
        "channels": {"email": {}},
    }
    settings = Settings.model_validate({"root": tmp_path, **sections})
    made = service(settings)
    made.app.state.door.channels["email"] = Witness()
    return made


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Twelve runs in the service's workspace, the newest of which is the one that is asked."""
    return history_in(tmp_path)


def history_in(root: Path, *, later: timedelta = timedelta()) -> History:
    """The same in a folder; `later`: so long after the times in the file the runs are as of."""
    found = leave_history(root / ".retinue" / "runs")
    store = Store(root / ".retinue" / "store.sqlite")
    for number, as_of in enumerate(at + later for at in found.runs):
        measured = {"measures": {"auc": {**AUC, "value": 0.7 + number / 100}}}
        summary = {**SUMMARY, "explored": number, "offers": 20, "measured": measured}
        record = open_run(store, f"{number:020d}", as_of=as_of, clock=as_of)
        assert record.campaign_id == campaign_of(as_of)
        finish_run(store, record.run_id, summary=summary, clock=as_of)
    store.close()
    return found


def newest(root: Path, history: History) -> Path:
    return root / ".retinue" / "runs" / campaign_of(history.runs[-1])


def leave_figures(root: Path, history: History, **told: Any) -> None:
    (newest(root, history) / FIGURES).write_text(json.dumps({"evaluation": {}, **told}))
