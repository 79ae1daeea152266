"""What a feature, and a family, is worth to the product's own model on the part that judges it.

Two questions, since either alone misleads. A column that another one stands in for loses nothing when it is
shuffled (`benchmarks.worth.shuffle`), so *leaving the family out* and training again asks what the family
as a whole adds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmarks.worth.shuffle import Loss, Shuffle, influence, variance
from retinue.churn.metrics import Scored, bootstrap_weights
from retinue.churn.rows import Rows, judged_rows
from retinue.churn.split import sample_customers, split_by_customer

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.worth.sets import Learned
    from retinue.churn.model import TrainedModel

__all__ = ["ALIKE", "REPLICATES", "Worth", "judge", "judging_rows"]

Vector = npt.NDArray[np.float64]

ALIKE = 0.9
REPLICATES = 200


@dataclass(frozen=True, slots=True)
class Worth:
    """What was found on one data set.

    rows, churned: of the part that judges.
    auc: of the whole model on it, with its interval.
    features: name → loss when shuffled; only columns that the model was given.
    together: name → loss when shuffled with all that order the customers alike (|rank correlation| ≥ ALIKE);
        only where there are such.
    families: name → loss when left out.
    alone: name → what the column alone adds to an AUC of one half; below 0 where less of it means leaving.
    constant: columns that were there but the same for everybody.
    alike: name → other feature → rank correlation, for those at or above ALIKE.
    partner: name → (the feature with the highest |rank correlation|, that correlation).
    """

    kind: str
    split: str
    rows: int
    churned: int
    auc: Loss
    features: dict[str, Loss]
    together: dict[str, Loss]
    families: dict[str, Loss]
    alone: dict[str, Loss]
    constant: tuple[str, ...]
    alike: dict[str, dict[str, float]]
    partner: dict[str, tuple[str, float]]


def judge(
    learned: Learned,
    families: Mapping[str, str],
    *,
    seeds: int = 3,
    say: Callable[[str], None] = lambda _: None,
) -> Worth | None:
    """Train as a run does, shuffle every column, leave out every family; None where no model can be judged.

    `families` gives the family of each column; columns without one are never left out.
    """
    model = _trained(learned, learned.frame)
    if model is None or model.evaluation.measure("auc").value is None:
        return None
    rows = judging_rows(learned, model)
    scores = model.score.log_odds(model.encoding.matrix(rows.frame))
    auc = Drawn(rows)
    whole = auc.of(model.calibration.probability(scores))
    if not np.isclose(whole[0], float(model.evaluation.measure("auc").value or np.nan), atol=1e-6):
        raise RuntimeError("the rows judged here are not the rows the model was judged on")
    names = model.encoding.names
    say(f"{model.kind}, {len(names)} features, AUC {whole[0]:.3f} on {len(rows.outcome):,} rows")
    correlation = _correlation(rows.frame, names)
    alike = {
        n: {m: float(c) for m, c in zip(names, row, strict=True) if abs(c) >= ALIKE}
        for n, row in zip(names, correlation, strict=True)
    }
    best = np.abs(correlation).argmax(axis=1)
    shuffle = Shuffle(model, rows, seeds)
    together = {name: frozenset([name, *others]) for name, others in alike.items() if others}
    lost = {group: shuffle.loss(sorted(group)) for group in sorted(set(together.values()), key=sorted)}
    return Worth(
        kind=model.kind,
        split=str(model.evaluation.split_by),
        rows=len(rows.outcome),
        churned=int(rows.outcome.sum()),
        auc=_loss(whole[0], whole[1:]),
        features={name: shuffle.loss([name]) for name in names},
        together={name: lost[group] for name, group in together.items()},
        families=_left_out(learned, model, families, auc, say),
        alone={name: _alone(rows, name) for name in names},
        constant=tuple(c for c in learned.frame.columns if c in families and c not in names),
        alike=alike,
        partner={
            n: (names[int(b)], float(correlation[i, b]))
            for i, (n, b) in enumerate(zip(names, best, strict=True))
        },
    )


def judging_rows(learned: Learned, model: TrainedModel) -> Rows:
    """The part that judged the model, cut again from the same rows."""
    rows = judged_rows(learned.frame, learned.labels)
    used = rows.where(
        sample_customers(rows.frame["customer_id"], learned.settings.training_rows, seed=learned.seed)
    )
    if model.evaluation.split_by == "customer":
        return used.where(split_by_customer(used.frame["customer_id"], seed=learned.seed, why="").test)
    first = np.datetime64(str(model.evaluation.parts["test"]["first"]))
    return used.where(used.frame["as_of"].to_numpy() >= first)


class Drawn:
    """AUC on the same rows for many scores: plain, and on the same draws of whole customers."""

    def __init__(self, rows: Rows) -> None:
        _, groups = np.unique(rows.frame["customer_id"].to_numpy(dtype=str), return_inverse=True)
        self.outcome = rows.outcome
        self.weights = np.vstack(
            [np.ones((1, len(groups))), *bootstrap_weights(groups, replicates=REPLICATES, seed=1)]
        )

    def of(self, score: Vector) -> Vector:
        """The plain AUC, then one per draw."""
        return Scored(score, self.outcome).auc(self.weights)


def _trained(learned: Learned, frame: pd.DataFrame) -> TrainedModel | None:
    from retinue.churn import train
    from retinue.churn.model import TrainedModel

    model = train(
        frame, learned.labels, settings=learned.settings, definition=learned.definition, seed=learned.seed
    )
    return model if isinstance(model, TrainedModel) else None


def _left_out(
    learned: Learned,
    model: TrainedModel,
    families: Mapping[str, str],
    auc: Drawn,
    say: Callable[[str], None],
) -> dict[str, Loss]:
    """The loss of AUC when the model is trained again without a family, on the same draws of customers."""
    rows = judging_rows(learned, model)
    whole = auc.of(model.score.log_odds(model.encoding.matrix(rows.frame)))
    found = {}
    for family in dict.fromkeys(families[n] for n in model.encoding.names if n in families):
        dropped = [c for c in learned.frame.columns if families.get(c) == family]
        without = _trained(learned, learned.frame.drop(columns=dropped))
        if without is None:
            continue
        less = auc.of(without.score.log_odds(without.encoding.matrix(rows.frame)))
        found[family] = _loss(whole[0] - less[0], whole[1:] - less[1:])
        say(f"without {family}: {found[family].value:+.4f}")
    return found


def _alone(rows: Rows, name: str) -> Loss:
    """AUC of the column itself, less one half; a missing value ranks lowest."""
    values = rows.frame[name].to_numpy(dtype=float)
    auc, moved = influence(np.where(np.isnan(values), -np.inf, values), rows.outcome)
    _, customer = np.unique(rows.frame["customer_id"].to_numpy(dtype=str), return_inverse=True)
    return Loss.around(auc - 0.5, np.sqrt(variance(moved, customer)))


def _loss(value: float, draws: Vector) -> Loss:
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Loss(float(value), float(np.nanstd(draws, ddof=1)), float(low), float(high))


def _correlation(frame: pd.DataFrame, names: Sequence[str]) -> Vector:
    """Rank correlation of every two columns, 0 of each with itself; missing values rank lowest."""
    ranks = frame[list(names)].rank(na_option="top").to_numpy(dtype=float)
    ranks = ranks - ranks.mean(axis=0)
    size = np.sqrt((ranks**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Vector = np.nan_to_num((ranks.T @ ranks) / np.outer(size, size))
    np.fill_diagonal(found, 0.0)
    return found
