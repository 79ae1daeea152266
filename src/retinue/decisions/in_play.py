"""To whom something may be offered at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.tables.ruled import Ruled
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import BY_RULE, bit
from retinue.incentives.costs import Customers
from retinue.incentives.weighing import Weighed

__all__ = ["in_play", "withheld_mask"]


def withheld_mask(customers: Customers, weighed: Weighed) -> NDArray[np.int64]:
    """Why nothing may be offered: what was said of the customers, and what follows from weighing."""
    told = np.zeros(len(customers), dtype=np.int64) if customers.withheld is None else customers.withheld
    found = told | weighed.sleeping_dog * np.int64(bit("sleeping_dog"))
    if isinstance(weighed, Ruled):
        found = found | weighed.set_aside * np.int64(bit(BY_RULE))
    return np.asarray(found)


def in_play(customers: Customers, weighed: Weighed, terms: Terms) -> NDArray[np.bool_]:
    """Those above the monitor band to whom something may be offered."""
    above = customers.churn_probability > terms.thresholds.monitor_up_to
    return np.asarray(above & (withheld_mask(customers, weighed) == 0))
