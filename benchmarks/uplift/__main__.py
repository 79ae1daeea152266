"""`python -m benchmarks.uplift` writes docs/uplift.md (some minutes)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.datasets import data_folder
from benchmarks.uplift.hillstrom import read
from benchmarks.uplift.measure import measure
from benchmarks.uplift.page import page

ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the data sets (default: RETINUE_DATA, or ../shared/data)")
    parser.add_argument("--pairs", type=int, default=4, help="pairs of half-samples of each learner")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "uplift.md")
    chosen = parser.parse_args()
    file = data_folder(chosen.data) / "hillstrom_email" / "hillstrom.csv.gz"
    if not file.exists():
        sys.exit(f"There is no {file}: name the data sets' folder with --data or RETINUE_DATA.")
    found = measure(read(file), lambda line: print(line, file=sys.stderr, flush=True), pairs=chosen.pairs)
    chosen.out.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
