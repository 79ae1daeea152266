"""`python -m benchmarks.uplift` writes docs/uplift.md (half an hour; what was fitted once is kept)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.datasets import data_folder
from benchmarks.exchange import PEERS
from benchmarks.uplift.hillstrom import read
from benchmarks.uplift.measure import Setup, measure
from benchmarks.uplift.page import page

ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the data sets (default: RETINUE_DATA, or ../shared/data)")
    parser.add_argument("--pairs", type=int, default=4, help="pairs of half-samples of each learner")
    parser.add_argument("--peers", type=Path, help="Python of the peers (default: benchmarks/.venv)")
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "data" / "uplift")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "uplift.md")
    chosen = parser.parse_args()
    file = data_folder(chosen.data) / "hillstrom_email" / "hillstrom.csv.gz"
    if not file.exists():
        sys.exit(f"There is no {file}: name the data sets' folder with --data or RETINUE_DATA.")
    python = chosen.peers or (PEERS if PEERS.exists() else None)
    setup = Setup(chosen.work, pairs=chosen.pairs, python=python)
    found = measure(read(file), lambda line: print(line, file=sys.stderr, flush=True), setup)
    chosen.out.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
