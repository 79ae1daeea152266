"""What a customer is worth, how likely they leave, and in which group they are: the models asked together.

The same function serves the run and the replay of one decision, so that both get the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from retinue.decisions.rules import risk_level
from retinue.decisions.terms import Terms
from retinue.domain import Reason

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from retinue.decisions.artefacts import ModelStore

__all__ = ["ASSESSMENT_COLUMNS", "TREES", "Models", "assess", "monthly_revenue", "risk_levels", "subscribed"]

ASSESSMENT_COLUMNS = (
    "customer_id",
    "as_of",
    "churn_probability",
    "raw_score",
    "risk_level",
    "time_to_churn_days",
    "clv",
    "clv_low",
    "clv_high",
    "p_alive",
    "value_tier",
    "segment",
    "mrr",
)
"""The columns of an assessment; `mrr` is the monthly revenue, with or without a contract."""

TREES = "trees"
"""What the converted trees beside a churn model are called."""
_DAYS_PER_MONTH = 365.25 / 12


class _Churn(Protocol):
    def predict(self, frame: pd.DataFrame, /) -> pd.DataFrame: ...

    def explain(self, frame: pd.DataFrame, /, *, top: int) -> Sequence[tuple[Reason, ...]]: ...


class _Value(Protocol):
    def value(self, frame: pd.DataFrame, /) -> pd.DataFrame: ...


class _Segments(Protocol):
    def assign(self, frame: pd.DataFrame, /) -> pd.Series[Any]: ...


@dataclass(frozen=True, slots=True)
class Models:
    """The models that assess; without `segments` the segment is an empty name."""

    churn: _Churn
    clv: _Value
    segments: _Segments | None = None

    @classmethod
    def load(cls, hashes: Mapping[str, str], store: ModelStore, *, from_bytes: bool = False) -> Models:
        """The models of those hashes; keys `churn`, `clv` and, where there was one, `segments`.

        from_bytes: use nothing but the bytes that have those hashes; what was made from them and is kept
        beside them, such as the converted trees, is left alone.
        Raises ArtefactError when one is missing or was altered.
        """
        from retinue.churn import load_model as load_churn
        from retinue.clv import load_model as load_clv
        from retinue.segments import load_model as load_segments

        return cls(
            churn=load_churn(
                store.get(hashes["churn"]),
                None if from_bytes else store.beside(hashes["churn"], TREES),
            ),
            clv=load_clv(store.get(hashes["clv"])),
            segments=load_segments(store.get(hashes["segments"])) if "segments" in hashes else None,
        )


def assess(frame: pd.DataFrame, models: Models, terms: Terms) -> pd.DataFrame:
    """Assess every row of a frame of features; row-aligned, with the columns of ASSESSMENT_COLUMNS.

    Amounts in project currency, times in days. `clv` is the value given that the customer is still there.
    On an occasion that states a churn probability, that one counts instead of the model's.
    """
    import numpy as np
    import pandas as pd

    from retinue.segments import value_tier

    churn = models.churn.predict(frame)
    value = models.clv.value(frame)
    clv = value["clv"].to_numpy(dtype="float64")
    risk = churn["churn_probability"].to_numpy(dtype="float64")
    if terms.occasion is not None:
        risk = np.full(len(frame), float(terms.occasion["churn_probability"]))
    segment = models.segments.assign(frame).to_numpy() if models.segments else ""
    return pd.DataFrame(
        {
            "customer_id": frame["customer_id"].to_numpy(),
            "as_of": frame["as_of"].to_numpy(),
            "churn_probability": risk,
            "raw_score": churn["raw_score"].to_numpy(dtype="float64"),
            "risk_level": risk_levels(risk, terms),
            "time_to_churn_days": churn["time_to_churn_days"].to_numpy(dtype="float64"),
            "clv": clv,
            "clv_low": value["clv_low"].to_numpy(dtype="float64"),
            "clv_high": value["clv_high"].to_numpy(dtype="float64"),
            "p_alive": value["p_alive"].to_numpy(dtype="float64"),
            "value_tier": value_tier(clv, dict(terms.tiers)),
            "segment": segment,
            "mrr": monthly_revenue(frame),
        },
        columns=list(ASSESSMENT_COLUMNS),
    )


def risk_levels(churn_probability: NDArray[np.float64], terms: Terms) -> list[str]:
    """The risk level of each probability, in words."""
    return [risk_level(risk, terms.thresholds).value for risk in churn_probability.tolist()]


def subscribed(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each customer has a running contract that pays."""
    import numpy as np

    return np.asarray(_column(frame, "mrr") > 0)


def monthly_revenue(frame: pd.DataFrame) -> NDArray[np.float64]:
    """What each customer pays a month, in project currency; NaN when nothing is known.

    The recurring revenue where there is a contract; else the purchases of the last 365 days over the months
    the customer has been there, at least one and at most twelve.

    >>> import pandas as pd
    >>> shop = {"mrr": [30.0, None], "transaction_amount_365d": [500.0, 120.0], "tenure_days": [900.0, 900.0]}
    >>> monthly_revenue(pd.DataFrame(shop)).tolist()
    [30.0, 10.0]
    """
    import numpy as np

    months = np.clip(_column(frame, "tenure_days") / _DAYS_PER_MONTH, 1.0, 12.0)
    bought = _column(frame, "transaction_amount_365d") / np.where(np.isnan(months), 12.0, months)
    recurring = _column(frame, "mrr")
    return np.asarray(np.where(recurring > 0, recurring, np.maximum(bought, 0.0)), dtype=np.float64)


def _column(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    import numpy as np

    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype="float64", na_value=np.nan)
