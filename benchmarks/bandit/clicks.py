"""The small Open Bandit logs: which item was shown where, to whom, and was it clicked?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["CAMPAIGNS", "Clicks", "read"]

CAMPAIGNS = ("men", "women")
SELDOM = 50
"""Values of a user feature with fewer impressions are one value."""


@dataclass(frozen=True)
class Clicks:
    """One campaign: n impressions of the random policy among A items, and what the bts policy did meanwhile.

    item, click, position: of the random log (n). context: positions and user features as 0/1 columns (n x d).
    affinity: of the user to every item (n x A). about: the items' features as 0/1 columns and one number
    (A x f). bts: the share of each item in the bts log, by position (3 x A). bts_clicks: of its impressions.
    """

    campaign: str
    item: np.ndarray
    click: np.ndarray
    position: np.ndarray
    context: np.ndarray
    affinity: np.ndarray
    about: np.ndarray
    bts: np.ndarray
    bts_clicks: np.ndarray

    @property
    def items(self) -> int:
        return self.affinity.shape[1]


def read(folder: Path, campaign: str) -> Clicks:
    """The logs of one campaign; the propensity of the random policy must be 1 / A throughout."""
    log, bts = (pd.read_parquet(folder / f"{policy}_{campaign}.parquet") for policy in ("random", "bts"))
    about = pd.read_parquet(folder / f"random_{campaign}_items.parquet").sort_values("item_id")
    many = len(about)
    if not np.allclose(log["propensity_score"], 1 / many, rtol=1e-3):
        raise ValueError(f"The random log of {campaign} was not drawn evenly among {many} items.")
    kinds = [column for column in about.columns if column.startswith("item_feature") and column[-1] != "0"]
    number = about["item_feature_0"].to_numpy(np.float64)
    scaled = (number - number.mean()) / (number.std() or 1.0)
    shown = np.zeros((3, many))
    np.add.at(shown, (bts["position"].to_numpy() - 1, bts["item_id"].to_numpy()), 1.0)
    return Clicks(
        campaign,
        log["item_id"].to_numpy(np.intp),
        log["click"].to_numpy(np.float64),
        log["position"].to_numpy(np.intp) - 1,
        _context(log),
        log[[f"user-item_affinity_{item}" for item in range(many)]].to_numpy(np.float64),
        np.column_stack([scaled, pd.get_dummies(about[kinds].astype(str)).to_numpy(np.float64)]),
        shown / shown.sum(axis=1, keepdims=True),
        bts["click"].to_numpy(np.float64),
    )


def _context(log: pd.DataFrame) -> np.ndarray:
    parts = [pd.get_dummies(log["position"]).to_numpy(np.float64)]
    for feature in (column for column in log.columns if column.startswith("user_feature")):
        values = log[feature].astype(str)
        many = values.map(values.value_counts())
        parts.append(pd.get_dummies(values.where(many >= SELDOM, "rest")).to_numpy(np.float64))
    return np.hstack(parts)
