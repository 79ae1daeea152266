"""A typed client of the Retinue service.

>>> from retinue_client import Retinue
>>> with Retinue("http://127.0.0.1:8000", token="…") as retinue:  # doctest: +SKIP
...     print(retinue.customers_risk("C12345")["risk_assessment"]["churn_probability"])
"""

from __future__ import annotations

from retinue_client.calling import Refused
from retinue_client.client import Retinue

__all__ = ["Refused", "Retinue"]
