"""Rows that would show a wrong conversion."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest

__all__ = ["probes"]

SMALL = (0.0, -0.0, 1e-36, -1e-36, 1e-34, -1e-34, 0.5, -0.5, -1.0, 1e300, np.inf, -np.inf, np.nan)


def probes(forest: Forest) -> npt.NDArray[np.float64]:
    """Every edge of every feature, its neighbours on both sides, and what is odd, in shuffled combinations.

    The least double above an edge, infinities, missing values, numbers that LightGBM reads as 0, and codes of
    no category are among them. The same forest gives the same rows.
    """
    rng = np.random.default_rng(0)
    pools = []
    for edges in forest.edges:
        near = [edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]
        between = [(edges[1:] + edges[:-1]) / 2] if len(edges) > 1 else []
        pools.append(np.concatenate([*near, *between, SMALL]))
    rows = max(len(pool) for pool in pools)
    return np.column_stack(
        [np.concatenate([rng.permutation(pool), rng.choice(pool, rows)])[:rows] for pool in pools]
    )
