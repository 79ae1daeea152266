"""`python -m benchmarks.bandit` writes docs/bandit.md (some minutes; what a peer answered once is kept)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.bandit import clicks, coupons
from benchmarks.bandit.measure import measure
from benchmarks.bandit.page import page
from benchmarks.datasets import data_folder
from benchmarks.exchange import PEERS

ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the data sets (default: RETINUE_DATA, or ../shared/data)")
    parser.add_argument("--peers", type=Path, help="Python of the peers (default: benchmarks/.venv)")
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "data" / "bandit")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "bandit.md")
    chosen = parser.parse_args()
    folder = data_folder(chosen.data)
    for name in ("open_bandit_small", "complete_journey"):
        if not (folder / name).is_dir():
            sys.exit(f"There is no {folder / name}: name the data sets' folder with --data or RETINUE_DATA.")
    python = chosen.peers or (PEERS if PEERS.exists() else None)
    logs = [
        measure(
            clicks.read(folder / "open_bandit_small", campaign),
            lambda line: print(line, file=sys.stderr, flush=True),
            python=python,
            work=chosen.work,
        )
        for campaign in clicks.CAMPAIGNS
    ]
    mailed = coupons.measure(coupons.read(folder / "complete_journey"))
    chosen.out.write_text(page(logs, mailed) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
