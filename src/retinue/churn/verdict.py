"""The upshot of an evaluation, in words that the numbers carry."""

from __future__ import annotations

from collections.abc import Mapping

from retinue.churn.evaluate import Measure

__all__ = ["verdict"]

NAMES = {"recency": "recency alone", "logistic": "logistic regression"}


def verdict(models: Mapping[str, Mapping[str, Measure]], differences: Mapping[str, Measure]) -> str:
    """Whether the model tells churners from others, and whether it beats each baseline.

    A claim is made only when a 95 % interval excludes chance (AUC 0.5) or equality (difference 0).

    >>> shown = verdict({"model": {"auc": Measure(0.8, 0.7, 0.9)}}, {"recency": Measure(0.1, 0.05, 0.15)})
    >>> print(shown.replace(") and", ")\\nand"))
    The model tells churners from stayers (AUC 0.80, 0.70 to 0.90)
    and ranks better than recency alone (+0.100).
    >>> verdict({"model": {"auc": Measure(0.52, 0.41, 0.63)}}, {})
    'No evidence that the model tells churners from stayers: AUC 0.52 (0.41 to 0.63).'
    """
    auc = models["model"]["auc"]
    low, high = _interval(auc)
    shown = f"{auc.value:.2f}"
    if low <= 0.5:
        return (
            f"No evidence that the model tells churners from stayers: AUC {shown} ({low:.2f} to {high:.2f})."
        )
    better: list[str] = []
    worse: list[str] = []
    unclear: list[str] = []
    for name, difference in differences.items():
        below, above = _interval(difference)
        group = better if below > 0 else worse if above < 0 else unclear
        group.append(f"{NAMES.get(name, name)} ({difference.value:+.3f})")
    parts = [f"The model tells churners from stayers (AUC {shown}, {low:.2f} to {high:.2f})"]
    if better:
        parts.append(f"ranks better than {' and '.join(better)}")
    if worse:
        parts.append(f"ranks worse than {' and '.join(worse)}")
    if unclear:
        parts.append(f"shows no evidence of ranking better than {' or '.join(unclear)}")
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) + "."


def _interval(measure: Measure) -> tuple[float, float]:
    """The interval, or one that excludes nothing when there is none."""
    if measure.low is None or measure.high is None:
        return float("-inf"), float("inf")
    return measure.low, measure.high
