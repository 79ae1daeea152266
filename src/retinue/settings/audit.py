"""The section `[audit]`: where copies of the trail's checkpoints go."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from retinue.settings.base import Section

__all__ = ["AuditSettings"]


class AuditSettings(Section):
    """The audit trail."""

    checkpoints: Path | None = Field(
        None,
        description="a file, best on another machine, that gets each signed checkpoint too: so that whoever "
        "can change the workspace cannot cut off the end of the trail unseen",
    )
