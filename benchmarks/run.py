"""Measure the feature build and the whole run beside the usual choices; write `docs/benchmarks.md`.

    python -m benchmarks.run [--customers N] [--events-per-customer-year N] [--repeats N] [--quick]
                             [--only features|run] [--work FOLDER] [--out FILE]

A subscription business is simulated and loaded once. Then the contenders run in turns as whole processes, and
their outputs are compared before their times are. `--work` keeps the business for the next time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.business import prepare
from benchmarks.harness import Unequal
from benchmarks.machine import busy, versions
from benchmarks.machine import facts as machine_facts
from benchmarks.run_features import measure_features
from benchmarks.run_page import page
from benchmarks.run_whole import measure_whole_run

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("retinue", "duckdb", "ibis-framework", "pandas", "lightgbm", "pyarrow")
SEED = 7


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
    parser.add_argument("--dates", type=int, nargs="+", default=[1, 12], help="of the feature build (1 12)")
    parser.add_argument("--quick", action="store_true", help="2,000 customers, one run: does it work at all?")
    parser.add_argument("--only", choices=("features", "run"), help="one of the two comparisons")
    parser.add_argument("--work", type=Path, help="folder to keep the business in (default: a temporary one)")
    parser.add_argument(
        "--out", type=Path, help="where the page goes (docs/benchmarks.md; --quick only prints)"
    )
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.customers, chosen.repeats, chosen.dates = min(chosen.customers, 2_000), 1, [1]
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
                found["features"] = measure_features(
                    business, dates=tuple(chosen.dates), repeats=chosen.repeats, say=say
                )
            if chosen.only != "features":
                found["run"] = measure_whole_run(business, out, repeats=chosen.repeats, say=say)
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


def say(line: str) -> None:
    """Progress goes to stderr, results to stdout."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
