"""The catalogue: every feature Retinue builds, one declaration each.

To add one, write a `Feature` (or a family function that makes one per window) in the module of its family
and put it in that module's tuple; nothing else has to be told.

>>> from retinue.features.catalogue import CATALOGUE
>>> len(CATALOGUE) >= 90
True
"""

from __future__ import annotations

from retinue.features.base import Feature
from retinue.features.catalogue import (
    account,
    breadth,
    contract,
    engagement,
    payments,
    prices,
    regularity,
    seasonality,
    support,
    temporal,
    tenure,
    transactions,
)

__all__ = ["CATALOGUE"]

CATALOGUE: tuple[Feature, ...] = (
    *tenure.FEATURES,
    *transactions.FEATURES,
    *payments.FEATURES,
    *engagement.FEATURES,
    *breadth.FEATURES,
    *support.FEATURES,
    *temporal.FEATURES,
    *seasonality.FEATURES,
    *regularity.FEATURES,
    *contract.FEATURES,
    *prices.FEATURES,
    *account.FEATURES,
)
"""In order of family; the order of the columns in a snapshot."""
