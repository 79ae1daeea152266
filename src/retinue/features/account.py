"""Account-level roll-ups: what the other customers of a customer's account do.

Who belongs to an account is read as of the date, from the customers known then. Each member's own measure is
taken first, then the account's, then the member's share is taken out: sums are whole numbers, so a total
minus one's own is exact, and the greatest of the others is the account's greatest or, for the one who holds
it alone, the next. The work grows with the members, not with the pairs of them; without an account that
several customers share, one look at their ids is all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import numpy.typing as npt

from retinue.features.expressions import Standing
from retinue.features.rows import Chunk
from retinue.features.scratch import Scratch
from retinue.features.standing import measured, seen_at
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["others_columns"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def others_columns(
    warehouse: Warehouse,
    leaves: Mapping[Standing, str],
    chunk: Chunk,
    dates: tuple[datetime, ...],
    settings: FeatureSettings,
) -> pa.Table | None:
    """A row per `member` and `member_date` whose account has another member then; a column per leaf.

    The members of the chunk's accounts, in the chunk or not. None when no account has several.
    """
    import pyarrow as pa

    connection = warehouse.engine.connection
    with Scratch(connection) as scratch:
        shared = scratch.keep(_shared_accounts(connection.table("customers"), chunk))
        if not int(shared.count().execute()):
            return None
        facts = warehouse.facts("customers")
        facts = facts.semi_join(shared, [facts.account_id == shared.shared_account])
        rows = seen_at(facts, "customers", dates)
        kept = (
            rows.group_by("customer_id", "date_no").aggregate(account_id=rows.account_id.max()).to_pyarrow()
        )
        members = scratch.keep(kept.select(["customer_id"]).rename_columns(["member"]))
        ids, place = _codes(kept["customer_id"])
        place = place * len(dates) + kept["date_no"].to_numpy()
        account = _codes(kept["account_id"])[1]
        account = account * len(dates) + kept["date_no"].to_numpy()
        size = np.bincount(account, minlength=1)[account]
        columns: dict[str, Any] = {"member": kept["customer_id"], "member_date": kept["date_no"]}
        for table in dict.fromkeys(str(leaf.others) for leaf in leaves):
            some = {leaf: name for leaf, name in leaves.items() if leaf.others == table}
            each = measured(
                _rows_of(warehouse, table, members, some, dates), table, some, settings
            ).to_pyarrow()
            found = _positions(each, ids, len(dates))
            for leaf, name in some.items():
                # The dates of all members, then those at which they are members.
                whole = np.full(len(ids) * len(dates), np.nan)
                whole[found] = each[name].to_numpy().astype(np.float64, copy=False)
                columns[name] = _without_own(leaf, whole[place], account)
    return pa.table(columns).filter(pa.array(size > 1))


def _shared_accounts(customers: ir.Table, chunk: Chunk) -> ir.Table:
    """The accounts of the chunk's customers that several customers ever shared."""
    shared = customers.group_by(shared_account="account_id").aggregate(
        members=customers.customer_id.nunique()
    )
    shared = shared.filter(shared.members > 1, shared.shared_account.notnull())
    if chunk == Chunk():
        return shared
    mine = chunk.keep(customers).select(my_account="account_id").distinct()
    return shared.semi_join(mine, [shared.shared_account == mine.my_account])


def _rows_of(
    warehouse: Warehouse,
    table: str,
    members: ir.Table,
    leaves: Mapping[Standing, str],
    dates: tuple[datetime, ...],
) -> ir.Table:
    """The members' rows of a table, seen at each date; with windows, no older ones than they need."""
    facts = warehouse.facts(table)
    facts = facts.semi_join(members, [facts.customer_id == members.member])
    windows = [leaf.window for leaf in leaves if leaf.window is not None]
    if len(windows) < len(leaves):
        return seen_at(facts, table, dates)
    column = str(declared_table(table).happened)
    oldest = timedelta(days=max(windows))
    facts = facts.filter(facts[column] > ibis.literal(dates[0] - oldest, "timestamp"))
    rows = seen_at(facts, table, dates)
    return rows.filter(rows[column] > rows.as_of - ibis.interval(days=max(windows)))


def _without_own(leaf: Standing, own: FloatArray, account: Codes) -> FloatArray:
    """The account's measure at the date without one's own; `account` codes account and date."""
    if leaf.aggregate != "max":
        known = np.nan_to_num(own)
        total: FloatArray = np.bincount(account, weights=known)[account] - known
        return total
    known = np.where(np.isnan(own), -np.inf, own)
    top = np.full(int(account.max()) + 1, -np.inf)
    np.maximum.at(top, account, known)
    holds = known == top[account]
    holders = np.bincount(account, weights=holds)
    below = np.full(len(top), -np.inf)
    np.maximum.at(below, account[~holds], known[~holds])
    of_others = np.where(holds & (holders[account] == 1), below[account], top[account])
    return np.where(np.isneginf(of_others), np.nan, of_others)


def _codes(values: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """The distinct values, and the position of each value among them."""
    encoded = values.combine_chunks().dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy().astype(np.int64)


def _positions(rows: pa.Table, ids: pa.Array, dates: int) -> Codes:
    import pyarrow.compute as pc

    code = pc.index_in(rows["customer_id"], value_set=ids).to_numpy().astype(np.int64)
    found: Codes = code * dates + rows["date_no"].to_numpy()
    return found
