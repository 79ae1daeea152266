"""Two snapshots of the same customers' features, a while apart: some features moved, most did not.

The kinds are those of the catalogue: counts with few values, counts with many, amounts with a long tail and
many zeros, ratios, shares, days with a customer in ten unknown. Written as Retinue writes snapshots.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["write_sides"]

ROWS_A_GROUP = 250_000
Vector = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, float], Vector]


def _days(rng: np.random.Generator, rows: int, shift: float) -> Vector:
    found = rng.exponential(30 * (1 + shift), rows)
    found[rng.random(rows) < 0.1] = np.nan
    return found


KINDS: dict[str, Draw] = {
    "logins": lambda rng, rows, shift: rng.poisson(2 * (1 + shift), rows).astype(float),
    "events": lambda rng, rows, shift: rng.negative_binomial(2, 0.05 / (1 + shift), rows).astype(float),
    "amount": lambda rng, rows, shift: rng.lognormal(3 + shift, 1, rows) * (rng.random(rows) < 0.7),
    "change": lambda rng, rows, shift: rng.lognormal(shift, 0.5, rows),
    "share": lambda rng, rows, shift: rng.beta(2 * (1 + shift), 5, rows),
    "days": _days,
}


def write_sides(folder: Path, *, features: int, rows: int, seed: int) -> tuple[Path, Path]:
    """Write `reference.parquet` and `current.parquet`; a feature in five has moved. The two paths.

    They are kept when they are there already with as many rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    paths = (folder / f"reference-{rows}.parquet", folder / f"current-{rows}.parquet")
    for side, path in enumerate(paths):
        if path.exists():
            continue
        rng = np.random.default_rng([seed, side])
        columns: dict[str, Vector] = {}
        for number in range(features):
            kind = list(KINDS)[number % len(KINDS)]
            moved = 0.3 if side and number % 5 == 0 else 0.0
            columns[f"{kind}_{number}"] = KINDS[kind](rng, rows, moved)
        draft = path.with_suffix(".draft")
        pq.write_table(
            pa.table(columns),
            draft,
            row_group_size=ROWS_A_GROUP,
            use_dictionary=False,
            compression="zstd",
            compression_level=1,
        )
        draft.replace(path)
    return paths
