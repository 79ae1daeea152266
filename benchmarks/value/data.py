"""Customers drawn from the models themselves, in three shapes, and contracts; equal for every side.

days: dates of purchases in whole days, as most businesses have them; half the histories are shared.
fractions: times with fractions, so that hardly two customers are equal and grouping gains nothing.
many: some customers buy thousands of times, most never again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["SHAPES", "SMALL", "file", "simulate"]

SHAPES = ("days", "fractions", "many")
SMALL = 2_000
"""Customers of the warm-up."""
_SEED = 11


def file(folder: Path, shape: str, customers: int) -> Path:
    """The arrays as an .npz file, made once."""
    path = folder / f"{shape}-{customers}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        columns = simulate(shape, customers, _SEED)
        scratch = path.with_suffix(".part")
        with scratch.open("wb") as out:
            np.savez(out, **columns)
        scratch.replace(path)
    return path


def simulate(shape: str, customers: int, seed: int) -> dict[str, np.ndarray]:
    """x, t_x, T (days), m (mean amount of repeat purchases), and the ages of ended and running contracts."""
    draw = np.random.default_rng(seed)
    T = draw.uniform(30, 730, customers)
    if shape == "many":
        rate, leave = draw.gamma(0.25, 1 / 2.0, customers), draw.beta(0.3, 20.0, customers)
    else:
        rate, leave = draw.gamma(0.6, 1 / 40.0, customers), draw.beta(0.9, 2.5, customers)
    if shape != "fractions":
        T = np.floor(T)
    now, x, last = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    buying = np.arange(customers)
    while len(buying):
        now[buying] += draw.exponential(1 / rate[buying])
        buying = buying[now[buying] <= T[buying]]
        when = now[buying] if shape == "fractions" else np.floor(now[buying])
        # Several purchases of one day are one; "many" keeps them, or nobody could have thousands.
        x[buying] += 1.0 if shape == "many" else when > last[buying]
        last[buying] = when
        buying = buying[draw.random(len(buying)) > leave[buying]]
    nu = draw.gamma(4.0, 1 / 15.0, customers)
    m = draw.gamma(6.0 * np.maximum(x, 1), 1 / (nu * np.maximum(x, 1)))
    length, seen = draw.geometric(draw.beta(0.7, 3.8, customers)), draw.integers(1, 60, customers)
    ended, running = length[length <= seen], seen[length > seen]
    return {"x": x, "t_x": last, "T": T, "m": m, "ended": ended, "running": running}
