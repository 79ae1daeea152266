"""The section `[alerts]`: from which figure on somebody is told, and from which on it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, model_validator

from retinue.settings.base import Section

__all__ = ["DEFAULT_LIMITS", "AlertLimits", "AlertRuleSettings", "AlertSettings"]


@dataclass(frozen=True, slots=True)
class AlertLimits:
    """fire: the figure from which on an alert fires, once it held for so many minutes; clear: the better
    figure from which on it is over, once that held for as long."""

    fire: float
    clear: float
    minutes: float

    @property
    def high_is_bad(self) -> bool:
        """Whether it fires at or above `fire`, rather than at or below."""
        return self.fire > self.clear

    def bad(self, value: float) -> bool:
        """Whether a figure is bad enough to fire."""
        return value >= self.fire if self.high_is_bad else value <= self.fire

    def good(self, value: float) -> bool:
        """Whether a figure is good enough to clear."""
        return value <= self.clear if self.high_is_bad else value >= self.clear


DEFAULT_LIMITS: Mapping[str, AlertLimits] = {
    "drift": AlertLimits(0.25, 0.15, 0),
    "latency": AlertLimits(1.0, 0.5, 10),
    "errors": AlertLimits(0.02, 0.005, 10),
    "data_age": AlertLimits(72, 36, 0),
    "quarantine": AlertLimits(0.05, 0.02, 0),
    "run_age": AlertLimits(30, 26, 0),
    "jobs": AlertLimits(1, 0, 0),
    "unknown_deliveries": AlertLimits(10, 2, 30),
    "queue_lag": AlertLimits(30, 5, 10),
    "reviews": AlertLimits(10, 2, 30),
    "model": AlertLimits(0.60, 0.63, 0),
    "harm": AlertLimits(1, 0, 0),
    "retention": AlertLimits(0.05, 0.02, 0),
    "complaints": AlertLimits(0.003, 0.001, 0),
    "budget": AlertLimits(0.90, 0.80, 0),
    "privacy": AlertLimits(1, 0, 0),
}
"""Alert to its limits where the settings state none."""


class AlertRuleSettings(Section):
    """When one alert fires and clears. Between the two figures nothing changes, so that it does not flap."""

    fire: float | None = Field(None, description="the figure from which on it fires")
    clear: float | None = Field(None, description="the better figure from which on it is over")
    for_minutes: float | None = Field(
        None, ge=0, le=10_080, description="so long the figure must hold before either"
    )
    enabled: bool = Field(True, description="whether it is looked at at all")


def _rule(name: str, what: str) -> Any:
    limits = DEFAULT_LIMITS[name]
    return Field(
        AlertRuleSettings(),
        description=f"{what}; default fire = {limits.fire:g}, clear = {limits.clear:g}, "
        f"for_minutes = {limits.minutes:g}",
    )


class AlertSettings(Section):
    """What `retinue worker` tells the channels of `delivery.notices`: that it went wrong, that it is over."""

    drift: AlertRuleSettings = _rule("drift", "share of the features that drifted")
    latency: AlertRuleSettings = _rule(
        "latency", "seconds within which 99 % of the service's requests were answered, over ten minutes"
    )
    errors: AlertRuleSettings = _rule("errors", "share of them that were answered with 5xx")
    data_age: AlertRuleSettings = _rule("data_age", "hours since the newest row of the newest run's data")
    quarantine: AlertRuleSettings = _rule("quarantine", "share of the rows read that were set aside")
    run_age: AlertRuleSettings = _rule("run_age", "hours since the newest run looked")
    jobs: AlertRuleSettings = _rule("jobs", "jobs whose newest slot failed")
    unknown_deliveries: AlertRuleSettings = _rule(
        "unknown_deliveries", "deliveries of which nobody knows what became"
    )
    queue_lag: AlertRuleSettings = _rule("queue_lag", "minutes that the longest due delivery has waited")
    reviews: AlertRuleSettings = _rule("reviews", "offers that wait for a person and are overdue")
    model: AlertRuleSettings = _rule("model", "AUC of the newest run's churn model")
    harm: AlertRuleSettings = _rule("harm", "measured effects of offers that are surely for the worse")
    retention: AlertRuleSettings = _rule(
        "retention", "how far retention of the treated fell within 28 days, as a share"
    )
    complaints: AlertRuleSettings = _rule("complaints", "complaints per message within seven days")
    budget: AlertRuleSettings = _rule("budget", "share of the month's budget that is reserved or spent")
    privacy: AlertRuleSettings = _rule(
        "privacy", "customers' requests that are due within privacy.near_due_days and not answered"
    )

    @model_validator(mode="after")
    def _clear_is_better(self) -> AlertSettings:
        for name, default in DEFAULT_LIMITS.items():
            limits = self._limits(name)
            if limits.fire == limits.clear or limits.high_is_bad is not default.high_is_bad:
                side = "below" if default.high_is_bad else "above"
                raise ValueError(f"{name}: clear = {limits.clear:g} must lie {side} fire = {limits.fire:g}")
        return self

    def limits(self, name: str) -> AlertLimits | None:
        """The limits of an alert; None when it is switched off.

        >>> AlertSettings(drift=AlertRuleSettings(fire=0.4)).limits("drift")
        AlertLimits(fire=0.4, clear=0.15, minutes=0)
        """
        rule: AlertRuleSettings = getattr(self, name)
        return self._limits(name) if rule.enabled else None

    def _limits(self, name: str) -> AlertLimits:
        rule, default = getattr(self, name), DEFAULT_LIMITS[name]
        return AlertLimits(
            default.fire if rule.fire is None else rule.fire,
            default.clear if rule.clear is None else rule.clear,
            default.minutes if rule.for_minutes is None else rule.for_minutes,
        )
