"""`retinue run` and the usual stack on the same raw files, and how well each ranks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.business import END, Business
from benchmarks.harness import Contender, Unequal, compare, row_of
from benchmarks.quality import Ranking, later_truth, ranking

__all__ = ["LEAST_AGREEMENT", "measure_whole_run", "training_days"]

SEED = 7
LEAST_AGREEMENT = 0.98
"""Share of scored customers that both sides must have in common for their times to be put side by side."""


def measure_whole_run(
    business: Business, out: Path, *, repeats: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """`retinue run` beside the usual stack, on the raw files, as of a day whose outcomes are known by now."""
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

    results = compare([ours, usual], repeats=repeats, check=check, warm=False, say=say)
    last = judged[-1]
    run = json.loads(printed.read_text(encoding="utf-8"))
    return {
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


def training_days(business: Business) -> list[str]:
    """The days Retinue would train on, so that the usual stack gets the same ones."""
    from retinue import Retinue
    from retinue.churn import resolve_definition, training_dates

    with Retinue(business.loaded, clock=END) as retinue:
        churn = retinue.settings.churn
        definition = resolve_definition(retinue.warehouse, churn)
        dates = training_dates(retinue.warehouse, settings=churn, definition=definition, as_of=business.past)
    return [f"{date:%Y-%m-%d}" for date in dates]
