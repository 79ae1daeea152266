"""The command line: `retinue --help`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of the command `retinue`; the exit code is 0, 1 (failed) or 2 (wrong usage)."""
    from retinue.cli.app import run_command_line

    run_command_line()
