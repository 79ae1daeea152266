"""Bandit libraries as a team would use them: MABWiser and Vowpal Wabbit, from the peers' environment.

Both see the features and attributes that every policy sees, learn from every offer they made, and take a
customer who has not left yet, up to 13 weeks after the offer, for a success: the reward most easily to hand.
They learn anew from their whole log each week. The riskiest get what
they draw until the budget ends.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.exchange import PEERS, ask
from benchmarks.loop.play import History, Situation
from benchmarks.loop.rivals import spend
from benchmarks.loop.score import HORIZON_WEEKS
from retinue.simulation.parameters import ARMS

__all__ = ["LIBRARIES", "Library", "there"]

HERE = Path(__file__).parent
LIBRARIES = {"MABWiser, LinTS": "mabwiser", "Vowpal Wabbit, DR": "vowpalwabbit"}
"""Names of the policies, and the package that each needs."""
AT_RISK, LEAST = 0.4, 50
Floats = NDArray[np.float64]
Arms = NDArray[np.int64]


def there(name: str, python: Path = PEERS) -> bool:
    """Whether the package of a policy is installed in the peers' environment."""
    return any((python.parent.parent / "lib").glob(f"python3*/site-packages/{LIBRARIES[name]}"))


@dataclass
class Library:
    """One library; at first, with fewer than 50 on record, arms are drawn evenly."""

    name: str
    seed: int = 1
    python: Path = PEERS
    _log: list[tuple[int, NDArray[np.int64], Arms, Floats, Floats]] = field(default_factory=list)

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        rows = np.flatnonzero(now.free & (now.risk > AT_RISK))
        context = _context(now, rows)
        rng = np.random.default_rng([self.seed, now.week])
        chance = np.full((rows.size, len(ARMS)), 1 / len(ARMS))
        if sum(len(who) for _, who, *_ in self._log) >= LEAST and rows.size:
            chance = self._ask(history, now.week, context)
        drawn = (chance.cumsum(axis=1) > rng.random((rows.size, 1))).argmax(axis=1)
        wanted = np.zeros(now.risk.size, dtype=np.int64)
        wanted[rows] = drawn
        arms = spend(now, wanted)
        # Who was drawn to get nothing is learned from too; whom the budget left out is not.
        kept = np.flatnonzero(arms[rows] == drawn)
        taken = rows[kept]
        self._log.append(
            (now.week, now.view.who[taken], arms[taken], context[kept], chance[kept, drawn[kept]])
        )
        return arms, np.full(now.risk.size, np.nan)

    def _ask(self, history: History, week: int, context: Floats) -> Floats:
        stayed = [~history.left_by(who, min(week, then + HORIZON_WEEKS)) for then, who, *_ in self._log]
        given = {
            "arm": np.concatenate([arms for _, _, arms, _, _ in self._log]),
            "stayed": np.concatenate(stayed).astype(np.float64),
            "context": np.concatenate([known for _, _, _, known, _ in self._log]),
            "chance": np.concatenate([chance for *_, chance in self._log]),
            "asked": context,
            "arms": np.array(len(ARMS)),
            "seed": np.array(self.seed * 1_000 + week),
        }
        with tempfile.TemporaryDirectory() as folder:
            script = HERE / "library_peer.py"
            return ask(script, given, LIBRARIES[self.name], python=self.python, work=Path(folder))["chance"]


def _context(now: Situation, rows: NDArray[np.intp]) -> Floats:
    """Risk, revenue, notice and the customer's attributes, each between about -3 and 3 (rows x d)."""
    view = now.view
    numbers = [
        np.ones(rows.size),
        2 * now.risk[rows] - 1,
        np.log(view.monthly[rows]) - np.log(view.monthly).mean(),
        view.notice[rows].astype(np.float64),
    ]
    kinds = [
        (codes[rows] == value).astype(np.float64)
        for name in ("size", "plan", "annual")
        for codes in (view.attributes[name],)
        for value in range(1, 4)
    ]
    return np.column_stack([*numbers, *kinds])
