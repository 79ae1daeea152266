"""Fewer customers to train on when there are more than a model needs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["sample_customers"]

_SPACE = 2**64


def sample_customers(labels: pd.DataFrame, *, rows: int, seed: int) -> pd.DataFrame:
    """The labels of enough customers for about `rows` customer-dates with a known outcome.

    Customers are drawn whole, by a hash of their id and the seed: the same ones whatever else is in the
    data. Rows without a known outcome are left out.

    >>> import pandas as pd
    >>> labels = pd.DataFrame({"customer_id": ["a", "b", "c"], "churned": [0.0, None, 1.0]})
    >>> sample_customers(labels, rows=10, seed=7)["customer_id"].tolist()
    ['a', 'c']
    """
    known = labels[labels["churned"].notna()]
    if len(known) <= rows:
        return known.reset_index(drop=True)
    share = rows / len(known)
    limit = int(share * _SPACE)
    kept = {name for name in known["customer_id"].unique() if _place(name, seed) < limit}
    return known[known["customer_id"].isin(kept)].reset_index(drop=True)


def _place(customer_id: str, seed: int) -> int:
    digest = hashlib.blake2b(f"{seed}|{customer_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
