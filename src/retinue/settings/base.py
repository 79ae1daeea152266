"""What every section of the settings is: closed to unknown keys, frozen, without infinities."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Section"]


class Section(BaseModel):
    """One section of `retinue.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
