"""The section `[cache]`: what processes may share besides the store, and do without when it is gone."""

from __future__ import annotations

from pydantic import Field, field_validator

from retinue.settings.base import Section

__all__ = ["CacheSettings"]


class CacheSettings(Section):
    """Redis, if there is one: processes of the service count requests together, without it each alone; and
    runs may publish their assessments there."""

    url: str | None = Field(
        None,
        min_length=1,
        repr=False,
        description="such as `redis://127.0.0.1:6379/0`, or through TLS "
        "`rediss://host:port/0?ssl_ca_certs=CA`, best given as `${REDIS_URL}`; needs the extra `redis`",
    )
    wait_seconds: float = Field(
        0.1, gt=0.0, le=5.0, description="longest wait for its answer before a process counts alone"
    )
    pause_seconds: float = Field(
        5.0, gt=0.0, le=3_600.0, description="it is left alone so long after it did not answer"
    )

    assessments: bool = Field(
        False,
        description="runs publish each customer's risk, value and recommendation in Redis, from which a "
        "service answers that stands where the run's file is not",
    )
    assessments_hours: int = Field(72, ge=1, le=8_760, description="how long what a run published stays")

    @field_validator("url")
    @classmethod
    def _a_redis(cls, given: str | None) -> str | None:
        if given is not None and not given.startswith(("redis://", "rediss://", "unix://", "${")):
            raise ValueError("write it as redis://host:port/number")
        return given
