"""Requests of customers about their data: copies, explanations, objections, a person, erasure, time limits.

In:  a customer's id, and who took the request in.
Out: records in the store (`store.privacy_requests`), archives, letters, certificates.

The map of every place where something of a person is kept is `retinue.privacy.places`.
"""

from __future__ import annotations

from retinue.runs.privacy.desk import Privacy

__all__ = ["Privacy"]
