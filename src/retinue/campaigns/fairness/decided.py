"""Decisions in the shape that fairness compares: from a batch at hand, or from the receipts of past runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from retinue.decisions.arms import TREATMENT, arms_at

if TYPE_CHECKING:
    import pandas as pd

    from retinue.decisions.batch import Batch

__all__ = ["decided_in", "decided_of"]


class _Assessment(msgspec.Struct):
    churn_probability: float
    clv: float


class _Policy(msgspec.Struct):
    holdout_position: float
    withheld: tuple[str, ...] = ()


class _Decision(msgspec.Struct):
    incentive: dict[str, object] | None
    cost: float


class _Rest(msgspec.Struct):
    assessment: _Assessment
    policy: _Policy
    decision: _Decision


class _Terms(msgspec.Struct):
    holdout_share: float
    usual_share: float = 0.0


class _Run(msgspec.Struct):
    terms: _Terms


def decided_of(batch: Batch) -> pd.DataFrame:
    """The decisions of a batch on those who were neither held out nor left to business as usual."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "customer_id": list(batch.customers.customer_id),
            "offered": [decision.incentive is not None for decision in batch.decisions],
            "cost": [decision.cost for decision in batch.decisions],
            "need": batch.customers.clv * batch.customers.churn_probability,
        }
    )
    return frame[_treated(batch.holdout_position, batch.day.terms)].reset_index(drop=True)


def decided_in(files: Iterable[Path]) -> pd.DataFrame:
    """The same of the runs with these receipts. A run that made no offers at all on purpose (stopped, or
    refused as unfair) is left out: it treats everybody alike, and says nothing of how offers are given."""
    import pandas as pd
    import pyarrow.parquet as pq

    decoder = msgspec.json.Decoder(_Rest)
    parts = []
    for path in files:
        with pq.ParquetFile(path) as file:
            run = msgspec.json.decode((file.schema_arrow.metadata or {})[b"retinue.run"], type=_Run)
            table = file.read(columns=["customer_id", "rest"]).to_pydict()
        rests = [decoder.decode(text) for text in table["rest"]]
        if any({"stopped", "unfair"} & set(rest.policy.withheld) for rest in rests):
            continue
        position = np.array([rest.policy.holdout_position for rest in rests])
        frame = pd.DataFrame(
            {
                "customer_id": table["customer_id"],
                "offered": [rest.decision.incentive is not None for rest in rests],
                "cost": [rest.decision.cost for rest in rests],
                "need": [rest.assessment.clv * rest.assessment.churn_probability for rest in rests],
            }
        )
        parts.append(frame[_treated(position, run.terms)])
    if parts:
        return pd.concat(parts, ignore_index=True)
    types = {"customer_id": "str", "offered": "bool", "cost": "float64", "need": "float64"}
    return pd.DataFrame(columns=list(types)).astype(types)


def _treated(position: np.ndarray, terms: object) -> np.ndarray:
    shares = {name: getattr(terms, name) for name in ("holdout_share", "usual_share")}
    return np.asarray(arms_at(position, position, **shares) == TREATMENT)
