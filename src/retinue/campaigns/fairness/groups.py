"""Which group each customer belongs to, by the attributes that are to be compared, as known at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from retinue.features.attributes import PREFIX, attributes

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["groups_of"]

MOST_VALUES = 12
"""A number with more different values is compared in four bands of equal size."""
_JOINED = "account_created_date"


def groups_of(
    warehouse: Warehouse, wanted: Sequence[str], customers: Sequence[str], as_of: datetime
) -> pd.DataFrame:
    """customer_id and a column of text (null: not known) for each wanted attribute that the data have.

    wanted: columns of `customers`, keys of its `demographic_data`, `plan` or `payment_method`. A number with
    many values is put into quarters, `account_created_date` into years.
    """
    import pandas as pd

    ids = sorted(set(customers))
    who = attributes(warehouse, as_of, customers=ids)
    if _JOINED in wanted:
        rows = warehouse.history("customers", as_of)
        rows = rows.filter(rows[_JOINED].notnull())
        joined = rows.select("customer_id", year=rows[_JOINED].year().cast("string"))
        years = joined.to_pyarrow().to_pandas().rename(columns={"year": PREFIX + _JOINED})
        who = who.merge(years.drop_duplicates("customer_id"), on="customer_id", how="left")
    found = pd.DataFrame({"customer_id": pd.Series(ids, dtype="str")})
    for name in wanted:
        if PREFIX + name in who.columns:
            column = who.set_index("customer_id")[PREFIX + name].reindex(ids)
            found[name] = _banded(column).to_numpy()
    return found


def _banded(values: pd.Series) -> pd.Series:
    """Numbers of many values as bands; anything else as it is."""
    import pandas as pd

    known = values.dropna()
    numbers = pd.to_numeric(known, errors="coerce")
    if known.nunique() <= MOST_VALUES or numbers.isna().any():
        return values
    edges = np.unique(np.quantile(numbers, [0.25, 0.5, 0.75]))
    band = np.searchsorted(edges, numbers, side="right")
    labels = {}
    for code in np.unique(band):
        within = numbers[band == code]
        labels[code] = f"{within.min():g} to {within.max():g}"
    return pd.Series([labels[code] for code in band], index=known.index).reindex(values.index)
