"""The facts of a run in the words and shapes that a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from retinue.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evaluation_view", "load_view", "summarise"]

MEASURES = ("auc", "log_loss", "brier", "calibration_error", "lift_at_10")


def summarise(
    assessments: pd.DataFrame,
    states: pd.DataFrame,
    decided: Mapping[str, Any],
    trained: Mapping[str, Any],
    rfm: pd.DataFrame,
    *,
    settings: Settings,
    definition: str,
) -> dict[str, Any]:
    """Counts and sums of a run: `summary`, `evaluation`, `tiers`, `segments`, `rfm`, `models`; JSON-ready.

    Amounts are in project currency; revenue at risk is the sum of value × churn probability over the
    customers above the threshold of action.
    """
    counts = states["state"].value_counts()
    summary = {
        "customers": len(states),
        "active": int(counts.get("active", 0)),
        "gone": int(counts.get("gone", 0)),
        "too_new": int(counts.get("too_new", 0)),
        **({"objected": int(counts["objected"])} if "objected" in counts else {}),
        "act_above": settings.decisions.act_above,
        "churn_statement": churn_statement(settings, definition),
        "at_risk": decided["at_risk"],
        "revenue_at_risk": decided["revenue_at_risk"],
        "offers": decided["offers"],
        "offers_by_incentive": decided["offers_by_incentive"],
        "planned_cost": decided["cost_planned"],
        "expected_net": decided["expected_net"],
        "actions": decided["actions_by_route"],
        "rules": decided["actions_by_rule"],
        "rules_version": decided["rules_version"],
        "urgent": decided["urgent"],
        "held_out": decided["held_out"],
        "held_out_from_an_offer": decided["held_out_from_an_offer"],
        "explored": decided["explored"],
        "withheld": decided["withheld"],
        "response_labels": decided["response_labels"],
        "best_offers": decided["best_offers"],
        "stopped": decided["stopped"],
        "rollout": decided["rollout"],
        "fairness": decided["fairness"],
        "budget": decided["budget"],
    }
    at_risk = assessments["churn_probability"] > settings.decisions.act_above
    marked = assessments.assign(
        at_risk=at_risk, at_stake=assessments["clv"] * assessments["churn_probability"]
    )
    tiers = [
        _group(marked[marked["value_tier"] == tier], "tier", tier)
        for tier, _ in sorted(settings.value.tiers.items(), key=lambda item: -item[1])
    ]
    segments = [_group(rows, "segment", str(name)) for name, rows in marked.groupby("segment", sort=True)]
    return {
        "summary": summary,
        "evaluation": evaluation_view(trained["evaluation"]),
        "tiers": tiers,
        "segments": sorted(segments, key=lambda row: -row["customers"]),
        "rfm": [
            {"segment": str(name), "customers": int(count)}
            for name, count in rfm["rfm_segment"].value_counts().items()
        ],
        "models": {
            "churn": trained["churn"]["kind"],
            "value": value_statement(trained["value"], settings),
            "segments": segments_statement(trained["segments"]),
        },
    }


def churn_statement(settings: Settings, definition: str) -> str:
    """What counts as churn in this run, in one sentence."""
    churn = settings.churn
    grace = f" ({churn.grace_days} days of grace)" if churn.grace_days else ""
    if definition == "inactivity":
        return f"Churn means no purchase within {churn.horizon_days} days{grace}."
    if definition == "contractual":
        return f"Churn means that the last contract ends within {churn.horizon_days} days{grace}."
    return "Churn is a column of the data; there are no dates."


def value_statement(value: Mapping[str, Any], settings: Settings) -> str:
    """Which model valued the customers, and over what."""
    horizon = settings.value
    kind = str(value["kind"]).replace("_", " ").replace("+", " with ")
    return (
        f"Value by {kind}: margin expected over {horizon.horizon_months} months if the customer is still "
        f"there today, discounted at {horizon.annual_discount_rate:.0%} a year."
    )


def segments_statement(segments: Mapping[str, Any]) -> str:
    """How many clusters were found, and how firmly."""
    if "silhouette" not in segments or segments["silhouette"] is None:
        return "Too few customers for clusters of behaviour."
    return (
        f"K-means on behaviour: {segments['clusters']} segments, silhouette {segments['silhouette']:.2f}, "
        f"stability {segments['stability']:.2f} (adjusted Rand index over resamples)."
    )


def evaluation_view(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """An evaluation as a report shows it: statement, measures beside the baselines, calibration curve."""
    models = evaluation["models"]
    notes = [evaluation["split_why"]] if evaluation.get("split_why") else []
    return {
        "statement": evaluation["verdict"],
        "measures": _measures(models.get("model", {})),
        "baselines": {name: _measures(found) for name, found in models.items() if name != "model"},
        "calibration_curve": [{**row, "count": row["rows"]} for row in evaluation["curve"]],
        "parts": evaluation["parts"],
        "split_by": evaluation["split_by"],
        "operating_point": evaluation["thresholds"].get("threshold"),
        "notes": [*notes, *evaluation["notes"]],
    }


def load_view(load: Mapping[str, Any]) -> dict[str, Any]:
    """A load as a report shows it: a row per table, quarantined rows by reason, assumptions."""
    counted = ("read", "loaded", "corrected", "unchanged", "duplicates", "skipped", "quarantined")
    tables: dict[str, dict[str, Any]] = {}
    for file in load["files"]:
        row = tables.setdefault(file["table"], {"table": file["table"], **dict.fromkeys(counted, 0)})
        for name in counted:
            row[name] += file[name]
    return {
        "tables": list(tables.values()),
        "quarantined": load["reasons"],
        "released": load["released"],
        "assumptions": load["assumptions"],
        "files": load["files"],
    }


def _measures(found: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: found[name] for name in MEASURES if name in found}
    for name in ("precision", "recall"):
        if f"{name}_threshold" in found:
            shown[name] = found[f"{name}_threshold"]
    return shown


def _group(rows: pd.DataFrame, key: str, name: str) -> dict[str, Any]:
    risky = rows[rows["at_risk"]]
    return {
        key: name,
        "customers": len(rows),
        "at_risk": len(risky),
        "revenue_at_risk": round(float(risky["at_stake"].sum()), 2),
        "value": round(float(rows["clv"].sum()), 2),
    }
