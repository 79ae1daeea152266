"""Whether a customer may be contacted: what they allowed and refused, as known at a time.

A row of `consents` says yes or no for a channel and a purpose since a time. Both may be `any` (also `all`,
`*`); letters' case, spaces, `-` and `_` do not matter, so `e-mail` is `email`. A word on `marketing` covers
every offer to keep a customer, since such an offer is direct marketing.

Which word counts, for one channel and purpose at one time:

* A **no** stands from its `valid_from` on, for all that it covers.
* A later **yes** lifts it, unless the no was more specific, in channel or in purpose: whoever refused offers
  by e-mail has not agreed to them by allowing `marketing` in general again. Said at the same time, no wins.
* No word at all is silence: allowed, unless consent is required.

Rows that were learned or begin after the time are not seen, so a past decision is judged by what was known
then; the sender asks again, as of the moment of sending (`may_contact` with the present).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["ANY", "COVERED_BY", "may_contact", "plain"]

ANY = ("any", "all", "*", "")
"""Names of every channel or purpose."""

COVERED_BY = {"retention": ("marketing", "directmarketing")}
"""Wider purposes whose word covers a narrower one."""


def may_contact(
    warehouse: Warehouse,
    customers: Sequence[str],
    channel: str | None,
    purpose: str,
    at: datetime,
    *,
    required: bool = False,
) -> NDArray[np.bool_]:
    """For each of the customers, whether they may be contacted.

    Parameters
    ----------
    channel: how; None where that is not known yet: then some channel must be open among those the customer
        spoke of, so that a no to the only one forbids, and a yes to another does not.
    purpose: what for, such as `retention`.
    at: UTC; only what was known and in force by then counts.
    required: whether silence forbids.

    >>> from datetime import UTC, datetime
    >>> from retinue.warehouse import Warehouse
    >>> from retinue.warehouse.engines.duckdb import DuckDBEngine
    >>> with Warehouse(DuckDBEngine()) as warehouse:
    ...     may_contact(warehouse, ["C1"], "email", "retention", datetime(2026, 2, 14, tzinfo=UTC)).tolist()
    [True]
    """
    import pandas as pd

    said = _said(warehouse, customers, purpose, at)
    place = pd.Index(customers)
    answers: NDArray[np.intp] | None = None
    if not place.is_unique:
        answers, place = pd.factorize(place)
    said["row"] = place.get_indexer(pd.Index(said.pop("customer_id")))
    said = said[said["row"] >= 0]
    if channel is not None:
        allowed = _through(said, len(place), plain(channel), required=required)
    else:
        spoke, allowed = np.zeros(len(place), dtype=bool), np.zeros(len(place), dtype=bool)
        # `any` stands for the channels that nobody named.
        for named in sorted({*said["channel"], ANY[0]}):
            of_it = np.zeros(len(place), dtype=bool)
            of_it[said.loc[said["channel"] == named, "row"].to_numpy()] = True
            allowed |= of_it & _through(said, len(place), named, required=required)
            spoke |= of_it
        allowed = allowed if required else allowed | ~spoke
    return np.asarray(allowed if answers is None else allowed[answers], dtype=np.bool_)


def _through(said: pd.DataFrame, n: int, channel: str, *, required: bool) -> NDArray[np.bool_]:
    """Whether each of n customers may be contacted through a channel; `row` of what was said is the place."""
    covering = said[said["channel"].isin((channel, ANY[0]))]
    row = covering["row"].to_numpy()
    wide = covering["channel"].eq(ANY[0]).to_numpy()
    cells = 3 * np.where(wide, 0, 1) + covering["rank"].to_numpy(dtype=np.intp)
    never = np.iinfo(np.int64).min
    yes, no = (np.full((n, 6), never) for _ in range(2))
    granted = covering["granted"].to_numpy(dtype=bool)
    when = covering["since"].to_numpy(dtype=np.int64)
    np.maximum.at(yes, (row[granted], cells[granted]), when[granted])
    np.maximum.at(no, (row[~granted], cells[~granted]), when[~granted])
    forbidden, agreed = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for by_channel in (0, 1):
        for by_purpose in (0, 1, 2):
            as_specific = [3 * c + p for c in range(by_channel, 2) for p in range(by_purpose, 3)]
            refused = no[:, 3 * by_channel + by_purpose]
            forbidden |= (refused > never) & ~(yes[:, as_specific].max(axis=1) > refused)
            agreed |= yes[:, 3 * by_channel + by_purpose] > never
    return ~forbidden & agreed if required else ~forbidden


def _said(warehouse: Warehouse, customers: Sequence[str], purpose: str, at: datetime) -> pd.DataFrame:
    """The latest yes and the latest no of each customer by channel and purpose, of what covers the purpose.

    Columns: customer_id, channel (plain), rank (2 this purpose, 1 a wider one, 0 any), granted, since.
    """
    import ibis
    import pandas as pd

    rows = warehouse.history("consents", at)
    wanted = plain(purpose)
    known = _plain_column(rows.purpose)
    covers = known.isin([wanted, *COVERED_BY.get(wanted, ()), *ANY])
    if len(customers) <= 10_000:
        rows = rows.filter(rows.customer_id.isin(list(customers))) if customers else rows.limit(0)
    rows = rows.filter(covers)
    found = (
        rows.mutate(
            plain_channel=_plain_column(rows.channel),
            rank=ibis.cases((known == wanted, 2), (known.isin(ANY), 0), else_=1),
        )
        .group_by("customer_id", "plain_channel", "rank", "granted")
        .aggregate(since=rows.valid_from.max())
    )
    frame: pd.DataFrame = found.to_pyarrow().to_pandas()
    frame = frame.rename(columns={"plain_channel": "channel"})
    frame["channel"] = frame["channel"].where(~frame["channel"].isin(ANY), ANY[0])
    frame["since"] = pd.to_datetime(frame["since"]).astype("datetime64[us]").astype("int64")
    return frame


def plain(text: str) -> str:
    """A channel or purpose without case, spaces, `-` and `_`."""
    return "".join(c for c in text.lower() if c not in " -_")


def _plain_column(column: Any) -> ir.StringColumn:
    text = column.fill_null("").lower()
    for sign in (" ", "-", "_"):
        text = text.replace(sign, "")
    return text
