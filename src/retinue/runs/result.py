"""What a run hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retinue.errors import UsageError
from retinue.pipeline.artefacts import write_atomically
from retinue.pipeline.observer import StageTiming
from retinue.pipeline.profile import Hot
from retinue.report.facts import RunReport

__all__ = ["RunResult", "write_file"]


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    report: every fact of it, the campaign included; folder: where it was written (None for a dry run);
    reused: the same input had been run before and gave this same campaign; hot: where each stage spent its
    time, when that was asked for.
    """

    report: RunReport
    campaign_bytes: bytes
    timings: tuple[StageTiming, ...]
    folder: Path | None
    reused: bool
    peak_memory_mb: float
    hot: tuple[Hot, ...] = ()

    @property
    def campaign(self) -> Mapping[str, Any]:
        """The campaign as written."""
        return self.report.campaign

    @property
    def summary(self) -> Mapping[str, Any]:
        """Counts and sums of the run."""
        return self.report.summary

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: summary, campaign, evaluation, data quality, time per stage."""
        return {
            **asdict(self.report),
            "stages": [asdict(timing) for timing in self.timings],
            **({"profile": [asdict(hot) for hot in self.hot]} if self.hot else {}),
            "peak_memory_mb": round(self.peak_memory_mb, 1),
            "reused": self.reused,
            "folder": str(self.folder) if self.folder else None,
        }

    def write_campaign(self, path: Path) -> None:
        """Write the campaign to a file, whole or not at all."""
        write_file(path, self.campaign_bytes)

    def write_report(self, path: Path) -> None:
        """Write the self-contained page to a file, whole or not at all."""
        from retinue.report import render_html

        write_file(path, render_html(self.report).encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a result whole or not at all. Raises UsageError when the place cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise UsageError(
            "A result cannot be written.", where=str(path), fix=f"{error.strerror}: choose another place."
        ) from error
