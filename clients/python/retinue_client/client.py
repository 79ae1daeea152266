"""The client: every operation of the service, pages followed to their end, jobs waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Self

from retinue_client.models import JobShown
from retinue_client.operations import Operations

__all__ = ["Retinue"]


class Retinue(Operations):
    """The service as an object; a context manager that closes its connections."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pages(self, listing: Callable[..., Any], *given: Any, **asked: Any) -> Iterator[Any]:
        """Every page of a listing, one after the other.

        >>> retinue = Retinue("http://127.0.0.1:8000")
        >>> pages = retinue.pages(retinue.customers_list, risk_level=["HIGH"])  # asked for when looped over
        """
        cursor: str | None = None
        while True:
            page = listing(*given, cursor=cursor, **asked)
            yield page
            cursor = page["next"]
            if cursor is None:
                return

    def wait_for(self, job_id: str, *, seconds: float = 600.0, every: float = 0.5) -> JobShown:
        """A job of predictions when it is over. Raises TimeoutError when it is not within the seconds."""
        until = time.monotonic() + seconds
        while True:
            job = self.prediction_jobs_show(job_id)
            if job["state"] not in ("queued", "running"):
                return job
            if time.monotonic() > until:
                raise TimeoutError(f"Job {job_id} is {job['state']}: {job['done']} of {job['total']} done.")
            time.sleep(every)
