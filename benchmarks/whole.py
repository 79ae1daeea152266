"""`retinue run` and the usual stack on the same raw files, and how well each ranks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.business import END, Business, prepare
from benchmarks.harness import Contender, Unequal, compare, render, row_of
from benchmarks.plan import Plan
from benchmarks.quality import Ranking, later_truth, ranking

__all__ = ["LEAST_AGREEMENT", "measure", "section", "training_days"]

SEED = 7
EVENTS_PER_CUSTOMER_YEAR = 100.0
TARGET_CUSTOMERS, TARGET_SECONDS, TARGET_GB = 200_000, 180, 3
LEAST_AGREEMENT = 0.98
"""Share of scored customers that both sides must have in common for their times to be put side by side."""

TEXT = """\
`retinue run` on the raw files, in an empty workspace, beside a script of the usual stack
(`benchmarks/whole_run.py`): pandas builds the features of `benchmarks/features/core.py` at the same training
dates, one LightGBM model is trained, and the thousand best are offered ten per cent. The two do not do the
same work: Retinue builds its whole catalogue, and the script leaves out quarantine and repeatable loading,
calibration and evaluation beside baselines, value models and segments, reasons, the choice among offers,
holdout and receipts. Both see at each date only what was known by then. What can be compared is how both rank
the same customers, judged by who left afterwards.
"""


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """`retinue run` beside the usual stack, on the raw files, as of a day whose outcomes are known by now."""
    business = prepare(
        plan.work, customers=plan.customers, events_per_customer_year=EVENTS_PER_CUSTOMER_YEAR, seed=SEED
    )
    out = plan.work / "out"
    out.mkdir(exist_ok=True)
    workspace = out / "workspace"
    printed, theirs, mine = out / "run.json", out / "usual.csv", out / "retinue.csv"
    day, now = f"{business.past:%Y-%m-%d}", f"{END:%Y-%m-%d}"
    dates = training_days(business)

    def fresh() -> None:
        if workspace.exists():
            shutil.rmtree(workspace)
        workspace.mkdir()

    retinue = [sys.executable, "-m", "retinue"]
    place = ["--workspace", str(workspace), "--as-of", day, "--now", now]
    ours = Contender(
        "Retinue: retinue run",
        [*retinue, "run", *place, "--data", str(business.raw), "--json"],
        prepare=fresh,
        stdout=printed,
    )
    usual = Contender(
        "pandas + LightGBM + top-k",
        [
            *(sys.executable, "-m", "benchmarks.whole_run", "--data", str(business.raw)),
            *("--as-of", day, "--now", now, "--dates", ",".join(dates)),
            *("--horizon", str(business.horizon_days), "--out", str(theirs)),
        ],
    )
    judged: list[Ranking] = []

    def check() -> None:
        import pandas as pd

        score = [*retinue, "score", *place, "--out", str(mine), "--limit", "1"]
        subprocess.run(score, check=True, stdout=subprocess.DEVNULL)
        truth = later_truth(business.loaded, business.past, END)
        texts = {"customer_id": str}
        judged.append(
            ranking(pd.read_csv(mine, dtype=texts), pd.read_csv(theirs, dtype=texts), truth, seed=SEED)
        )
        if judged[-1].agreed < LEAST_AGREEMENT:
            raise Unequal(f"only {judged[-1].agreed:.1%} of the scored customers were scored by both")

    results = compare([ours, usual], repeats=plan.repeats, check=check, warm=False, say=say)
    last = judged[-1]
    run = json.loads(printed.read_text(encoding="utf-8"))
    return {
        "customers": plan.customers,
        "rows_loaded": business.rows,
        "as_of": day,
        "dates": dates,
        "rows": [row_of(result, results[-1]) for result in results],
        "ranking": {
            "customers": last.customers,
            "churned": last.churned,
            "agreed": last.agreed,
            "models": {name: {m: asdict(v) for m, v in ms.items()} for name, ms in last.models.items()},
            "difference": None if last.difference is None else asdict(last.difference),
        },
        "stages": run["stages"],
        "summary": run["summary"],
    }


def section(found: Mapping[str, Any]) -> str:
    """Time of both, and how well each ranks."""
    ranked, summary = found["ranking"], found["summary"]
    loaded = ", ".join(f"{count:,} {name}" for name, count in found["rows_loaded"].items())
    lines = [
        "## Whole run",
        "",
        TEXT,
        f"Data: the simulated business; loaded: {loaded}. As of {found['as_of']}, trained on "
        f"{len(found['dates'])} dates ({found['dates'][0]} to {found['dates'][-1]}).",
        "",
        render(found["rows"], "the usual stack"),
        "",
        f"Both scored {ranked['agreed']:.1%} of the customers that either scored. Judged on "
        f"{ranked['customers']:,} of them, {ranked['churned']:,} of whom left:",
        "",
        "| | AUC | log loss | calibration error | lift at 10 % |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, words in (("model", "Retinue"), ("usual", "the usual stack")):
        measures = ranked["models"].get(name, {})
        cells = [_value(measures.get(key)) for key in ("auc", "log_loss", "calibration_error", "lift_at_10")]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    if ranked["difference"]:
        lines += ["", f"Difference of the AUCs: {_value(ranked['difference'], sign='+')}."]
    spent = ", ".join(f"{stage['stage']} {stage['wall']:.1f}" for stage in found["stages"])
    lines += [
        "",
        f"Where the time of the last run went, wall seconds: {spent}. It decided on {summary['at_risk']:,} "
        f"customers at risk of {summary['active']:,} active, and made {summary['offers']:,} offers.",
        "",
        _target(found),
    ]
    return "\n".join(lines) + "\n"


def _target(found: Mapping[str, Any]) -> str:
    ours = found["rows"][0]
    wall, peak = ours["wall_seconds"]["median"], ours["peak_bytes"]["median"] / 1e9
    words = f"Target: {TARGET_CUSTOMERS:,} customers in ≤ {TARGET_SECONDS} s (wall) and ≤ {TARGET_GB} GB"
    if found["customers"] < TARGET_CUSTOMERS:
        return f"{words}: not measured, this run had {found['customers']:,} (see `make bench-full`)."
    met = "met" if wall <= TARGET_SECONDS and peak <= TARGET_GB else "**missed**"
    return f"{words}: {wall:.0f} s and {peak:.1f} GB, {met}."


def _value(found: Mapping[str, Any] | None, *, sign: str = "") -> str:
    if not found or found.get("value") is None:
        return "–"
    text = f"{found['value']:{sign}.3f}"
    if found.get("low") is None:
        return text
    return f"{text} ({found['low']:{sign}.3f} to {found['high']:{sign}.3f})"


def training_days(business: Business) -> list[str]:
    """The days Retinue would train on, so that the usual stack gets the same ones."""
    from retinue import Retinue
    from retinue.churn import resolve_definition, training_dates

    with Retinue(business.loaded, clock=END) as retinue:
        churn = retinue.settings.churn
        definition = resolve_definition(retinue.warehouse, churn)
        dates = training_dates(retinue.warehouse, settings=churn, definition=definition, as_of=business.past)
    return [f"{date:%Y-%m-%d}" for date in dates]
