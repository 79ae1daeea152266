"""Which columns of a profile may change the response to an offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NUMBERS", "known_of"]

NUMBERS = ("cancel_requested", "paid_period_days", "tenure_days", "days_since_failed_payment")
_ATTRIBUTE = "attribute_"


def known_of(profile: pd.DataFrame, monthly_revenue: np.ndarray) -> pd.DataFrame:
    """The attributes and numbers of customers that the response model looks at, row for row.

    profile: features and `attribute_…` columns. monthly_revenue: money, NaN when unknown.
    """
    import pandas as pd

    columns = {c: profile[c] for c in profile.columns if c.startswith(_ATTRIBUTE)}
    columns |= {c: profile[c] for c in NUMBERS if c in profile.columns}
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(np.where(monthly_revenue > 0, monthly_revenue, np.nan))
    return pd.DataFrame({**columns, "log_monthly_revenue": logarithm}, index=profile.index)
