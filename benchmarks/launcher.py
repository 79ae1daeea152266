"""Start one command, wait for it, and write down what it used. Run as a small process of its own.

Linux counts the memory of the process that called `exec` into the peak of the one it became, so a command
started from a process that has pandas loaded would seem to need at least as much. This launcher is a bare
interpreter (`python -I -S`), which puts the floor at about 10 MB, and it imports nothing it does not need.

    python -I -S launcher.py RESULT.json COMMAND [ARGUMENT ...]

RESULT.json receives `cpu_seconds` (user and system, of the command and of all its descendants that were
waited for), `wall_seconds`, `peak_bytes` (of the largest single process among them) and `exit_code`.
"""

import os
import sys
import time


def launch(result: str, command: list[str]) -> int:
    """Run the command with this process's standard streams; its exit code (128 + n for signal n)."""
    started = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    with open(result, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would enlarge the floor
        file.write(
            f'{{"cpu_seconds": {used.ru_utime + used.ru_stime}, "wall_seconds": {wall}, '
            f'"peak_bytes": {used.ru_maxrss * unit}, "exit_code": {code}}}'
        )
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1], sys.argv[2:]))
