"""Beliefs and earnings: the same numbers in text, page and frame, with words for what is not known yet."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from retinue.errors import UsageError
from retinue.incentives.uplift import Band, Ranked, band
from retinue.report import IncentivesReport, RunReport, plot_curves, render_html
from retinue.report.charts import belief, curves
from retinue.report.learned import earned_view, label_lines, offer_rows

OFFER = "percentage_discount_10"


def estimate(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "always_low": low, "always_high": high, "low": low, "high": high}


@pytest.fixture
def learned() -> dict[str, Any]:
    offers = [
        {"id": OFFER, "tried": 120, "believed_before": 0.08, "kept": 0.13, "low": 0.06, "high": 0.24},
        {"id": "<b>odd</b>", "tried": 2, "believed_before": 0.05, "kept": 0.05, "low": 0.01, "high": 0.2},
    ]
    return {
        "learned": True,
        "observations": 300,
        "without_offer": 180,
        "watched_to_the_end": 90,
        "offers": offers,
        "disturbed": {"share": 0.03, "low": 0.01, "high": 0.08},
        "starving_below": 30,
    }


@pytest.fixture
def earned() -> dict[str, Any]:
    row = {
        "incentive": OFFER,
        "tried": 118,
        "judged": 90,
        "reward": 0.71,
        "low": 0.6,
        "high": 0.8,
        "effect": estimate(0.06, -0.02, 0.14),
        "probability_best": 0.62,
        "explored": 0.25,
        "starving": False,
        "spend": 940.5,
        "cost_per_retained": 14.1,
        "cost_per_extra": None,
        "statement": "…",
    }
    words = "Net revenue per customer: no evidence of a difference to doing nothing."
    return {
        "window_days": 90.0,
        "hidden": False,
        "arms": [{"arm": "treatment", "customers": 120, "judged": 90}],
        "contrasts": [
            {
                "versus": "holdout",
                "outcome": "net_revenue",
                "estimate": estimate(4.0, -9.0, 17.0),
                "total": estimate(360.0, -810.0, 1_530.0),
                "claim": "none",
                "statement": words,
            }
        ],
        "sample_ratio": None,
        "attrition": None,
        "incentives": [{**row, "incentive": "none"}, row],
        "forecast": {"statement": "At this rate we know in May 2027.", "proposal": "Proposed: 0.30."},
        "saved_revenue": {"amount": 81_000.0, "statement": "64 × 1,265. This is not what the offers earned."},
    }


@pytest.fixture
def incentives(learned: dict[str, Any], earned: dict[str, Any]) -> IncentivesReport:
    budget = {
        "relative_gap": 0.0004,
        "gap": 0.5,
        "trials": 40.0,
        "limits": [
            {"name": "budget", "kind": "money", "most": 1000.0, "planned": 940.0, "left": 60.0, "price": 1.7}
        ],
    }
    run = {
        "best_offers": {OFFER: 0.31},
        "budget": budget,
        "planned_cost": 940.0,
        "response_labels": {"persuadable": 3, "sure thing": 0, "unknown": 9},
        "policy": {"words": ["The champion decided: the new settings are not proven better."]},
    }
    return IncentivesReport("shop", "EUR", "2026-02-14", learned, earned, "CAMP_2026_02_14_001", run)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<(?!/?body)[^>]*>", " ", page.split("<body>")[-1]))


def test_every_form_shows_the_same_offer(incentives: IncentivesReport) -> None:
    row = incentives.frame().set_index("id").loc[OFFER]
    assert (row["kept"], row["best"], row["exploited"], row["reward"]) == (0.13, 0.31, 0.75, 0.71)
    assert incentives.as_dict()["offers"][0]["effect_low"] == -0.02
    page, text = text_of(incentives.html()), incentives.text()
    for shown in ("13%", "6% – 24%", "25%", "75%", "71.0%", "-2.0% to +14.0%", "14.10", "62.0%", "31.0%"):
        assert shown in page
    for shown in ("13%", "6% to 24%", "25%", "71%", "+6.0% (-2.0% to +14.0%)", "14.10", "62%", "31%"):
        assert shown in text
    assert "starving" in page
    assert "odd</b> (starving)" in text
    assert "one more EUR would earn 1.70 EUR" in page
    assert "0.04%" in page
    assert "The champion decided" in page


def test_the_causal_figure_stands_beside_the_documents_each_named(incentives: IncentivesReport) -> None:
    page = text_of(incentives.html())
    assert "+360 EUR -810 to +1,530" in page
    assert "81,000 EUR" in page
    assert page.index("Measured: what was our doing") < page.index("not what was our doing")
    assert "At this rate we know in May 2027." in page
    assert "At this rate we know in May 2027." in incentives.text()


def test_broken_arms_hide_both_figures(incentives: IncentivesReport, earned: dict[str, Any]) -> None:
    broken = {"broken": True, "statement": "The arms cannot have come from the draw."}
    hidden = replace(incentives, earned={**earned, "hidden": True, "sample_ratio": broken})
    for shown in (text_of(hidden.html()), hidden.text()):
        assert "Results are hidden" in shown
        assert "The arms cannot have come from the draw." in shown
        assert "81,000" not in shown
        assert "1,530" not in shown
    assert 'role="alert"' in hidden.html()


def test_before_any_decision_it_says_what_will_tell(incentives: IncentivesReport) -> None:
    early = replace(incentives, earned=None)
    assert "Nothing can be measured yet" in text_of(early.html())
    assert "Nothing can be measured yet" in early.text()


def test_too_few_for_a_forecast_says_how_many_there_are(earned: dict[str, Any]) -> None:
    view = earned_view({**earned, "forecast": None})
    assert "treatment 90 of 120" in view["when"][0]


def test_the_page_stands_alone_and_escapes(incentives: IncentivesReport) -> None:
    page = incentives.html()
    assert "<b>odd</b>" not in page
    assert not re.findall(r'(?:src|href)="', page)
    for svg in re.findall(r"<svg[^>]*>", page):
        assert "aria-label=" in svg or "aria-hidden" in svg
    assert incentives._repr_html_().count("<iframe") == 1


def test_a_run_shows_beliefs_earnings_and_warnings(
    report: RunReport, learned: dict[str, Any], earned: dict[str, Any]
) -> None:
    assert "What we believe" not in render_html(report)  # a run from before they were kept
    told = {**report.summary, "response_labels": {"unknown": 7}, "notes": ["The newest row is old."]}
    page = text_of(render_html(replace(report, summary=told, learned=learned, earned=earned)))
    assert "What we believe about the offers" in page
    assert "What the offers earned" in page
    assert "unknown 7" in page
    assert "the catalogue's assumptions alone label nobody" in page.replace("&#39;", "'")
    assert "Warning: The newest row is old." in page


def test_most_unknown_is_explained_and_few_are_not() -> None:
    assert len(label_lines({"response_labels": {"persuadable": 1, "unknown": 9}})) == 2
    assert len(label_lines({"response_labels": {"persuadable": 9, "unknown": 1}})) == 1
    assert label_lines({}) == []


def test_an_offer_that_left_the_catalogue_keeps_its_measured_row(earned: dict[str, Any]) -> None:
    rows = offer_rows({"learned": False}, earned, {})
    assert [(row["id"], row["kept"], row["tried"]) for row in rows] == [(OFFER, None, 118)]


def test_a_belief_says_its_numbers_to_who_cannot_see_it() -> None:
    drawn = belief(0.08, 0.13, 0.06, 0.24, most=0.3)
    assert 'aria-label="before 8%, now 13%, 90 % interval 6% to 24%"' in drawn


def test_curves_are_a_frame_and_a_picture() -> None:
    rng = np.random.default_rng(2)
    score, treated = rng.random(400), rng.integers(0, 2, 400)
    stayed = rng.random(400) < 0.5 + 0.3 * treated * (score > 0.5)
    found = band(Ranked.of(score, treated, stayed), points=11, replicates=100)
    frame = found.frame()
    assert frame["random"].iloc[-1] == frame["value"].iloc[-1]
    assert (frame["low"] <= frame["high"]).all()
    plot = plot_curves({"uplift": found, "<risk>": found})
    assert plot.svg.count("<polyline") == plot.svg.count("<polygon") == 2
    assert "&lt;risk&gt;" in plot.html
    assert "<risk>" not in plot.html
    assert f"{found.value[-1]:+.4g}" in plot.html
    assert "<iframe" in plot._repr_html_()


def test_no_curve_or_too_many_are_refused() -> None:
    line = np.array([0.0, 1.0])
    many = {str(n): Band(line, line, line, line) for n in range(5)}
    for given in ({}, many):
        with pytest.raises(UsageError):
            plot_curves(given)
    assert 'c1"' in curves({"a": [(0, 0, 0, 0), (1, 1, 1, 1)], "b": [(0, 0, 0, 0), (1, 1, 1, 1)]}, what="x")
