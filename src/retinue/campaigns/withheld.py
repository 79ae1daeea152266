"""To whom nothing may be offered as of a time, and why: every guard that follows from the warehouse.

What concerns the whole run (`stopped`, `unfair`) is added by the run, and `sleeping_dog` by whoever weighs
the offers, since it follows from what was learned. The reasons, their words and their precedence are in
`retinue.decisions.withheld`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from retinue.campaigns.cancel_clicks import threatening
from retinue.campaigns.caps import capped
from retinue.campaigns.consent import may_contact
from retinue.decisions.withheld import bit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["withheld"]


def withheld(
    warehouse: Warehouse,
    settings: Settings,
    customers: Sequence[str],
    as_of: datetime,
    also: pd.DataFrame | None = None,
) -> NDArray[np.int64]:
    """For each customer the reasons, as the bits of `retinue.decisions.withheld`; 0 where there is none.

    also: offers that count as made beside those on record, as in `caps.capped`.
    """
    caps = capped(warehouse, settings, as_of, also)
    mask = caps.reindex(list(customers), fill_value=0).to_numpy(dtype=np.int64, copy=True)
    threats = set(threatening(warehouse, settings, as_of)["customer_id"])
    mask |= np.array([c in threats for c in customers], dtype=np.int64) * bit("cancel_clicks")
    return mask | objecting(warehouse, settings, customers, as_of).astype(np.int64) * bit("objected")


def objecting(
    warehouse: Warehouse, settings: Settings, customers: Sequence[str], as_of: datetime
) -> NDArray[np.bool_]:
    """Whether no way is open to contact each customer, by the settings."""
    consent = settings.guards.consent
    ways: Sequence[str | None] = consent.channels or (None,)
    open_ways = [
        may_contact(warehouse, customers, way, consent.purpose, as_of, required=consent.required)
        for way in ways
    ]
    return np.asarray(~np.logical_or.reduce(open_ways))
