"""Every learner on every outcome: order, verdict, and the value of the policy that follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.exchange import PeerMissing, kept
from benchmarks.uplift import peers
from benchmarks.uplift.hillstrom import ARMS, OUTCOMES, Hillstrom
from retinue.incentives.uplift import causal_forest, dr_learner, judge_targeting, t_learner, x_learner
from retinue.learning import Logged, crossfit, difference, dr, interval

__all__ = ["CHOSEN", "JOINT", "Setup", "measure", "policies", "verdicts"]

LEARNERS: dict[str, Callable[..., Any]] = {"T": t_learner, "X": x_learner, "DR": dr_learner}
FOREST = "causal forest"
"""Ours, grown for visits only: it takes minutes, and EconML's own is measured on all outcomes."""
CHOSEN = "DR"
"""The default choice: the verdicts are those of this learner, whatever the others say."""
JOINT = 1 - 0.05 / (2 * len(OUTCOMES))
"""Six questions are asked at once (two e-mails, three outcomes): with this confidence each, all six intervals
hold together with 95 % (Bonferroni)."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Setup:
    """pairs of half-samples of our learners; replicates of each bootstrap; where answers are kept; the peers'
    Python, None without; whether to grow our causal forest, which needs EconML here too."""

    work: Path
    pairs: int = 4
    replicates: int = 200
    python: Path | None = None
    forest: bool = field(default_factory=lambda: find_spec("econml") is not None)
    seed: int = 0


def measure(data: Hillstrom, say: Say, setup: Setup) -> dict[str, Any]:
    """What the page shows; learners that cannot run are named with their reason."""
    rows: list[dict[str, Any]] = []
    values: dict[str, Any] = {}
    missing: dict[str, str] = {}
    fold = peers.folds(data, setup.seed)
    for outcome in OUTCOMES:
        found = _all(data, outcome, say, setup, missing)
        orders = {name: peers.ranked(effect, fold) for name, effect in found.items()}
        for name, order in orders.items():
            rows += verdicts(data, outcome, order, orders[CHOSEN], learner=name, setup=setup)
        values[outcome] = policies(data, outcome, found, seed=setup.seed)
    return {
        "rows": rows,
        "values": values,
        "missing": missing,
        "customers": len(data.treatment),
        "pairs": setup.pairs,
    }


def _all(
    data: Hillstrom, outcome: str, say: Say, setup: Setup, missing: dict[str, str]
) -> dict[str, np.ndarray]:
    """Out-of-fold effects by learner, ours first."""
    found = {}
    for name, learner in LEARNERS.items():
        say(f"{outcome}: {name}-learner")
        found[name] = _ours(name, learner, data, outcome, setup, {"pairs": setup.pairs})
    if setup.forest and outcome == "visit":
        say(f"{outcome}: {FOREST}")
        found[FOREST] = _ours(FOREST, causal_forest, data, outcome, setup, {"trees": 200})
    elif not setup.forest:
        missing[FOREST] = "EconML is not installed beside Retinue: the extra `causal`"
    for name in peers.PEERS:
        say(f"{outcome}: {name}")
        if setup.python is None:
            missing[name] = "the peers' environment is not there: `make peers`"
            continue
        try:
            effect = peers.effects(data, outcome, name, python=setup.python, work=setup.work, seed=setup.seed)
        except PeerMissing as reason:
            missing[name] = str(reason)
            continue
        if effect is not None:
            found[name] = effect
    return found


def _ours(
    name: str, learner: Any, data: Hillstrom, outcome: str, setup: Setup, more: dict[str, Any]
) -> np.ndarray:
    y = data.outcomes[outcome]
    given = {"X": data.X, "treatment": data.treatment, "outcome": y, "propensity": data.propensity}

    def fit(_given: Path, out: Path) -> None:
        fitted = learner(**given, seed=setup.seed, **more)
        np.savez(out, effect=fitted.out_of_fold.effect)

    # A change of the learners is a change of what they give: their text is part of the key.
    package = Path(judge_targeting.__code__.co_filename).parent
    texts = [path.read_bytes() for path in sorted(package.glob("*.py"))]
    key = f"{name} {sorted(more.items())} {setup.seed}".encode()
    return kept(given, [*texts, key], setup.work, fit)["effect"]


def verdicts(
    data: Hillstrom, outcome: str, order: np.ndarray, own: np.ndarray, *, learner: str, setup: Setup
) -> list[dict[str, Any]]:
    """For each e-mail the measures with 95 % intervals and the paired lead in Qini over our default's order.

    Of our default itself the lead is that over risk, and there is a verdict with an interval that holds for
    all six questions. Risk is what a team without uplift goes by: who is least likely to come by themselves,
    that is the out-of-fold chance of the outcome among those without e-mail.
    """
    y = data.outcomes[outcome]
    if learner == CHOSEN:
        log = Logged.of(data.treatment, y, propensities=data.propensity, context=data.X)
        other = np.tile(-crossfit(log, seed=setup.seed)[:, :1], (1, 2))
    else:
        other = own
    rows = []
    for arm in (1, 2):
        mine = (data.treatment == 0) | (data.treatment == arm)
        given = order[mine, arm - 1], data.treatment[mine] == arm, y[mine]
        say = {"risk": other[mine, arm - 1], "seed": setup.seed, "replicates": setup.replicates}
        row = {"outcome": outcome, "arm": ARMS[arm], "learner": learner}
        row["alone"] = judge_targeting(*given, **say).as_dict()
        if learner == CHOSEN:
            row["joint"] = judge_targeting(*given, **say, confidence=JOINT).as_dict()
        rows.append(row)
    return rows


def policies(data: Hillstrom, outcome: str, found: dict[str, np.ndarray], *, seed: int = 0) -> dict[str, Any]:
    """The value per customer, by DR, of one e-mail for all, of one by lot, and of the best by each learner.

    The best is the e-mail with the larger effect, or none where both are negative; effects are out of fold.
    """
    y = data.outcomes[outcome]
    log = Logged.of(data.treatment, y, propensities=data.propensity, actions=list(ARMS), context=data.X)
    model = crossfit(log, seed=seed)
    best = {
        name: np.column_stack([np.zeros(len(y)), effect]).argmax(axis=1) for name, effect in found.items()
    }
    plans = {name: np.tile(np.eye(3)[arm], (len(y), 1)) for arm, name in enumerate(ARMS)}
    plans["by lot"] = np.full((len(y), 3), 1 / 3)
    plans |= {name: np.eye(3)[chosen] for name, chosen in best.items()}
    scores = {name: dr(log, plan, model) for name, plan in plans.items()}
    leads = {name: difference(scores[name], scores["Mens E-Mail"]) for name in scores}
    return {
        "values": {name: _three(interval(score)) for name, score in scores.items()},
        "leads": {name: _three(lead) for name, lead in leads.items() if name != "Mens E-Mail"},
        "shares": {name: [float((own == arm).mean()) for arm in range(3)] for name, own in best.items()},
    }


def _three(found: Any) -> tuple[float, float, float]:
    return found.value, found.low, found.high
