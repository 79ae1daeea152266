"""The report as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retinue.privacy.cells import with_small_together
from retinue.report.charts import bars, calibration_curve, funnel
from retinue.report.facts import RunReport
from retinue.report.learned import earned_view, learned_view
from retinue.report.pages import environment
from retinue.report.words import ROUTE_WORDS, alarms, guard_lines, limit_words, policy_lines

__all__ = ["measure_rows", "render_html"]

MEASURES = (
    ("auc", "AUC-ROC", "higher"),
    ("log_loss", "Log loss", "lower"),
    ("brier", "Brier score", "lower"),
    ("calibration_error", "Calibration error", "lower"),
    ("precision", "Precision at the operating point", "higher"),
    ("recall", "Recall at the operating point", "higher"),
    ("lift_at_10", "Lift at 10 %", "higher"),
)


def render_html(report: RunReport) -> str:
    """A complete page: funnel, revenue at risk, model quality, top actions, data quality.

    Names and reasons come from data, so everything is escaped by the template engine; the page forbids
    itself scripts and any address outside of it.
    """
    summary = report.summary
    curve = report.evaluation.get("calibration_curve") or []
    steps = [
        ("Customers", summary["customers"]),
        ("Active", summary["active"]),
        ("At risk", summary["at_risk"]),
        ("Offers", summary["offers"]),
    ]
    points = [(p["predicted"], p["observed"], p["low"], p["high"]) for p in curve]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            currency=report.currency,
            summary=summary,
            policy=policy_lines(summary),
            believes=learned_view(report.learned, report.earned, summary),
            earns=earned_view(report.earned),
            actions=report.top_actions(25),
            alarms=alarms(summary),
            guards=guard_lines(summary),
            routes=[(ROUTE_WORDS.get(name, name), count) for name, count in summary["actions"].items()],
            funnel=funnel(steps),
            tier_chart=bars(
                [(row["tier"], row["revenue_at_risk"]) for row in with_small_together(report.tiers, "tier")],
                unit=report.currency,
            ),
            offers=sorted(
                (summary.get("offers_by_incentive") or {}).items(), key=lambda item: (-item[1], item[0])
            ),
            limits=[
                limit_words(row, report.currency) for row in (summary.get("budget") or {}).get("limits") or []
            ],
            curve=curve,
            curve_chart=calibration_curve(points),
            measures=measure_rows(report.evaluation),
            baselines=list(report.evaluation.get("baselines") or {}),
        )
    )


def measure_rows(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each measure with its interval, for the model and for the baselines beside it."""
    rows = []
    baselines = evaluation.get("baselines") or {}
    for name, label, better in MEASURES:
        measured = (evaluation.get("measures") or {}).get(name)
        if measured is None:
            continue
        rows.append(
            {
                "label": label,
                "better": better,
                "model": measured,
                "baselines": {key: (value or {}).get(name) for key, value in baselines.items()},
            }
        )
    return rows
