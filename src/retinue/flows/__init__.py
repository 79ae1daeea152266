"""The jobs of the schedule as Prefect deployments: the extra `prefect`.

A flow asks the store which slot is due and takes it as a worker would, so a flow server and workers may run
side by side: each slot is done once. Prefect decides when to look; what is due, Retinue decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from retinue.errors import PluginError

__all__ = ["serve"]


def serve(workspace: Path, jobs: Iterable[str] | None = None) -> None:
    """Serve a deployment for each job, with the cron expression and time zone of `[schedule]`, until ended.

    Raises PluginError where Prefect is not installed, UsageError for an unknown job.
    """
    if find_spec("prefect") is None:
        raise PluginError(
            "Prefect is not installed.", where="retinue flows", fix="pip install 'retinue[prefect]'"
        )
    from retinue.flows.deployments import serve as begin

    begin(workspace, jobs)
