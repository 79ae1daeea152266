"""What Retinue itself decided, read from the receipts of its finished runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.features.attributes import PREFIX
from retinue.incentives.response.known import NUMBERS, known_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "own_decisions"]

COLUMNS = ("decision_id", "customer_id", "decided_at", "incentive", "risk", "held_out", "under_offer", "sent")
"""`sent`: whether the offer went out by itself; false where a person had to approve it first."""


_TYPES = {
    "decision_id": "str",
    "customer_id": "str",
    "decided_at": "datetime64[us]",
    "incentive": "str",
    "risk": "float64",
    "held_out": "bool",
    "under_offer": "bool",
    "sent": "bool",
}


class _Assessment(msgspec.Struct):
    churn_probability: float
    mrr: float | None = None


class _Policy(msgspec.Struct):
    made: str | None
    held_out: bool
    under_offer: bool = False


class _Decision(msgspec.Struct):
    action_type: str


class _Rest(msgspec.Struct):
    features: dict[str, Any]
    assessment: _Assessment
    policy: _Policy
    decision: _Decision


class _Run(msgspec.Struct):
    as_of: str


def own_decisions(files: Iterable[Path]) -> pd.DataFrame:
    """One row per decision of the runs with these receipts: COLUMNS, and what is known of the customer.

    decided_at is naive UTC. The receipts are trusted as they are; `retinue verify` checks them.
    """
    import pandas as pd
    import pyarrow.parquet as pq

    decoder = msgspec.json.Decoder(_Rest)
    rows: list[tuple[Any, ...]] = []
    profiles: list[dict[str, Any]] = []
    for path in files:
        with pq.ParquetFile(path) as file:
            metadata = file.schema_arrow.metadata or {}
            run = msgspec.json.decode(metadata[b"retinue.run"], type=_Run)
            table = file.read(columns=["decision_id", "customer_id", "rest"]).to_pydict()
        decided = pd.Timestamp(run.as_of).tz_convert("UTC").tz_localize(None)
        for name, customer, text in zip(*table.values(), strict=True):
            rest = decoder.decode(text)
            rows.append(
                (
                    name,
                    customer,
                    decided,
                    rest.policy.made or "none",
                    rest.assessment.churn_probability,
                    rest.policy.held_out,
                    rest.policy.under_offer,
                    rest.decision.action_type != "manual_review",
                    rest.assessment.mrr,
                )
            )
            wanted = {k: v for k, v in rest.features.items() if k.startswith(PREFIX) or k in NUMBERS}
            profiles.append(wanted)
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "mrr"]).astype(_TYPES)
    revenue = pd.to_numeric(frame.pop("mrr"), errors="coerce").to_numpy(dtype="float64")
    known = known_of(pd.DataFrame(profiles, index=frame.index), revenue)
    return pd.concat([frame, known], axis=1)
