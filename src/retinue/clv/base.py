"""What every value model offers, whatever the business is like."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from retinue.clv.maximise import Floats
from retinue.errors import ArtefactError, DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VALUE_COLUMNS", "VALUE_FEATURES", "ClvModel", "column", "load_model"]

VALUE_COLUMNS = ("clv", "clv_low", "clv_high", "p_alive", "expected_purchases")
_FORMAT = 1


class ClvModel(ABC):
    """A fitted model of customer lifetime value.

    `value` gives, row by row and independent of the other rows:

    * ``clv``: discounted margin expected over the horizon *given that the customer is alive now*, in the
      project's currency; multiply by the chance of that for the unconditional value;
    * ``clv_low``, ``clv_high``: equal-tailed predictive interval of that margin, 0 <= low <= clv <= high;
    * ``p_alive``: probability that the customer has not silently left already;
    * ``expected_purchases``: purchase days (payments, for contracts) over the horizon, unconditional.
    """

    family: ClassVar[str]
    kind: str
    """Which model it is, e.g. ``mbg_nbd+gamma_gamma``, ``shifted_beta_geometric`` or ``fallback_…``."""

    @abstractmethod
    def value(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The columns above, with the index of `frame`."""

    @abstractmethod
    def notes(self, frame: pd.DataFrame) -> pd.Series[str]:
        """For each row, what is special about its value; an empty string when nothing is."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """What was fitted, on how much, how well, and what to bear in mind."""

    @abstractmethod
    def body(self) -> dict[str, Any]:
        """All that `value` needs, as plain JSON values."""

    def to_bytes(self) -> bytes:
        """Deterministic bytes: equal models give equal bytes, and `load_model` gives back equal values."""
        whole = {"format": _FORMAT, "family": self.family, "body": self.body()}
        return json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=True).encode()


def load_model(data: bytes) -> ClvModel:
    """The model from the bytes of `ClvModel.to_bytes`; ArtefactError when they are not such bytes."""
    from retinue.clv.contractual import ContractualModel
    from retinue.clv.transactional import TransactionalModel

    families: dict[str, type[TransactionalModel] | type[ContractualModel]] = {
        TransactionalModel.family: TransactionalModel,
        ContractualModel.family: ContractualModel,
    }
    try:
        whole = json.loads(data)
        if whole["format"] != _FORMAT:
            raise KeyError("format")
        return families[whole["family"]].from_body(whole["body"])
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            "These bytes are not a value model.",
            where="clv model",
            fix="Train again; the stored file is damaged or from another version.",
        ) from error


VALUE_FEATURES = (
    "mrr",
    "subscription_age_days",
    "repeat_purchase_days",
    "purchase_span_days",
    "purchase_age_days",
    "mean_repeat_value",
    "mean_purchase_value",
)
"""The features that the models of value look at."""


def column(frame: pd.DataFrame, name: str, *, required: bool = False) -> Floats:
    """A column as float64; all missing when the frame lacks it, DataError when it is required."""
    if name not in frame.columns:
        if required:
            raise DataError(
                f"The frame has no column '{name}'.",
                where="clv",
                fix="Build the features with a transactions table, or pass contractual=True.",
            )
        return np.full(len(frame), np.nan)
    return np.ascontiguousarray(frame[name].to_numpy(dtype=np.float64, na_value=np.nan))
