"""BG/NBD and Gamma-Gamma fits side by side with `lifetimes`, on equal inputs.

Run it in an environment that has both (`pip install Lifetimes` beside Retinue, never in Retinue's own):

    python benchmarks/clv/compare.py --customers 100000 --repeats 5

Both sides get the same arrays; ours includes the grouping. They run alternately in one process with each
library's default threads. Parameters are compared before times. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from retinue.clv import BGNBD, GammaGamma

Columns = dict[str, np.ndarray]


def simulate(customers: int, seed: int) -> Columns:
    """Purchase histories in days from BG/NBD with the spread of a real shop, and Gamma-Gamma amounts."""
    draw = np.random.default_rng(seed)
    T = draw.integers(30, 730, customers).astype(float)
    rate, leave = draw.gamma(0.6, 1 / 40.0, customers), draw.beta(0.9, 2.5, customers)
    t, x, last = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    buying = np.arange(customers)
    while len(buying):
        t[buying] += draw.exponential(1 / rate[buying])
        buying = buying[t[buying] <= T[buying]]
        day = np.floor(t[buying])
        x[buying] += day > last[buying]
        last[buying] = day
        buying = buying[draw.random(len(buying)) > leave[buying]]
    nu = draw.gamma(4.0, 1 / 15.0, customers)
    m = draw.gamma(6.0 * np.maximum(x, 1), 1 / (nu * np.maximum(x, 1)))
    return {"x": x, "t_x": last, "T": T, "m": m}


def ours(data: Columns) -> dict[str, float]:
    repeat = data["x"] > 0
    purchases = BGNBD.fit(data["x"], data["t_x"], data["T"])
    spend = GammaGamma.fit(data["x"][repeat], data["m"][repeat])
    return {**purchases.parameters, **spend.parameters}


def theirs(data: Columns) -> dict[str, float]:
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    repeat = data["x"] > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        purchases = BetaGeoFitter().fit(data["x"], data["t_x"], data["T"])
        spend = GammaGammaFitter().fit(data["x"][repeat], data["m"][repeat])
    return {**dict(purchases.params_), **dict(spend.params_)}


def timed(run: Callable[[Columns], dict[str, float]], data: Columns) -> tuple[dict[str, float], float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = run(data)
    return result, time.process_time() - cpu, time.perf_counter() - wall


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--customers", type=int, default=100_000)
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    data = simulate(options.customers, options.seed)
    sides: dict[str, Callable[[Columns], dict[str, float]]] = {"retinue": ours}
    try:
        import lifetimes  # noqa: F401

        sides["lifetimes"] = theirs
    except ImportError:
        print("lifetimes is not importable here: only our side is measured", file=sys.stderr)
    small = {name: column[:2000] for name, column in data.items()}
    for run in sides.values():
        run(small)
    found: dict[str, dict[str, float]] = {}
    cpu: dict[str, list[float]] = {name: [] for name in sides}
    wall: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(options.repeats):
        for name, run in sides.items():
            found[name], seconds, elapsed = timed(run, data)
            cpu[name].append(seconds)
            wall[name].append(elapsed)
    report: dict[str, Any] = {"customers": options.customers, "parameters": found}
    for label, times in (("cpu_seconds", cpu), ("wall_seconds", wall)):
        report[label] = {
            name: {"median": statistics.median(values), "least": min(values), "most": max(values)}
            for name, values in times.items()
        }
    if "lifetimes" in sides:
        worst = max(abs(found["lifetimes"][k] / v - 1) for k, v in found["retinue"].items())
        report["largest_relative_difference"] = worst
        # The peer stops earlier, so its digits differ slightly; the models are the same.
        if worst > 0.02:
            print(json.dumps(report, indent=2))
            print("the parameters disagree: times are not compared", file=sys.stderr)
            return 1
        report["ratio_cpu"] = statistics.median(cpu["lifetimes"]) / statistics.median(cpu["retinue"])
        report["ratio_wall"] = statistics.median(wall["lifetimes"]) / statistics.median(wall["retinue"])
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
