"""What a finished run leaves of every active customer, for a service that may not open the warehouse.

In:  the assessments of a run and its campaign.
Out: one SQLite file beside the run's receipts, found by id, filtered, sorted and paged.
"""

from __future__ import annotations

from retinue.runs.customers.file import CUSTOMERS, Curve, Shared, write_customers
from retinue.runs.customers.newest import NewestCustomers
from retinue.runs.customers.reading import CustomerFile, Wanted
from retinue.runs.customers.sorting import SORTS
from retinue.runs.customers.timeline import timelines

__all__ = [
    "CUSTOMERS",
    "SORTS",
    "Curve",
    "CustomerFile",
    "NewestCustomers",
    "Shared",
    "Wanted",
    "timelines",
    "write_customers",
]
