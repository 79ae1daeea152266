"""The facts of `benchmarks.results` as the page `docs/real-data.md`; a pure function of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["page"]

Facts = Mapping[str, Any]

HEAD = """\
# Results on real data

This page is written by `make results` (`python -m benchmarks.results`), not by hand. The command runs Retinue
with the mapping files under `examples/` on public data sets, each in an empty workspace and a process of its
own. The data are not part of this repository: put them into one folder, name it in `RETINUE_DATA`, and run
the command again. `examples/README.md` says where each set comes from and how to run it alone.

How to read the figures:

- **AUC** is the chance that somebody who left was ranked above somebody who stayed; 0.5 is a coin. It is
  taken on the last part of the data, which neither trained nor calibrated the model, and stands beside what
  one column alone reaches (*recency*: how long somebody has been silent) and beside a logistic regression on
  all features. Brackets hold 95 % intervals from redrawing whole customers.
- **Calibration error** is the mean distance between predicted and observed churn over ten bins of equal size.
- **Lift at 10 %** is the churn rate among the tenth ranked riskiest, over the churn rate of all.
- **Value** is checked apart: customers are valued as of an earlier day, and what they then spent is compared
  with what was expected for the same time.
- Seconds are wall time on the machine below, which other work may share.
"""


def page(found: Sequence[Facts], machine: Facts, versions: Facts) -> str:
    """All data sets on one page: a table of the main figures, then a section for each."""
    parts = [HEAD, _machine(machine, versions), "## At a glance\n", _glance(found)]
    parts += [_section(facts) for facts in found]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _machine(machine: Facts, versions: Facts) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"Made on {machine['cores']} cores ({machine['processor']}), {machine['memory']}, "
        f"{machine['system']}, Python {machine['python']}; {packages}.\n"
    )


def _glance(found: Sequence[Facts]) -> str:
    lines = [
        "| data set | as of | judged on | churn rate | AUC | recency alone | logistic | calibration error "
        "| lift at 10 % |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for facts in found:
        evaluation = facts["evaluation"]
        if not facts["claim"]:
            cells = ["no claim is made on this set"] + [""] * 6
        elif not evaluation["measures"]:
            cells = ["not judged, see below"] + [""] * 6
        else:
            test = evaluation["parts"]["test"]
            cells = [
                f"{test['rows']:,} rows, {test['customers']:,} customers",
                f"{test['churned_rows'] / test['rows']:.1%}",
                _measure(evaluation["measures"].get("auc")),
                _measure(evaluation["baselines"].get("recency", {}).get("auc")),
                _measure(evaluation["baselines"].get("logistic", {}).get("auc")),
                _measure(evaluation["measures"].get("calibration_error")),
                _measure(evaluation["measures"].get("lift_at_10"), digits=2),
            ]
        lines.append(f"| [{facts['name']}](#{facts['name']}) | {facts['as_of']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _section(facts: Facts) -> str:
    parts = [f"\n## {facts['name']}\n", f"**{facts['title']}.** {facts['note']}\n", _counts(facts)]
    parts += [_churn(facts), _value(facts), _campaign(facts), _time(facts)]
    return "\n".join(part for part in parts if part)


def _counts(facts: Facts) -> str:
    lines = [
        "| table | read | loaded | duplicates | left out by the mapping | quarantined |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in facts["tables"]:
        cells = [f"{row[key]:,}" for key in ("read", "loaded", "duplicates", "skipped", "quarantined")]
        lines.append(f"| {row['table']} | {' | '.join(cells)} |")
    reasons = sorted(facts["reasons"].items(), key=lambda item: (-item[1], item[0]))
    told = ", ".join(f"{reason} {count:,}" for reason, count in reasons) or "nothing"
    return "\n".join(lines) + f"\n\nSet aside, by reason: {told}.\n"


def _churn(facts: Facts) -> str:
    summary, evaluation = facts["summary"], facts["evaluation"]
    lines = [
        f"{summary['churn_statement']} As of {facts['as_of']}: {summary['customers']:,} customers, of them "
        f"{summary['active']:,} active, {summary['gone']:,} already gone, {summary['too_new']:,} too new "
        "to judge.",
        "",
    ]
    if not facts["claim"]:
        lines.append("No figure of accuracy is given for this set: it would say nothing about Retinue.")
        return "\n".join(lines) + "\n"
    lines.append(evaluation["statement"])
    lines.append("")
    if evaluation["measures"]:
        lines += _beside(evaluation)
    lines += [f"- {note}" for note in evaluation["notes"]]
    if facts.get("cross_validated"):
        lines += ["", *_folds(facts["cross_validated"])]
    return "\n".join(lines) + "\n"


def _beside(evaluation: Facts) -> list[str]:
    names = [
        ("auc", "AUC", 3),
        ("calibration_error", "calibration error", 3),
        ("lift_at_10", "lift at 10 %", 2),
    ]
    names += [("log_loss", "log loss", 3), ("precision", "precision", 3), ("recall", "recall", 3)]
    columns = {"Retinue": evaluation["measures"], **evaluation["baselines"]}
    lines = [
        "| | " + " | ".join(columns) + " |",
        "| --- |" + " --- |" * len(columns),
    ]
    for key, words, digits in names:
        if key in ("precision", "recall") and evaluation["operating_point"] is not None:
            words = f"{words} above {evaluation['operating_point']:.0%}"
        cells = [_measure(measures.get(key), digits=digits) for measures in columns.values()]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    parts = evaluation["parts"]
    lines.append("")
    for name, words in (("train", "Trained on"), ("validation", "calibrated on"), ("test", "judged on")):
        part = parts[name]
        dates = "" if evaluation["split_by"] == "customer" else f" ({_span(part)})"
        lines.append(
            f"{words} {part['rows']:,} rows of {part['customers']:,} customers{dates}, "
            f"{part['churned_rows']:,} of them churning{'.' if name == 'test' else ';'}"
        )
    return [*lines, ""]


def _span(part: Facts) -> str:
    first, last = part["first"][:10], part["last"][:10]
    return str(first) if first == last else f"{first} to {last}"


def _folds(found: Facts) -> list[str]:
    lines = [
        f"Cross-validated over {found['folds']} folds of customers, AUC (standard deviation over the folds), "
        "beside figures measured elsewhere on the same file:",
        "",
        "| | AUC |",
        "| --- | --- |",
        f"| Retinue's boosted trees | {found['lightgbm']['mean']:.4f} ({found['lightgbm']['sd']:.4f}) |",
        f"| Retinue's logistic baseline | {found['logistic']['mean']:.4f} ({found['logistic']['sd']:.4f}) |",
    ]
    lines += [f"| {name}, elsewhere | {auc:.4f} |" for name, auc in found["elsewhere"]]
    return lines


def _value(facts: Facts) -> str:
    lines = [f"Value: {facts['value_model']}", ""]
    found = facts.get("value")
    if not found:
        return "\n".join(lines)
    lines += [
        f"Fitted on purchases until {found['cut']} ({found['kind']}) and compared with what these "
        f"{found['customers']:,} customers bought in the {found['days']:,} days after it, beside two naive "
        "forecasts:",
        "",
        "| | forecast | expected | happened | off by | correlation | mean absolute error |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in found["rows"]:
        bias = "–" if row["bias_percent"] is None else f"{row['bias_percent']:+.1f} %"
        correlation = "–" if row["correlation"] is None else f"{row['correlation']:.3f}"
        lines.append(
            f"| {row['what']} | {row['forecast']} | {row['predicted_total']:,.0f} "
            f"| {row['actual_total']:,.0f} | {bias} | {correlation} | {row['mae']:,.2f} |"
        )
    return "\n".join(lines) + "\n"


def _campaign(facts: Facts) -> str:
    summary, currency = facts["summary"], facts["currency"]
    routes = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in summary["actions"].items())
    text = (
        f"Campaign: {summary['at_risk']:,} customers above {summary['act_above']:.0%}, revenue at risk "
        f"{summary['revenue_at_risk']:,.0f} {currency}; {summary['offers']:,} offers with a planned cost of "
        f"{summary['planned_cost']:,.0f} {currency}; {summary['held_out']:,} held out. "
        f"Routes: {routes or 'none'}."
    )
    if summary["offers"]:
        text += (
            f" Their expected net value of {summary['expected_net']:,.0f} {currency} rests on the "
            "catalogue's prior lifts, not on anything observed here."
        )
    return text + "\n"


def _time(facts: Facts) -> str:
    spent = ", ".join(f"{row['stage']} {row['wall']:.1f}" for row in facts["stages"])
    total = sum(row["wall"] for row in facts["stages"])
    return f"Seconds: {spent}; in all {total:.1f}. Peak memory of the process {facts['peak_mb']:,.0f} MB.\n"


def _measure(found: Facts | None, *, digits: int = 3) -> str:
    if not found or found.get("value") is None:
        return "–"
    text = f"{found['value']:.{digits}f}"
    if found.get("low") is None:
        return text
    return f"{text} ({found['low']:.{digits}f}–{found['high']:.{digits}f})"
