"""Policies learned on one half of the random policy's log, judged on the other half, and the reverse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bandit import ours
from benchmarks.bandit.clicks import Clicks
from benchmarks.exchange import PeerMissing, ask
from retinue.learning import Logged, crossfit, dr, interval, judge, snips
from retinue.learning.off_policy.crossfit import folds_of
from retinue.learning.off_policy.diagnostics import effective_sample_size
from retinue.learning.off_policy.evaluate import bounded_difference

__all__ = ["OURS", "PEERS", "measure"]

HERE = Path(__file__).parent
OURS = "Retinue, Thompson sampling"
PEERS = {
    "MABWiser LinUCB": "mabwiser_peer.py",
    "MABWiser LinTS": "mabwiser_peer.py",
    "MABWiser Thompson sampling": "mabwiser_peer.py",
    "Vowpal Wabbit, epsilon 0.05": "vowpal_peer.py",
    "Vowpal Wabbit, bag of 10": "vowpal_peer.py",
}
BTS = "bts, as logged"
Say = Callable[[str], None]


def measure(data: Clicks, say: Say, *, python: Path | None, work: Path, seed: int = 0) -> dict[str, Any]:
    """What the page shows of one campaign; peers that cannot run are named with their reason."""
    n, many = len(data.item), data.items
    half = folds_of(np.arange(n), 2, seed=seed)
    even = np.full((n, many), 1 / many)
    log = Logged.of(data.item, data.click, propensities=even, context=data.context)
    plans = {
        "uniform": even,
        BTS: data.bts[data.position],
        OURS: _by_half(half, many, lambda rest, own: _thompson(data, rest, own, seed)),
    }
    missing: dict[str, str] = {}
    for name, script in PEERS.items():
        say(f"{data.campaign}: {name}")
        if python is None:
            missing[name] = "the peers' environment is not there: make peers"
            continue
        try:
            plans[name] = _by_half(half, many, _peer(data, HERE / script, name, python, work))
        except PeerMissing as reason:
            missing[name] = str(reason)
    judged = crossfit(log, folds=5, learner="ridge", seed=seed + 1)
    rows = [_row(name, log, plan, plans[OURS], even, judged) for name, plan in plans.items()]
    return {
        "campaign": data.campaign,
        "impressions": n,
        "items": many,
        "clicks": int(data.click.sum()),
        "rows": rows,
        "missing": missing,
        "bts": _rate(data.bts_clicks),
    }


def _by_half(half: np.ndarray, many: int, learned: Any) -> np.ndarray:
    plan = np.empty((len(half), many))
    for part in (0, 1):
        plan[half == part] = learned(np.flatnonzero(half != part), np.flatnonzero(half == part))
    return plan


def _thompson(data: Clicks, rest: np.ndarray, own: np.ndarray, seed: int) -> np.ndarray:
    centred = data.context - data.context[rest].mean(axis=0)
    model = ours.response(data.item[rest], data.click[rest], centred[rest], data.items)
    return np.tile(ours.items_by_chance(model, seed=seed), (len(own), 1))


def _peer(data: Clicks, script: Path, name: str, python: Path, work: Path) -> Any:
    def learned(rest: np.ndarray, own: np.ndarray) -> np.ndarray:
        arrays = {
            "item": data.item[rest],
            "click": data.click[rest],
            "context": data.context[rest],
            "affinity": data.affinity[rest],
            "about": data.about,
            "asked": data.context[own],
            "asked_affinity": data.affinity[own],
            "items": np.array(data.items),
        }
        return ask(script, arrays, name, python=python, work=work)["chance"]

    return learned


def _row(
    name: str, log: Logged, plan: np.ndarray, own: np.ndarray, even: np.ndarray, model: np.ndarray
) -> dict[str, Any]:
    own_choice = (
        log.taken(plan) > 1 / len(log.actions) + 1e-9 if name != "uniform" else np.ones(len(log), bool)
    )
    row: dict[str, Any] = {
        "policy": name,
        "snips": _three(interval(snips(log, plan))),
        "dr": _three(interval(dr(log, plan, model))),
        "size": effective_sample_size(log, plan),
        "clicks": int(log.reward[own_choice].sum()),
        "over_uniform": None,
        "over_ours": None,
        "gate": None,
    }
    if name != "uniform":
        row["over_uniform"] = _three(bounded_difference(log, even, plan, model))
        verdict = judge(log, even, plan, outcome=model)
        row["gate"] = {"promote": verdict.promote, "why": verdict.reasons[0]}
    if name not in (OURS, "uniform"):
        row["over_ours"] = _three(bounded_difference(log, own, plan, model))
    return row


def _three(found: Any) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def _rate(clicks: np.ndarray) -> tuple[float, float, float]:
    """A share of clicks with Wilson's 95 % interval."""
    n, share, z = len(clicks), float(clicks.mean()), 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return share, middle - half, middle + half
