"""Write `docs/feature-worth.md`: what each feature of the catalogue earns on each data set.

    python -m benchmarks.worth [--data FOLDER] [--only NAME ...] [--customers N] [--seeds N] [--out FILE]

`--only` judges some sets and prints the page instead of writing it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import retinue
from benchmarks.datasets import EXAMPLES, data_folder
from benchmarks.worth.judging import Worth, judge
from benchmarks.worth.page import page
from benchmarks.worth.sets import SETS, WorthSet, learned_from
from benchmarks.worth.verdicts import read_by_the_product, verdict
from retinue.features import CATALOGUE

__all__ = ["judged", "main", "written"]

PAGE = EXAMPLES.parent / "docs" / "feature-worth.md"
CUSTOMERS = 10_000
SEEDS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 when the data are not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worth", description=__doc__)
    parser.add_argument("--data", help="folder of the data sets (default: RETINUE_DATA, or ../shared/data)")
    parser.add_argument(
        "--only", nargs="+", choices=[s.name for s in SETS], help="these sets, and print the page"
    )
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the simulated business")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="shuffles of each column")
    parser.add_argument("--out", type=Path, help=f"where the page goes (default: docs/{PAGE.name})")
    chosen = parser.parse_args(arguments)
    data = data_folder(chosen.data)
    if not data.is_dir():
        print(f"There is no folder {data}: name the data sets' folder with --data.", file=sys.stderr)
        return 2
    os.environ["RETINUE_DATA"] = str(data)
    sets = [one for one in SETS if chosen.only is None or one.name in chosen.only]
    worths = judged(sets, customers=chosen.customers, seeds=chosen.seeds)
    text = written(sets, worths, customers=chosen.customers, seeds=chosen.seeds)
    if chosen.only is not None and chosen.out is None:
        print(text)
        return 0
    target = chosen.out or PAGE
    target.write_text(text, encoding="utf-8")
    print(f"Written: {target.name}", file=sys.stderr)
    return 0


def judged(sets: Sequence[WorthSet], *, customers: int, seeds: int) -> dict[str, Worth]:
    """What the features are worth on each set that a model can be judged on, by its short name."""
    families: dict[str, str] = {f.name: f.family for f in CATALOGUE}
    found: dict[str, Worth] = {}
    with tempfile.TemporaryDirectory(prefix="retinue-worth-") as scratch:
        for one in sets:
            wall, cpu = time.perf_counter(), time.process_time()
            learned = learned_from(one, Path(scratch), customers=customers)
            worth = judge(learned, families, seeds=seeds, say=lambda text: print(text, file=sys.stderr))
            if worth is not None:
                found[one.short] = worth
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            print(f"{one.name}: {wall:.0f} s, {cpu:.0f} CPU-s", file=sys.stderr)
    return found


def written(sets: Sequence[WorthSet], worths: Mapping[str, Worth], *, customers: int, seeds: int) -> str:
    """The page."""
    read = read_by_the_product([f.name for f in CATALOGUE], Path(retinue.__file__).parent)
    verdicts = [verdict(f.name, worths, read) for f in CATALOGUE]
    return page(
        sets,
        worths,
        verdicts,
        CATALOGUE,
        command="python -m benchmarks.worth",
        seeds=seeds,
        customers=customers,
    )


if __name__ == "__main__":
    sys.exit(main())
