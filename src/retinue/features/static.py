"""A data set without dates: one row per customer, a label, and columns as they are.

Such a set has no history to look back on, so it can be trained on only by splitting the customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.errors import DataError
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StaticData", "read_static"]


@dataclass(frozen=True, slots=True)
class StaticData:
    """A frame in the shape of a snapshot, the label of each row, and the names behind the codes.

    `labels` holds 1.0 (the positive value), 0.0 (another value) or NaN (none), aligned with `frame`.
    `categories` gives, for each column that was text, the names whose positions are the codes.
    """

    frame: pd.DataFrame
    labels: pd.Series
    categories: dict[str, tuple[str, ...]]


def read_static(
    path: Path,
    *,
    customer_id: str,
    label: str,
    positive: str,
    drop: Sequence[str] = (),
    as_of: datetime,
) -> StaticData:
    """Read a wide CSV (plain or compressed) or Parquet file.

    Parameters
    ----------
    path: the file.
    customer_id, label: the columns that hold the id and what is to be predicted.
    positive: the value of the label that means churned, as text ("Yes", "1").
    drop: columns to leave out, such as those that are known only after the fact.
    as_of: the date all rows are said to be of (UTC).

    A column whose every non-blank value is a number becomes float64, blanks NaN; `true`/`false` are 1 and 0.
    Any other becomes the code of its value in the sorted list of its values, so that the codes do not
    depend on the order of the rows; blanks NaN. Columns keep the order of the file; rows are sorted by id.

    Raises DataError when a named column is not there, an id is blank or repeated, or no row is positive.
    """
    import pandas as pd

    raw = (
        pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str, na_filter=False)
    )
    _check(raw, path, customer_id, label, drop)
    raw = raw.assign(**{customer_id: raw[customer_id].astype(str).str.strip()})
    raw = raw.sort_values(customer_id, kind="stable").reset_index(drop=True)
    _check_ids(raw[customer_id], path, customer_id)

    columns: dict[str, pd.Series] = {
        "customer_id": raw[customer_id].astype("str"),
        "as_of": pd.Series(pd.Timestamp(utc_naive(as_of)).as_unit("us"), index=raw.index),
    }
    categories: dict[str, tuple[str, ...]] = {}
    for name in raw.columns:
        if name in (customer_id, label, *drop):
            continue
        numbers, names = _encoded(raw[name])
        columns[name] = numbers
        if names is not None:
            categories[name] = names
    text = raw[label].astype(str).str.strip()
    labels = (text == positive.strip()).astype(float).mask(_blank(raw[label]))
    if not (labels == 1.0).any():
        raise DataError(
            f"No row has {label} = '{positive}'.",
            where=str(path),
            fix=f"Its values are: {', '.join(sorted(set(text))[:10])}.",
        )
    return StaticData(pd.DataFrame(columns), labels.rename("churned"), categories)


def _check(raw: pd.DataFrame, path: Path, customer_id: str, label: str, drop: Sequence[str]) -> None:
    for name in (customer_id, label, *drop):
        if name not in raw.columns:
            raise DataError(
                f"There is no column '{name}'.",
                where=str(path),
                fix=f"The file has: {', '.join(map(str, raw.columns))}.",
            )


def _check_ids(ids: pd.Series, path: Path, customer_id: str) -> None:
    blank, repeated = ids == "", ids.duplicated()
    if blank.any() or repeated.any():
        shown = "a blank value" if blank.any() else f"'{ids[repeated].iloc[0]}' more than once"
        raise DataError(
            f"Column '{customer_id}' holds {shown}: a static data set has one row per customer.",
            where=str(path),
            fix="Name the column that identifies a customer, or remove the repeated rows.",
        )


def _blank(values: pd.Series) -> pd.Series:
    blank: pd.Series = values.isna() | (values.astype(str).str.strip() == "")
    return blank


def _encoded(values: pd.Series) -> tuple[pd.Series, tuple[str, ...] | None]:
    """A column as float64, with the names of its codes when it is not a number."""
    import pandas as pd

    blank = _blank(values)
    if values.dtype == bool:
        return values.astype(float), None
    text = values.astype(str).str.strip()
    numbers = pd.to_numeric(text.mask(blank), errors="coerce")
    if not (numbers.isna() & ~blank).any():
        # An infinity is no measurement.
        return numbers.astype(float).replace([float("inf"), float("-inf")], float("nan")), None
    lowered = text.str.lower()
    if set(lowered[~blank]) <= {"true", "false"}:
        return (lowered == "true").astype(float).mask(blank), None
    names = tuple(sorted(set(text[~blank])))
    codes = text.map({name: float(code) for code, name in enumerate(names)})
    return codes.mask(blank).astype(float), names
