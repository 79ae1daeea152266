"""The side of MABWiser: learn from logged impressions, give the probability of every item to others.

    python SIDE.py DATA.npz OUT.npz POLICY

DATA.npz holds item, click and context of what was logged, `asked` (m x d), and `items`; OUT.npz receives
chance (m x A). A policy that draws is asked many times; its answers are counted.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

POLICIES = {
    "MABWiser LinUCB": LearningPolicy.LinUCB(alpha=1.0),
    "MABWiser LinTS": LearningPolicy.LinTS(alpha=0.1),
    "MABWiser Thompson sampling": LearningPolicy.ThompsonSampling(),
}
DRAWS = {"MABWiser LinTS": 20, "MABWiser Thompson sampling": 400}
"""How often a policy that draws is asked for each row; one without context is asked for one row only."""


def main() -> None:
    data, out, name = sys.argv[1:]
    with np.load(data) as stored:
        given = {key: stored[key] for key in stored.files}
    items = list(range(int(given["items"])))
    many = len(given["asked"])
    chance = np.zeros((many, len(items)))
    model = MAB(items, POLICIES[name], seed=0)
    clicks = given["click"].astype(int)
    if model.is_contextual:
        model.fit(given["item"], clicks, given["context"])
        for _ in range(DRAWS.get(name, 1)):
            chance[np.arange(many), np.asarray(model.predict(given["asked"]))] += 1
    else:
        model.fit(given["item"], clicks)
        for _ in range(DRAWS[name]):
            chance[:, model.predict()] += 1
    np.savez(out, chance=chance / chance.sum(axis=1, keepdims=True))


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
