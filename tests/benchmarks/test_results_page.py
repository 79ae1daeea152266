"""The results page says what was found, and claims nothing where nothing may be claimed."""

from __future__ import annotations

from typing import Any

from benchmarks.datasets import DATASETS, EXAMPLES
from benchmarks.results_page import page

MACHINE = {"cores": "2", "memory": "8 GiB", "processor": "any", "system": "Linux x86_64", "python": "3.11.0"}


def measured(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02, "reason": None}


def facts(**changes: Any) -> dict[str, Any]:
    part = {
        "rows": 1_000,
        "customers": 500,
        "churned_rows": 250,
        "first": "2020-01-01T00:00:00",
        "last": "2020-02-01",
    }
    found: dict[str, Any] = {
        "name": "shop",
        "title": "A shop (real)",
        "note": "A note.",
        "claim": True,
        "as_of": "2020-06-01",
        "currency": "EUR",
        "tables": [
            {
                "table": "transactions",
                "read": 1_100,
                "loaded": 1_000,
                "corrected": 0,
                "duplicates": 0,
                "skipped": 0,
                "quarantined": 100,
            }
        ],
        "reasons": {"missing_customer": 90, "bad_date": 10},
        "summary": {
            "churn_statement": "Churn means no purchase within 30 days.",
            "customers": 600,
            "active": 500,
            "gone": 90,
            "too_new": 10,
            "at_risk": 40,
            "act_above": 0.4,
            "revenue_at_risk": 1234.5,
            "offers": 7,
            "planned_cost": 12.5,
            "expected_net": 99.9,
            "held_out": 4,
            "actions": {"auto_execute": 7, "monitor": 30},
        },
        "evaluation": {
            "statement": "The model tells churners from stayers.",
            "measures": {
                "auc": measured(0.8),
                "calibration_error": measured(0.03),
                "lift_at_10": measured(3.0),
                "precision": measured(0.6),
            },
            "baselines": {"recency": {"auc": measured(0.7)}, "logistic": {"auc": measured(0.79)}},
            "parts": {"train": part, "validation": part, "test": part},
            "split_by": "time",
            "operating_point": 0.4,
            "notes": ["Earlier dates train."],
        },
        "value_model": "bg_nbd",
        "value": {
            "cut": "2020-03-01",
            "customers": 400,
            "days": 92,
            "kind": "bg_nbd",
            "rows": [
                {
                    "what": "revenue",
                    "forecast": "Retinue",
                    "predicted_total": 900.0,
                    "actual_total": 1000.0,
                    "bias_percent": -10.0,
                    "correlation": 0.5,
                    "mae": 1.25,
                }
            ],
        },
        "stages": [{"stage": "load", "wall": 1.5}, {"stage": "train", "wall": 2.5}],
        "cross_validated": None,
        "peak_mb": 321.0,
    }
    return found | changes


def test_the_figures_are_on_the_page() -> None:
    text = page([facts()], MACHINE, {"duckdb": "1.5"})
    assert "| transactions | 1,100 | 1,000 | 0 | 0 | 100 |" in text
    assert "missing_customer 90, bad_date 10" in text
    assert "| [shop](#shop) | 2020-06-01 | 1,000 rows, 500 customers | 25.0% | 0.800 (0.780–0.820)" in text
    assert "| precision above 40% | 0.600 (0.580–0.620) | – | – |" in text
    assert "| revenue | Retinue | 900 | 1,000 | -10.0 % | 0.500 | 1.25 |" in text
    assert "Seconds: load 1.5, train 2.5; in all 4.0. Peak memory of the process 321 MB." in text
    assert "make results" in text


def test_a_split_by_customer_names_no_dates() -> None:
    assert "Trained on 1,000 rows of 500 customers (2020-01-01 to 2020-02-01)" in page([facts()], MACHINE, {})
    evaluation = {**facts()["evaluation"], "split_by": "customer"}
    text = page([facts(evaluation=evaluation)], MACHINE, {})
    assert "Trained on 1,000 rows of 500 customers, 250 of them churning;" in text


def test_no_accuracy_is_claimed_where_the_data_allow_none() -> None:
    text = page([facts(claim=False)], MACHINE, {})
    assert "no claim is made on this set" in text
    assert "0.800" not in text


def test_a_model_that_was_not_judged_has_no_figures() -> None:
    evaluation = {
        **facts()["evaluation"],
        "measures": {},
        "statement": "Too few customers: a fallback is used.",
    }
    text = page([facts(evaluation=evaluation)], MACHINE, {})
    assert "not judged, see below" in text
    assert "Too few customers" in text


def test_folds_stand_beside_figures_from_elsewhere() -> None:
    folds = {"lightgbm": {"mean": 0.85, "sd": 0.02}, "logistic": {"mean": 0.84, "sd": 0.02}, "folds": 5}
    text = page([facts(cross_validated=folds | {"elsewhere": [["a peer", 0.8365]]})], MACHINE, {})
    assert "| Retinue's boosted trees | 0.8500 (0.0200) |" in text
    assert "| a peer, elsewhere | 0.8365 |" in text


def test_every_example_is_among_the_data_sets_with_the_date_of_its_readme() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert {d.name for d in DATASETS} == {p.parent.name for p in EXAMPLES.glob("*/retinue.toml")}
    for dataset in DATASETS:
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{dataset.name}`"))
        assert f"{dataset.as_of:%Y-%m-%d}" in row
        assert dataset.folder in row


def test_nothing_is_claimed_on_ravenstack() -> None:
    assert [d.name for d in DATASETS if not d.claim] == ["ravenstack"]
