"""Measure Retinue beside what a user would otherwise pick, area by area; write `docs/results.md`.

    python -m benchmarks.run [--only AREA … | --page] [--quick | --full] [--customers N] [--repeats N]
                             [--work FOLDER] [--peers PYTHON] [--out FILE]

Contenders of an area get the same data and run in turns; their outputs are compared before their times are.
What was found is kept in `--work`, so `--only` measures one area again and the page is written from all. An
area that fails is named on the page and makes the exit code 1; the others are measured all the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import findings
from benchmarks.areas import AREAS, measure
from benchmarks.machine import facts, versions
from benchmarks.plan import Plan
from benchmarks.run_page import drawings, page

__all__ = ["main"]

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "results.md"
WORK = HERE / "data"
PEERS = HERE / ".venv" / "bin" / "python"
OURS = (
    "retinue",
    "duckdb",
    "ibis-framework",
    "lightgbm",
    "scikit-learn",
    "scipy",
    "numpy",
    "pandas",
    "pyarrow",
)
THEIRS = ("pandas", "polars", "duckdb", "featuretools", "lifetimes", "mabwiser", "evidently", "lightgbm")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 when an area failed or outputs differ."""
    plan, names, out = _chosen(arguments)
    records = plan.work / "found"
    failed = []
    for name in names:
        say(f"== {name}")
        record = measure(AREAS[name], plan, say)
        findings.save(records, record)
        if "failed" in record and not record.get("missing"):
            failed.append(name)
    peers = versions(THEIRS, python=plan.peers) if plan.peers else None
    text = page(findings.read(records), facts(), versions(OURS), peers)
    if out is None:
        print(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
        for name, drawing in drawings(findings.read(records)).items():
            (out.parent / name).write_text(drawing, encoding="utf-8")
        say(f"Written: {out.name}")
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def say(line: str) -> None:
    """Progress goes to stderr, results to stdout."""
    print(line, file=sys.stderr, flush=True)


def _chosen(arguments: Sequence[str] | None) -> tuple[Plan, list[str], Path | None]:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small data, one run, page printed: does it work?")
    size.add_argument("--full", action="store_true", help="200,000 customers and growth up to 16 times that")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page from findings")
    parser.add_argument("--only", nargs="+", choices=tuple(AREAS), metavar="AREA", help=", ".join(AREAS))
    parser.add_argument("--customers", type=int, help="of the simulated business (20,000; full 200,000)")
    parser.add_argument("--repeats", type=int, help="measured runs of each contender (3; quick 1)")
    parser.add_argument(
        "--work", type=Path, default=WORK, help="folder for data and findings (benchmarks/data)"
    )
    parser.add_argument("--peers", type=Path, help="Python of the peers (benchmarks/.venv/bin/python)")
    parser.add_argument("--out", type=Path, help="where the page goes (docs/results.md)")
    chosen = parser.parse_args(arguments)
    if chosen.peers is None and PEERS.exists():
        chosen.peers = PEERS
    # Findings of small data must not stand on the page beside those of large data.
    work = chosen.work.resolve() / ("quick" if chosen.quick else "full" if chosen.full else "usual")
    work.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        work,
        repeats=chosen.repeats or (1 if chosen.quick else 3),
        quick=chosen.quick,
        # The launcher of an environment must not be resolved: the link is what makes it an environment.
        peers=None if chosen.peers is None else chosen.peers.absolute(),
        customers=chosen.customers or (2_000 if chosen.quick else 200_000 if chosen.full else 20_000),
        full=chosen.full,
    )
    names = [] if chosen.page else chosen.only or list(AREAS)
    return plan, names, chosen.out or (None if chosen.quick else PAGE)


if __name__ == "__main__":
    sys.exit(main())
