"""Named points at which a test can break the process, to prove that a run survives it.

`RETINUE_FAULT=run.campaign_written:1:kill` kills the process the first time that point is reached; instead
of `kill` it can be `stop` (paused until somebody lets it go on), `enospc` (the disk is full) or `raise` (an
unforeseen error).
Without the variable a point costs one dictionary look-up.
"""

from __future__ import annotations

import errno
import os
import signal
from collections import Counter

from retinue.errors import UsageError

__all__ = ["point"]

ACTIONS = ("kill", "stop", "enospc", "raise")

_reached: Counter[str] = Counter()


def point(name: str) -> None:
    """Declare a place where the process may die; does nothing unless `RETINUE_FAULT` names it.

    >>> point("docs.example")
    """
    plan = os.environ.get("RETINUE_FAULT")
    if not plan:
        return
    wanted, nth, action = _read(plan)
    if wanted != name:
        return
    _reached[name] += 1
    if _reached[name] != nth:
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
        return
    if action == "enospc":
        raise OSError(errno.ENOSPC, "No space left on device")
    raise RuntimeError(f"fault injected at {name}")


def _read(plan: str) -> tuple[str, int, str]:
    parts = plan.split(":")
    if len(parts) != 3 or not parts[1].isdigit() or parts[2] not in ACTIONS:
        raise UsageError(
            f"'{plan}' is not a fault to inject.",
            where="environment variable RETINUE_FAULT",
            fix=f"Write NAME:N:ACTION, the action being one of {', '.join(ACTIONS)}; or unset it.",
        )
    return parts[0], int(parts[1]), parts[2]
