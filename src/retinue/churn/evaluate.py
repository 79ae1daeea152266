"""How good a churn model is on the last part, beside its rivals, with intervals.

Every number has a 95 % interval from drawing whole customers with replacement (bootstrap percentiles), since
the rows of one customer are not independent. The difference of two AUCs is drawn on the same customers.
The threshold for the best F1 is chosen on the middle part, never on the part that judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.churn.metrics import Scored, bootstrap_weights

if TYPE_CHECKING:
    from retinue.progress import Tell

__all__ = ["LEAST_OUTCOMES", "REPLICATES", "Evaluation", "Measure", "compare"]

Vector = npt.NDArray[np.float64]

LEAST_OUTCOMES = 10
"""With fewer churners or stayers to judge by, no number is given."""
REPLICATES = 400
INTERVAL = 0.95
UNDEFINED_SHARE = 0.10
"""An interval is withheld when more than this share of the draws leaves the measure undefined."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A value with its interval, or null with the reason."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None

    def __str__(self) -> str:
        if self.value is None:
            return f"unknown ({self.reason})"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is known about a model's quality. All of it is JSON-ready through `as_dict`.

    `models` holds the measures of `model`, `recency` and `logistic` by name (`auc`, `log_loss`, `brier`,
    `calibration_error`, `lift_at_10`, `precision_at_threshold`, …). `differences` holds the model's AUC minus
    each baseline's. `reason` says why there are no numbers, when there are none; `notes` what was left out,
    sampled or assumed; `verdict` the upshot in a sentence or two.
    """

    definition: str
    horizon_days: int | None
    grace_days: int | None
    verdict: str
    split_by: str | None = None
    split_why: str = ""
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)
    differences: Mapping[str, Measure] = field(default_factory=dict)
    curve: tuple[Mapping[str, float | int], ...] = ()
    calibration: Mapping[str, str] = field(default_factory=dict)
    baselines: Mapping[str, str] = field(default_factory=dict)
    timing: Mapping[str, Any] = field(default_factory=dict)
    interval: float = INTERVAL
    reason: str | None = None
    notes: tuple[str, ...] = ()

    def measure(self, name: str, model: str = "model") -> Measure:
        """One measure; null with the reason when it was not taken.

        >>> Evaluation("inactivity", 90, 0, "none", reason="no data").measure("auc").value is None
        True
        """
        found = self.models.get(model, {}).get(name)
        return found or Measure(None, reason=self.reason or self.baselines.get(model, "not measured"))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"curve": [dict(row) for row in self.curve], "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Evaluation:
        models = {
            model: {name: Measure(**m) for name, m in measures.items()}
            for model, measures in body["models"].items()
        }
        differences = {name: Measure(**m) for name, m in body["differences"].items()}
        return cls(
            **{
                **body,
                "models": models,
                "differences": differences,
                "curve": tuple(body["curve"]),
                "notes": tuple(body["notes"]),
            }
        )


def compare(
    probabilities: Mapping[str, Vector],
    outcome: Vector,
    groups: npt.NDArray[np.int64],
    thresholds: Mapping[str, float],
    *,
    seed: int,
    progress: Tell | None = None,
) -> tuple[dict[str, dict[str, Measure]], dict[str, Measure]]:
    """Every measure of every model on the same rows, and the AUC differences of `model` to the others.

    `groups` numbers the customer of each row; `thresholds` names operating points; `progress` is told the
    share of the draws that have been measured.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    churners = int(outcome.sum())
    least = min(churners, len(outcome) - churners)
    if least < LEAST_OUTCOMES:
        return {}, {}
    scored = {name: Scored(p, outcome) for name, p in probabilities.items()}
    with threadpool_limits(1):
        plain = {name: _measures(s, np.ones((1, len(outcome))), thresholds) for name, s in scored.items()}
        drawn: dict[str, dict[str, list[Vector]]] = {
            name: {m: [] for m in measures} for name, measures in plain.items()
        }
        done = 0
        for weights in bootstrap_weights(groups, replicates=REPLICATES, seed=seed):
            for name, rows in scored.items():
                for measure, values in _measures(rows, weights, thresholds).items():
                    drawn[name][measure].append(values)
            done += len(weights)
            if progress is not None:
                progress(done / REPLICATES)
    replicates = {name: {m: np.concatenate(chunks) for m, chunks in ms.items()} for name, ms in drawn.items()}
    models = {
        name: {m: _with_interval(m, float(v[0]), replicates[name][m]) for m, v in ms.items()}
        for name, ms in plain.items()
    }
    differences = {
        name: _with_interval(
            "auc_difference",
            float(plain["model"]["auc"][0] - plain[name]["auc"][0]),
            replicates["model"]["auc"] - replicates[name]["auc"],
        )
        for name in plain
        if name != "model"
    }
    return models, differences


def _measures(rows: Scored, weights: Any, thresholds: Mapping[str, float]) -> dict[str, Vector]:
    values = {
        "auc": rows.auc(weights),
        "log_loss": rows.log_loss(weights),
        "brier": rows.brier(weights),
        "calibration_error": rows.calibration_error(weights),
        "lift_at_10": rows.lift(weights),
    }
    for name, threshold in thresholds.items():
        values[f"precision_{name}"] = rows.precision(weights, threshold)
        values[f"recall_{name}"] = rows.recall(weights, threshold)
    return values


def _with_interval(name: str, value: float, drawn: Vector) -> Measure:
    """The value with an interval that holds it: draws of whole customers are hardly ever calibrated better
    than the customers themselves, so that percentiles of the calibration error may lie above it."""
    if np.isnan(value):
        return Measure(None, reason="no customer lies above the threshold")
    defined = drawn[~np.isnan(drawn)]
    if len(defined) < (1 - UNDEFINED_SHARE) * len(drawn):
        return Measure(round(value, 6), reason="too few customers above the threshold for an interval")
    tail = 50 * (1 - INTERVAL)
    low, high = np.percentile(defined, [tail, 100 - tail])
    ends = min(float(low), value), max(float(high), value)
    return Measure(round(value, 6), round(ends[0], 6), round(ends[1], 6))
