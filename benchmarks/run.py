"""Measure the feature build and the whole run beside what a user would otherwise pick; write `docs/benchmarks.md`.

    python -m benchmarks.run [--customers N] [--events-per-customer-year N] [--repeats N] [--quick]
                             [--only features|run] [--work FOLDER] [--out FILE]

A subscription business is simulated and loaded once. Then the contenders run in turns as whole processes, and
their outputs are compared before their times are. `--work` keeps the business for the next time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.business import END, Business, prepare
from benchmarks.harness import Contender, Unequal, compare, row_of
from benchmarks.machine import busy, versions
from benchmarks.machine import facts as machine_facts
from benchmarks.quality import Ranking, later_truth, ranking
from benchmarks.run_page import page

__all__ = ["main", "measure_features", "measure_whole_run"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("retinue", "duckdb", "ibis-framework", "pandas", "lightgbm", "pyarrow")
SEED = 7
LEAST_AGREEMENT = 0.98
"""Share of scored customers that both sides must have in common for their times to be put side by side."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 when outputs differ."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--customers", type=int, default=20_000, help="customers who ever joined (20,000)")
    parser.add_argument("--events-per-customer-year", type=float, default=100.0, help="of usage (100)")
    parser.add_argument("--repeats", type=int, default=3, help="measured runs of each contender (3)")
    parser.add_argument("--quick", action="store_true", help="2,000 customers, one run: does it work at all?")
    parser.add_argument("--only", choices=("features", "run"), help="one of the two comparisons")
    parser.add_argument("--work", type=Path, help="folder to keep the business in (default: a temporary one)")
    parser.add_argument(
        "--out", type=Path, help="where the page goes (docs/benchmarks.md; --quick only prints)"
    )
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.customers, chosen.repeats = min(chosen.customers, 2_000), 1
    with tempfile.TemporaryDirectory(prefix="retinue-bench-") as scratch:
        folder = (chosen.work or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        say(f"Simulating {chosen.customers:,} customers …")
        business = prepare(
            folder,
            customers=chosen.customers,
            events_per_customer_year=chosen.events_per_customer_year,
            seed=SEED,
        )
        say("Rows: " + ", ".join(f"{name} {count:,}" for name, count in business.rows.items()))
        found: dict[str, Any] = {
            "customers": chosen.customers,
            "events_per_customer_year": chosen.events_per_customer_year,
            "rows": business.rows,
            "repeats": chosen.repeats,
            "machine": machine_facts(),
            "versions": versions(PACKAGES),
            "busy": busy(),
        }
        out = folder / "out"
        out.mkdir(exist_ok=True)
        try:
            if chosen.only != "run":
                found["features"] = measure_features(business, out, repeats=chosen.repeats)
            if chosen.only != "features":
                found["run"] = measure_whole_run(business, out, repeats=chosen.repeats)
        except Unequal as error:
            say(f"Outputs differ, so no times are given: {error}")
            return 1
    text = page(found)
    if (chosen.quick or chosen.only) and chosen.out is None:
        print(text)
        return 0
    target = chosen.out or PAGE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    say(f"Written: {target.name}")
    return 0


def measure_whole_run(business: Business, out: Path, *, repeats: int) -> dict[str, Any]:
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
        [sys.executable, "-m", "benchmarks.whole_run", "--data", str(business.raw), "--as-of", day]
        + ["--now", now, "--dates", ",".join(dates), "--horizon", str(business.horizon_days)]
        + ["--out", str(theirs)],
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
            "models": {name: {m: vars_of(v) for m, v in ms.items()} for name, ms in last.models.items()},
            "difference": vars_of(last.difference),
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


def vars_of(measure: Any) -> dict[str, Any] | None:
    """A measure as plain values."""
    from dataclasses import asdict

    return None if measure is None else asdict(measure)


def say(line: str) -> None:
    """Progress goes to stderr, results to stdout."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
