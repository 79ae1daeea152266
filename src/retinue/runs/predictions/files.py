"""Where the files of jobs are: what was asked, parts of a result, and the result."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection
from pathlib import Path

__all__ = ["Files"]

_ORPHAN_SECONDS = 3_600.0  # whoever writes a list of ids is done with it by then


class Files:
    """The folders of jobs below the workspace's state."""

    def __init__(self, state: Path) -> None:
        self.root = state / "predictions"

    def folder(self, job_id: str) -> Path:
        """The folder of a job; its name is one of ours."""
        return self.root / job_id

    def ids(self, job_id: str) -> Path:
        """The list of ids that was asked for."""
        return self.folder(job_id) / "asked.sqlite"

    def part(self, job_id: str, number: int) -> Path:
        """A part of the result."""
        return self.folder(job_id) / f"part-{number:06}.parquet"

    def result(self, job_id: str) -> Path:
        """The whole result."""
        return self.folder(job_id) / "result.parquet"

    def remove(self, job_id: str) -> None:
        """Delete all files of a job."""
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    def sweep(self, needed: Callable[[list[str]], Collection[str]]) -> int:
        """Delete folders that no job needs: their process died, or could not delete them; how many."""
        if not self.root.is_dir():
            return 0
        before = time.time() - _ORPHAN_SECONDS
        old = [one.name for one in self.root.iterdir() if one.stat().st_mtime < before]
        over = set(old) - set(needed(old)) if old else set()
        for name in over:
            self.remove(name)
        return len(over)
