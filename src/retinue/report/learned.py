"""What was learned of the offers and what they earned, shaped once for terminal, page and data frame.

In come JSON-ready facts: what the stage `learn` found, a measurement of outcomes (`outcomes.as_dict`), and
the summary of a run. Out come rows and sentences; every rendering shows these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from retinue.report.charts import belief

__all__ = [
    "belief_lines",
    "earned_view",
    "label_lines",
    "learned_view",
    "offer_rows",
]

Facts = Mapping[str, Any]


def learned_view(learned: Facts | None, earned: Facts | None, summary: Facts) -> dict[str, Any]:
    """What a page shows of the beliefs: rows with a chart each, sentences, the labels' counts.

    learned, earned: None in a run from before they were kept, and where nothing was decided yet.
    """
    rows = offer_rows(learned, earned, summary)
    most = max((row["high"] for row in rows if row["high"] is not None), default=0.0)
    for row in rows:
        row["chart"] = (
            ""
            if row["kept"] is None
            else belief(row["believed_before"], row["kept"], row["low"], row["high"], most=most)
        )
    return {
        "known": learned is not None,
        "rows": rows,
        "lines": belief_lines(learned, rows),
        "labels": [(name, count) for name, count in (summary.get("response_labels") or {}).items()],
        "label_lines": label_lines(summary),
        "measured": any(row["judged"] for row in rows),
        "explored": any(row["explored"] is not None for row in rows),
        "best": any(row["best"] is not None for row in rows),
    }


def offer_rows(learned: Facts | None, earned: Facts | None, summary: Facts) -> list[dict[str, Any]]:
    """One row per offer, of the catalogue or ever made: what is believed beside what was measured.

    tried: decisions it was learned from; without learning, decisions on record. believed_before, kept, low,
    high: share of would-be leavers it keeps, by the catalogue and now, with a 90 % interval. best:
    probability that it is the best for a customer at risk, value and cost counted, on average. judged,
    reward, reward_low, reward_high: share retained of those judged, with a 95 % interval. effect, effect_low,
    effect_high: against no offer, valid however often one looks. probability_best: that it retains most.
    explored, exploited: share of its decisions that were and were not a trial. starving: tried too seldom to
    tell. None: not known.
    """
    beliefs = {offer["id"]: offer for offer in (learned or {}).get("offers") or ()}
    measured = {
        row["incentive"]: row for row in (earned or {}).get("incentives") or () if row["incentive"] != "none"
    }
    best = summary.get("best_offers") or {}
    below = (learned or {}).get("starving_below", 30)
    rows = []
    for name in [*beliefs, *(name for name in measured if name not in beliefs)]:
        belief_of, row = beliefs.get(name, {}), measured.get(name, {})
        effect = row.get("effect") or {}
        explored = row.get("explored")
        tried = belief_of.get("tried", row.get("tried", 0))
        rows.append(
            {
                "id": name,
                "tried": tried,
                "believed_before": belief_of.get("believed_before"),
                "kept": belief_of.get("kept"),
                "low": belief_of.get("low"),
                "high": belief_of.get("high"),
                "best": best.get(name),
                "judged": row.get("judged", 0),
                "reward": row.get("reward"),
                "reward_low": row.get("low"),
                "reward_high": row.get("high"),
                "effect": effect.get("value"),
                "effect_low": effect.get("always_low"),
                "effect_high": effect.get("always_high"),
                "probability_best": row.get("probability_best"),
                "explored": explored,
                "exploited": None if explored is None else 1 - explored,
                "starving": bool(row["starving"]) if row else tried < below,
                "spend": row.get("spend"),
                "cost_per_retained": row.get("cost_per_retained"),
                "cost_per_extra": row.get("cost_per_extra"),
                "statement": row.get("statement"),
            }
        )
    return rows


def belief_lines(learned: Facts | None, rows: Sequence[Facts]) -> list[str]:
    """What the beliefs rest on, in sentences.

    >>> belief_lines({"learned": False}, [])
    ["The design document's formula decides (incentives.objective): nothing is learned."]
    """
    if learned is None:
        return []
    if not learned["learned"]:
        return ["The design document's formula decides (incentives.objective): nothing is learned."]
    seen, ended = learned["observations"], learned["watched_to_the_end"]
    lines = [
        f"Learned from {seen:,} decisions, {learned['without_offer']:,} of them without offer;"
        f" {ended:,} were watched to the end."
        if seen
        else "Nothing was learned yet: what is believed now is what the catalogue assumes."
    ]
    told = learned["disturbed"]
    lines.append(
        f"A contact is believed to drive away {told['share']:.1%} of those who would have stayed"
        f" ({told['low']:.1%} to {told['high']:.1%})."
    )
    if learned.get("kept_former"):
        lines.append(str(learned["kept_former"]))
    hungry = [str(row["id"]).replace("_", " ") for row in rows if row["starving"]]
    if hungry and seen:
        lines.append(
            f"Starving, tried too seldom for their numbers to settle by waiting: {', '.join(hungry)}."
        )
    return lines


def label_lines(summary: Facts) -> list[str]:
    """How the customers at risk would respond, counted, and why most may be unknown.

    >>> label_lines({"response_labels": {"persuadable": 2, "unknown": 8}})[0]
    'How customers at risk would respond: persuadable 2, unknown 8.'
    """
    labels = summary.get("response_labels")
    if not labels:
        return []
    shown = ", ".join(f"{name} {count:,}" for name, count in labels.items() if count)
    lines = [f"How customers at risk would respond: {shown}."]
    if labels.get("unknown", 0) > sum(labels.values()) / 2:
        lines.append(
            "Most are unknown: a label needs 80 % probability and an offer of which enough was learned; the"
            " catalogue's assumptions alone label nobody."
        )
    return lines


def earned_view(earned: Facts | None) -> dict[str, Any]:
    """What a page shows of the money earned: the causal figure beside the design document's, and when we will
    know.

    state: nothing (is on record), hidden or measured. Where the arms are not as drawn neither figure is
    shown, since the flattering one alone would stand for both. total (of all treated) and retention (of one)
    are None where there is too little.
    """
    if earned is None or not earned["arms"]:
        return {
            "state": "nothing",
            "lines": [
                "Nothing can be measured yet: no customer is on record for whom an offer had a chance. The"
                " first answer comes when the first of them, with and without an offer, have been watched to"
                " the end."
            ],
        }
    contrasts = {(row["outcome"], row["versus"]): row for row in earned["contrasts"]}
    money, kept = contrasts.get(("net_revenue", "holdout")), contrasts.get(("retention", "holdout"))
    checks = [c["statement"] for c in (earned["sample_ratio"], earned["attrition"]) if c and c["broken"]]
    if earned["hidden"]:
        return {
            "state": "hidden",
            "lines": [
                "Results are hidden: the arms are not as they were drawn, so no difference between them means"
                " anything. Find the lost rows first.",
                *checks,
            ],
        }
    forecast = earned["forecast"]
    when = (
        [forecast["statement"], forecast["proposal"]]
        if forecast
        else [
            "There is too little for a forecast: it needs 30 customers in each arm whose window"
            f" ({earned['window_days']:.0f} days) has ended and whose result is known. So far: "
            + ", ".join(f"{row['arm']} {row['judged']:,} of {row['customers']:,}" for row in earned["arms"])
            + "."
        ]
    )
    return {
        "state": "measured",
        "total": None if money is None else money["total"],
        "retention": None if kept is None else kept["estimate"],
        "claim": None if money is None else money["claim"],
        "saved": earned["saved_revenue"]["amount"],
        "causal_words": [row["statement"] for row in (money, kept) if row is not None],
        "saved_words": earned["saved_revenue"]["statement"],
        "when": when,
        "lines": [],
    }
