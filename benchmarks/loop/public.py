"""Retinue as its users have it: files in, a campaign out, once a week, with its own scores and values.

Nothing of the comparison's shared score is used. A workspace is made in a folder of its own; each week the
rows that the business has learned since are written as files, `Retinue.run` loads them, decides under the
week's budget and writes a campaign, and every offer in it is made. Offers that wait for a person are made
too, and put on record as that person would.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.play import History, Situation
from retinue import Retinue
from retinue.simulation import World
from retinue.simulation.parameters import ARMS

__all__ = ["Public"]

Arms = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass
class Public:
    """The product through its door. settings: overrides of the defaults, as in `retinue.toml`."""

    name: str = "Retinue, through its door"
    settings: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"decisions": {"act_above": 0.15, "monitor_up_to": 0.15}}
    )
    folder: Path | None = None
    _since: datetime | None = None
    _made: list[dict[str, Any]] = field(default_factory=list)

    def decide(self, now: Situation, history: History) -> tuple[Arms, Floats]:
        world = history.world
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="retinue-loop-"))
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        world.write(data, since=self._since)
        self._since = world.now
        self._note(data)
        with Retinue(self.folder / "workspace", overrides=self.settings, clock=world.now) as retinue:
            result = retinue.run(world.now, data=data, budget=Decimal(str(now.budget)))
        return self._act(now, world, result.campaign["actions"])

    def _act(self, now: Situation, world: World, actions: list[dict[str, Any]]) -> tuple[Arms, Floats]:
        arms = np.zeros(now.view.who.size, dtype=np.int64)
        chance = np.full(now.view.who.size, np.nan)
        ids = world.ids()[now.view.who]
        row = {str(customer): place for place, customer in enumerate(ids)}
        for action in actions:
            place = row.get(action["customer_id"], -1)
            if place < 0:  # left at this very moment, which the files tell next week
                continue
            arms[place] = ARMS.index(action["incentive_id"])
            chance[place] = action["propensities"][action["incentive_id"]]
            if action["action_type"] == "manual_review" and action["incentive_id"] != "none":
                self._made.append(
                    {
                        "decision_id": action["decision_id"],
                        "customer_id": action["customer_id"],
                        "incentive": action["incentive_id"],
                        "cost": action["cost"],
                        "executed_at": world.now.strftime("%Y-%m-%d %H:%M:%S"),
                    }
                )
        return arms, chance

    def _note(self, data: Path) -> None:
        """Put on record what a person approved last week."""
        if not self._made:
            return
        with (data / "interventions.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(self._made[0]))
            writer.writeheader()
            writer.writerows(self._made)
        self._made = []
