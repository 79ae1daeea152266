"""Predictions of any number of customers, made in the background from what a finished run left.

In:  a job of the store, and a list of ids or a question about customers.
Out: one Parquet file in the job's folder, read as JSON, CSV or itself; then deleted when its time is over.

Memory does not grow with the number of customers, and a job that was broken off goes on behind its last part.
"""

from __future__ import annotations

from retinue.runs.predictions.asked import IdList
from retinue.runs.predictions.files import Files
from retinue.runs.predictions.result import as_csv, as_json
from retinue.runs.predictions.work import Workshop

__all__ = ["Files", "IdList", "Workshop", "as_csv", "as_json"]
