"""Measure the loop: every policy lives through a year in the same worlds; write `docs/loop.md` and its plot.

    python -m benchmarks.loop [--customers N] [--seeds N] [--budget EUR] [--out FILE] [--page]

Each finished year is kept in `--work`, so a run that was stopped goes on where it was, and `--page` writes
the page from what is there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.loop.libraries import LIBRARIES, there
from benchmarks.loop.page import page, plot
from benchmarks.loop.play import Policy

__all__ = ["main"]

HERE = Path(__file__).parents[1]
PAGE = HERE.parent / "docs" / "loop.md"
WEEKS = 52
WORLDS: dict[str, dict[str, Any]] = {
    "default": {},
    "nothing works": {"effect": 0.0, "sleeping_dog": 1.0},
    "weak effects": {"effect": 0.4},
    "other offers": {"strength": (0.4, 0.4, 0.4, 0.4, 1.5, 0.5, 3.0, 2.0)},
    "sleeping dogs": {"dogs": 1.2},
    "the best offer changes": {},
}
TURNS: dict[str, tuple[int, dict[str, Any]]] = {
    "the best offer changes": (26, {"strength": (0.4, 0.4, 0.4, 0.4, 1.5, 0.5, 3.0, 2.0)})
}
"""The week of the year from which on customers respond otherwise, and how."""
REFERENCE = ("default",)
"""Worlds in which every policy lives; in the others only some."""
FEW = ("nobody", "everybody at risk, 20 %", "formula, fixed lifts", "Retinue", "observer")


@dataclass(frozen=True)
class Task:
    """One world and the policies to live in it."""

    world: str
    customers: int
    seed: int
    budget: float
    policies: tuple[str, ...]
    work: Path


def policies(seen: Callable[[], Any]) -> dict[str, Callable[[], Policy]]:
    """How to make each policy, by name, in the order of the page."""
    from benchmarks.loop.learner import Retinue
    from benchmarks.loop.libraries import Library
    from benchmarks.loop.referees import Knowing
    from benchmarks.loop.rivals import AcceptedOnly, Ladder
    from benchmarks.loop.simple import EverybodyTwenty, FixedLifts, Nobody, RiskiestFirst

    def greedy() -> Retinue:
        return Retinue("uplift targeting, greedy", caution=0.0, exploration=0.0, holdout=0.0)

    made: list[Callable[[], Policy]] = [
        Nobody,
        RiskiestFirst,
        EverybodyTwenty,
        Ladder,
        AcceptedOnly,
        lambda: Library("MABWiser, LinTS"),
        lambda: Library("Vowpal Wabbit, DR"),
        FixedLifts,
        greedy,
        Retinue,
        lambda: Knowing("observer", seen=seen()),
        lambda: Knowing("informed"),
        lambda: Knowing("clairvoyant"),
    ]
    names = (
        "nobody",
        "riskiest first, 10 %",
        "everybody at risk, 20 %",
        "four discounts by risk",
        "learner of those who got offers",
        "MABWiser, LinTS",
        "Vowpal Wabbit, DR",
        "formula, fixed lifts",
        "uplift targeting, greedy",
        "Retinue",
        "observer",
        "informed",
        "clairvoyant",
    )
    return dict(zip(names, made, strict=True))


def live(task: Task) -> str:
    """Play the policies of a task that have not been played yet."""
    from benchmarks.loop.business import Business
    from benchmarks.loop.observer import watch
    from benchmarks.loop.play import play
    from benchmarks.loop.score import train
    from retinue.simulation import World
    from retinue.simulation.parameters import Parameters

    laws = Parameters(pilot_waves=0, **WORLDS[task.world])
    turn = None
    if task.world in TURNS:
        week, changed = TURNS[task.world]
        turn = (week, replace(laws, **changed))
    missing = [name for name in task.policies if not _file(task, name).exists()]
    if not missing:
        return f"{task.world}, seed {task.seed}: there already"
    business = Business(World(task.customers, years=2.0, seed=task.seed, dirt=0, laws=laws))
    business.catch_up()
    score = train(business, seed=task.seed)
    found: list[Any] = []

    def seen() -> Any:
        if not found:
            found.append(watch(laws, customers=20_000, seed=task.seed, worlds=1, paths=4))
        return found[0]

    make = policies(seen)
    for name in missing:
        year = play(
            make[name](),
            business,
            score,
            weeks=WEEKS,
            budget=task.budget,
            seed=task.seed,
            paths=4,
            turn=turn,
        )
        body = {
            "world": task.world,
            "customers": task.customers,
            "seed": task.seed,
            "budget": task.budget,
            "policy": name,
            "expected": year.expected,
            "spend": year.spend,
            "offers": year.offers,
            "dogs": year.dogs,
            "by_arm": year.by_arm.tolist(),
            "realised": year.realised,
        }
        path = _file(task, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(json.dumps(body))
        path.with_suffix(".part").rename(path)
        print(
            f"{task.world}, seed {task.seed}: {name}: {sum(year.expected):,.0f}", file=sys.stderr, flush=True
        )
    return f"{task.world}, seed {task.seed}: done"


def _file(task: Task, policy: str) -> Path:
    name = "".join(c if c.isalnum() else "-" for c in f"{task.world}-{policy}")
    return task.work / f"{task.customers}-{task.budget:.0f}-{task.seed}-{name}.json"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=4_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=None, help="per week; default 0.15 a customer")
    parser.add_argument("--only", nargs="*", default=None, help="names of policies")
    parser.add_argument("--worlds", nargs="*", default=None, help="names of worlds")
    parser.add_argument("--work", type=Path, default=HERE / "data" / "loop")
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--page", action="store_true", help="write the page from what is there")
    chosen = parser.parse_args(arguments)
    budget = chosen.budget if chosen.budget is not None else 0.15 * chosen.customers
    names = tuple(chosen.only or policies(lambda: None))
    absent = [name for name in names if name in LIBRARIES and not there(name)]
    for name in absent:
        print(f"{name} is skipped: `make peers` installs {LIBRARIES[name]}", file=sys.stderr, flush=True)
    names = tuple(name for name in names if name not in absent)
    if not chosen.page:
        few = tuple(name for name in FEW if name in names)
        tasks = [
            Task(world, chosen.customers, seed, budget, names if world in REFERENCE else few, chosen.work)
            for seed in range(7, 7 + chosen.seeds)
            for world in (chosen.worlds or WORLDS)
        ]
        with ProcessPoolExecutor(2) as pool:
            for line in pool.map(live, tasks):
                print(line, file=sys.stderr, flush=True)
    years = [json.loads(path.read_text()) for path in sorted(chosen.work.glob("*.json"))]
    chosen.out.write_text(page(years, list(policies(lambda: None))), encoding="utf-8")
    chosen.out.with_suffix(".svg").write_text(plot(years, list(policies(lambda: None))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
