"""A policy version: how choices are made, as one value with a hash.

It holds the settings that decide who may get an offer and which one, given what is known and what is
offered. Not in it: guards, budget and catalogue (what may be done, money and offers come and go), values,
currency, seed, the holdout, who approves (`review_clv_above`, `auto_cost_up_to`), what is called urgent, and
how the models are trained.

>>> from retinue.settings import Settings
>>> policy = Policy.of(Settings())
>>> policy.terms["incentives.objective"], len(policy.sha256)
('response', 64)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from retinue.decisions.terms import sha256_of

if TYPE_CHECKING:
    from retinue.decisions.terms import Terms
    from retinue.settings import Settings

__all__ = ["Policy"]

INCENTIVES = ("objective", "caution", "tolerance", "exploration", "exploration_floor", "exploration_budget")
THRESHOLDS = ("act_above", "monitor_up_to")


@dataclass(frozen=True, slots=True)
class Policy:
    """terms: dotted setting to its value."""

    terms: Mapping[str, Any]

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """The policy that the settings describe."""
        return cls(
            {
                **{f"incentives.{name}": getattr(settings.incentives, name) for name in INCENTIVES},
                **{f"decisions.{name}": getattr(settings.decisions, name) for name in THRESHOLDS},
            }
        )

    @classmethod
    def stored(cls, terms: Mapping[str, Any], settings: Settings) -> Policy:
        """A policy as it was recorded; what was not yet a setting then is as it is in `settings`."""
        now = cls.of(settings).terms
        return cls({name: terms.get(name, value) for name, value in now.items()})

    @property
    def sha256(self) -> str:
        """Hash of what it says; the same terms are the same version."""
        return sha256_of(dict(self.terms))

    @property
    def objective(self) -> str:
        """`response` or `formula`."""
        return str(self.terms["incentives.objective"])

    def applied(self, settings: Settings) -> Settings:
        """The settings with this policy in place of their own."""
        incentives = {name: self.terms[f"incentives.{name}"] for name in INCENTIVES}
        thresholds = {name: self.terms[f"decisions.{name}"] for name in THRESHOLDS}
        # urgency is not part of a policy, but the thresholds must stay in order
        urgent = max(settings.decisions.urgent_above, thresholds["monitor_up_to"])
        return settings.model_copy(
            update={
                "incentives": settings.incentives.model_copy(update=incentives),
                "decisions": settings.decisions.model_copy(update={**thresholds, "urgent_above": urgent}),
            }
        )

    def terms_of(self, past: Terms) -> Terms:
        """The terms of a run with this policy in place of its own."""
        own = {name: self.terms[f"incentives.{name}"] for name in INCENTIVES if name != "objective"}
        thresholds = {name: self.terms[f"decisions.{name}"] for name in THRESHOLDS}
        return replace(past, **own).under(replace(past.thresholds, **thresholds))

    def against(self, other: Policy) -> list[str]:
        """What this policy does otherwise than another, setting by setting in words."""
        return [
            f"{name} {other.terms[name]} → {value}"
            for name, value in self.terms.items()
            if other.terms.get(name) != value
        ]
