"""The stages in order, each kept under the hash of its inputs.

In: a loaded warehouse, settings and an as-of time. Out: assessments, decisions with receipts, a campaign.

>>> from retinue.pipeline.artefacts import content_hash
>>> content_hash({"a": 1})[:8]
'f9d86028'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages

__all__ = ["Stages"]


def __getattr__(name: str) -> Any:
    if name == "Stages":
        from retinue.pipeline.stages import Stages

        return Stages
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
