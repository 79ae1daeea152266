"""The customer-dates that have an outcome, and whether there are enough of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.errors import DataError
from retinue.settings import ChurnSettings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "facts_of", "judged_rows", "lacking"]

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Judged rows: features, outcome, durations; and what was left out, in words."""

    frame: pd.DataFrame
    outcome: Vector
    duration: Vector
    observed: Vector
    notes: tuple[str, ...]

    def where(self, mask: npt.NDArray[np.bool_]) -> Rows:
        """The rows that the mask chooses; these very rows when it chooses all."""
        if mask.all():
            return self
        frame = self.frame[mask].reset_index(drop=True)
        return Rows(frame, self.outcome[mask], self.duration[mask], self.observed[mask], self.notes)


def judged_rows(frame: pd.DataFrame, labels: pd.DataFrame) -> Rows:
    """The rows that have an outcome, in a fixed order."""
    keys = [k for k in ("as_of", "customer_id") if k in frame.columns and k in labels.columns]
    if not len(frame) or not len(labels):
        empty = np.empty(0)
        return Rows(frame.iloc[:0], empty, empty, empty, ("There are no rows to learn from.",))
    if "customer_id" not in keys:
        raise DataError(
            "Frame and labels need a column customer_id to be joined by.",
            where="churn training",
            fix="Give customer_id (and as_of for snapshots of several dates) in both.",
        )
    wanted = [c for c in ("churned", "duration_days", "observed", "state") if c in labels.columns]
    told = labels[[*keys, *wanted]].rename(columns={c: f"_{c}" for c in wanted})
    # Joined by the keys alone: the features, which are large, are copied once, at the end.
    merged = frame[keys].assign(_row=np.arange(len(frame)))
    merged = merged.merge(told, on=keys, how="left", validate="one_to_one")
    merged = merged.sort_values(keys, kind="stable", ignore_index=True)
    known = ~np.isnan(merged["_churned"].to_numpy(dtype=float))
    notes = [] if known.all() else [_left_out(merged, known)]
    kept = merged[known]

    def column(name: str) -> Vector:
        if name not in kept.columns:
            return np.full(len(kept), np.nan)
        values: Vector = kept[name].to_numpy(dtype=float)
        return values

    features = frame[[c for c in frame.columns if not c.startswith("_")]].take(kept["_row"].to_numpy())
    features = features.reset_index(drop=True)
    return Rows(features, column("_churned"), column("_duration_days"), column("_observed"), tuple(notes))


def _left_out(merged: pd.DataFrame, known: npt.NDArray[np.bool_]) -> str:
    count = int((~known).sum())
    note = f"{count:,} of {len(merged):,} customer-dates have no outcome"
    if "_state" in merged.columns:
        states = merged["_state"][~known].value_counts()
        words = {"gone": "already gone", "too_new": "too new", "active": "censored"}
        told = [f"{int(states[s]):,} {words[s]}" for s in ("gone", "too_new", "active") if s in states]
        note += f" ({', '.join(told)})" if told else ""
    return note + "."


def lacking(rows: Rows, settings: ChurnSettings, where: str, share: float = 1.0) -> str | None:
    """Why the rows do not suffice, or None. Customers are counted, not their dates."""
    least = int(settings.minimum_churners * share)
    if not len(rows.outcome):
        return "No customer was active with a complete label window."
    churners = rows.frame["customer_id"][rows.outcome == 1].nunique()
    stayers = rows.frame["customer_id"][rows.outcome == 0].nunique()
    if min(churners, stayers) < least:
        return f"{where} {churners} churning and {stayers} staying customers; a model needs {least} of each."
    return None


def facts_of(part: Rows) -> dict[str, Any]:
    """Size of a part and, for dated rows, its first and last date."""
    facts: dict[str, Any] = {
        "rows": len(part.outcome),
        "customers": int(part.frame["customer_id"].nunique()),
        "churned_rows": int(part.outcome.sum()),
    }
    if "as_of" in part.frame.columns and len(part.outcome):
        dates = part.frame["as_of"]
        facts |= {"first": dates.min().isoformat(), "last": dates.max().isoformat()}
        facts["dates"] = int(dates.nunique())
    return facts
