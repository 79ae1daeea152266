"""The side of Vowpal Wabbit: items with features (`--cb_explore_adf`), costs by DR (`--cb_type dr`).

    python SIDE.py DATA.npz OUT.npz POLICY

As the side of MABWiser, and DATA.npz holds `affinity` and `asked_affinity` (rows x A) and `about` (A x f).
"""

from __future__ import annotations

import sys

import numpy as np
from vowpalwabbit import Workspace

COMMON = "--cb_type dr -q UI -q UA --quiet --random_seed 1 -b 20 --power_t 0.5"
POLICIES = {
    "Vowpal Wabbit, epsilon 0.05": f"--cb_explore_adf --epsilon 0.05 {COMMON}",
    "Vowpal Wabbit, bag of 10": f"--cb_explore_adf --bag 10 {COMMON}",
}
PASSES = 3


def example(
    context: np.ndarray, affinity: np.ndarray, items: list[str], taken: tuple[int, float, float] | None
) -> list[str]:
    """One impression as lines: the user, then the items; `taken`: item, cost and its logged chance."""
    user = " ".join(f"u{column}" for column in np.flatnonzero(context))
    lines = [f"shared |U {user}"]
    for item, words in enumerate(items):
        label = f"0:{taken[1]}:{taken[2]:.6f} " if taken is not None and taken[0] == item else ""
        lines.append(f"{label}{words} |A affinity:{affinity[item]:.4g}")
    return lines


def main() -> None:
    data, out, name = sys.argv[1:]
    with np.load(data) as stored:
        given = {key: stored[key] for key in stored.files}
    about = given["about"]
    items = [
        f"|I i{item} " + " ".join(f"f{column}:{row[column]:.4g}" for column in np.flatnonzero(row))
        for item, row in enumerate(about)
    ]
    model = Workspace(POLICIES[name])
    for _ in range(PASSES):
        for row, item in enumerate(given["item"]):
            taken = int(item), -float(given["click"][row]), 1 / len(items)
            model.learn(example(given["context"][row], given["affinity"][row], items, taken))
    chance = np.array(
        [
            model.predict(example(context, affinity, items, None))
            for context, affinity in zip(given["asked"], given["asked_affinity"], strict=True)
        ]
    )
    model.finish()
    np.savez(out, chance=chance / chance.sum(axis=1, keepdims=True))


if __name__ == "__main__":
    main()
