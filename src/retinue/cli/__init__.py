"""The command line: `retinue --help`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of the command `retinue`; the exit code is 0, 1 (failed) or 2 (wrong usage)."""
    import os

    # OpenMP's idle threads otherwise spin between the small steps of training and take the cores from others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from retinue.cli.app import run_command_line

    run_command_line()
