"""The section `[schedule]`: what is done by itself, and when."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from retinue.settings.base import Section
from retinue.settings.cron import check_cron

__all__ = ["DEFAULT_CRON", "JobSettings", "ScheduleSettings"]

DEFAULT_CRON = {
    "expire": "15 * * * *",
    "reviews": "*/5 * * * *",
    "deliveries": "*/5 * * * *",
    "run": "0 5 * * *",
    "outcomes": "0 6 * * *",
    "drift": "30 6 * * *",
    "rollout": "45 6 * * *",
    "retrain": "0 3 1 * *",
    "alerts": "*/5 * * * *",
    "privacy": "* * * * *",
    "retention": "30 2 * * *",
}
"""Job to when it is due, in the order in which jobs of one moment are run."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone '{name}'; write one like Europe/Berlin") from error
    return name


class JobSettings(Section):
    """When one job is due."""

    cron: str | None = Field(
        None, description="minute, hour, day of the month, month, day of the week; Sunday is 0"
    )
    timezone: str | None = Field(None, description="IANA time zone of the expression; default that of all")
    enabled: bool = Field(True, description="whether it is done at all")

    @field_validator("cron")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        return None if text is None else check_cron(text)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return None if name is None else _zone(name)


def _job(name: str, what: str) -> Any:
    return Field(JobSettings(), description=f'{what}; default cron = "{DEFAULT_CRON[name]}"')


class ScheduleSettings(Section):
    """What `retinue worker` does by itself, and when."""

    timezone: str = Field("UTC", description="IANA time zone of the expressions")
    run: JobSettings = _job("run", "the daily run, as of the moment it was due")
    outcomes: JobSettings = _job("outcomes", "outcomes loaded, and measured against those left alone")
    drift: JobSettings = _job("drift", "whether customers still look like those learned from")
    rollout: JobSettings = _job("rollout", "the gate of the roll-out looked at")
    retrain: JobSettings = _job("retrain", "a training put on record beside the one before")
    alerts: JobSettings = _job("alerts", "whether anything of [alerts] must be told")
    expire: JobSettings = _job("expire", "money freed that was reserved for too long")
    reviews: JobSettings = _job("reviews", "overdue reviews escalated, unanswered ones closed")
    deliveries: JobSettings = _job("deliveries", "deliveries looked up, campaigns finished")
    privacy: JobSettings = _job("privacy", "open requests of customers about their data answered")
    retention: JobSettings = _job("retention", "what [retention] lets stay no longer deleted")
    keep_days: float = Field(
        400.0, ge=1, description="slots older than this are forgotten, but for the newest of each job"
    )
    lease_seconds: float = Field(
        60.0, ge=1, le=3600, description="a worker that is silent for so long has lost its job to another"
    )
    most_tries: int = Field(4, ge=1, le=100, description="tries before a job has failed for its moment")
    first_wait_seconds: float = Field(60.0, ge=0, description="wait before the second try; doubled each time")
    longest_wait_seconds: float = Field(3600.0, ge=0, description="longest such wait")
    busy_wait_seconds: float = Field(
        10.0, gt=0, description="wait while another process holds the warehouse; no try is used up"
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return _zone(name)

    def plan(self, job: str) -> tuple[str, str] | None:
        """Cron expression and time zone of a job; None when it is switched off.

        >>> ScheduleSettings(timezone="Europe/Berlin").plan("run")
        ('0 5 * * *', 'Europe/Berlin')
        """
        one: JobSettings = getattr(self, job)
        if not one.enabled:
            return None
        return one.cron or DEFAULT_CRON[job], one.timezone or self.timezone
