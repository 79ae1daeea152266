"""A plausible finished run, and the same one as an empty business sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from retinue.report import RunReport

REASONS = (
    "Logins fell 62 % against the 90 days before",
    "2 failed payments in the last 30 days",
    "No purchase for 47 days, usually every 21",
    "A cancel page was viewed 3 days ago",
    "Tickets in a negative tone: 3 in 90 days",
)
OFFERS: tuple[dict[str, Any], ...] = (
    {"type": "percentage_discount", "value": 15, "duration_months": 3},
    {"type": "fixed_credit", "value": 25, "duration_months": None},
    {"type": "free_upgrade", "value": 50, "duration_months": 3},
    {"type": "loyalty_points", "value": 15, "duration_months": None},
)


def action(number: int) -> dict[str, Any]:
    clv = 9400.0 - 310 * number
    route = ("manual_review", "auto_execute")[clv < 5000]
    return {
        "customer_id": f"C{100234 + number * 7919:06}",
        "priority_score": 612.4 - 21 * number,
        "action_type": route,
        "recommended_incentive": OFFERS[number % 4],
        "urgency": "HIGH" if number % 3 == 0 else "MEDIUM",
        "expected_roi": 480.2 - 17 * number,
        "confidence": 0.93 - 0.01 * number,
        "churn_probability": 0.94 - 0.012 * number,
        "clv": clv,
        "clv_low": clv * 0.7,
        "clv_high": clv * 1.4,
        "reasons": [REASONS[(number + i) % 5] for i in range(3)],
    }


def measure(value: float, spread: float) -> dict[str, float]:
    return {"value": value, "low": value - spread, "high": value + spread}


@pytest.fixture
def report() -> RunReport:
    curve = [
        {"predicted": p, "observed": p + d, "low": p + d - w, "high": p + d + w, "count": n}
        for p, d, w, n in (
            (0.03, 0.005, 0.01, 4120),
            (0.11, -0.01, 0.015, 2210),
            (0.24, 0.02, 0.03, 1180),
            (0.38, -0.02, 0.04, 640),
            (0.55, 0.03, 0.05, 410),
            (0.71, 0.01, 0.06, 240),
            (0.88, -0.02, 0.06, 150),
        )
    ]
    names = ("auc", "log_loss", "brier", "calibration_error", "precision", "recall", "lift_at_10")
    values = (0.842, 0.263, 0.081, 0.012, 0.514, 0.612, 5.21)
    return RunReport(
        project="northwind-cloud",
        currency="EUR",
        as_of="2026-02-14T00:00:00Z",
        summary={
            "customers": 20412,
            "active": 17830,
            "gone": 2210,
            "too_new": 372,
            "act_above": 0.4,
            "churn_statement": "Churn means that the last contract ends within 90 days.",
            "at_risk": 1312,
            "revenue_at_risk": 1843210.55,
            "offers": 806,
            "offers_by_incentive": {"percentage_discount_15": 341, "fixed_credit": 288, "free_upgrade": 177},
            "planned_cost": 40210.5,
            "expected_net": 118420.77,
            "actions": {"auto_execute": 612, "manual_review": 194, "monitor": 376, "no_action": 130},
            "urgent": 210,
            "held_out": 1790,
        },
        campaign={
            "campaign_id": "CAMP_2026_02_14_001",
            "target_customers": 1312,
            "total_expected_roi": 118420.77,
            "actions": [action(n) for n in range(26)],
        },
        evaluation={
            "statement": "Among 8,950 customer-dates it never saw, the model ranks a leaver above a stayer "
            "84 % of the time (recency alone: 71 %).",
            "measures": {n: measure(v, v / 30) for n, v in zip(names, values, strict=True)},
            "baselines": {
                "recency": {n: measure(v * 0.85, v / 30) for n, v in zip(names, values, strict=True)},
                "logistic_regression": {
                    n: measure(v * 0.95, v / 30) for n, v in zip(names, values, strict=True)
                },
            },
            "calibration_curve": curve,
            "notes": ["Split by time: trained to 2025-06-01, tested from 2025-11-15."],
        },
        tiers=[
            {"tier": "Enterprise", "customers": 820, "at_risk": 61, "revenue_at_risk": 640210.0},
            {"tier": "Premium", "customers": 3110, "at_risk": 274, "revenue_at_risk": 810400.0},
            {"tier": "Standard", "customers": 8120, "at_risk": 611, "revenue_at_risk": 352600.0},
            {"tier": "Basic", "customers": 5780, "at_risk": 366, "revenue_at_risk": 40000.55},
        ],
        rfm=[{"segment": "Champions", "customers": 120}, {"segment": "At risk", "customers": 41}],
        segments=[
            {"segment": "Frequent, broad use", "customers": 6120, "at_risk": 140},
            {"segment": "Quiet payers", "customers": 7010, "at_risk": 702},
            {"segment": "New and exploring", "customers": 4700, "at_risk": 470},
        ],
        models={
            "churn": "lightgbm",
            "value": "Renewal-based: margin × survival, over 24 months.",
            "segments": "3 clusters, adjusted Rand 0.91 over 20 resamples.",
        },
        load={
            "tables": [
                {"table": "customers", "read": 20412, "loaded": 20412, "quarantined": 0},
                {"table": "transactions", "read": 412880, "loaded": 412102, "quarantined": 778},
                {"table": "events", "read": 2918220, "loaded": 2918220, "quarantined": 0},
            ],
            "quarantined": {"negative_amount": 512, "future_date": 201, "orphan": 65},
            "assumptions": ["transactions.status: missing values are read as succeeded"],
        },
    )


@pytest.fixture
def empty_report(report: RunReport) -> RunReport:
    nothing = dict.fromkeys(report.summary, 0)
    return replace(
        report,
        summary={**nothing, "churn_statement": "Churn means nothing yet.", "actions": {}},
        campaign={**report.campaign, "actions": []},
        evaluation={},
        tiers=[],
        segments=[],
        rfm=[],
        models={},
        load=None,
    )
