"""Runs: load, decide, write the campaign under its number; and check what was decided.

In: an opened workspace, an as-of time, perhaps a folder of files and a budget. Out: a `RunResult`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.runs.result import RunResult

__all__ = ["RunResult"]


def __getattr__(name: str) -> Any:
    if name == "RunResult":
        from retinue.runs.result import RunResult

        return RunResult
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
