"""The door of the stage: which kind of value model a business gets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from retinue.clv.base import ClvModel
from retinue.clv.contractual import fit_contractual
from retinue.clv.transactional_fit import fit_transactional

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import ValueSettings
    from retinue.warehouse import Warehouse

__all__ = ["fit"]


def fit(
    warehouse: Warehouse,
    frame: pd.DataFrame,
    *,
    settings: ValueSettings,
    contractual: bool,
    as_of: datetime,
    seed: int,
) -> ClvModel:
    """Fit the model of customer value as of a date.

    Parameters
    ----------
    warehouse: read only when there are contracts, and only as of `as_of`.
    frame: features of the customers; when it holds several dates, the last one up to `as_of` is used.
    settings: horizon, margin, discount rate and interval.
    contractual: value comes from contracts (``mrr``), even if there are purchases too.
    as_of: UTC; nothing learned or happened later is used.
    seed: of the bootstrap.

    Returns a model in any case: with too little data it is a stated fallback (``kind`` starts with
    ``fallback``). DataError when the frame lacks a needed column.
    """
    if contractual:
        return fit_contractual(warehouse, settings=settings, as_of=as_of, seed=seed)
    return fit_transactional(_one_date(frame, as_of), settings=settings, seed=seed)


def _one_date(frame: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    import pandas as pd

    from retinue.warehouse import utc_naive

    if "as_of" not in frame.columns or frame["as_of"].nunique() <= 1:
        return frame
    dates = frame["as_of"]
    seen = dates[dates <= pd.Timestamp(utc_naive(as_of))]
    latest: pd.DataFrame = frame[dates == seen.max()]
    return latest
