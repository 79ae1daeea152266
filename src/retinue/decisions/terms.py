"""The terms of a run: everything but data and models that decides, as one value that a receipt can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from retinue.decisions.canonical import canonical, sha256_of
from retinue.decisions.rollout import NOT_IN_ROLLOUT, Rollout
from retinue.decisions.rules import GUARDS, RULES, RULES_VERSION, Thresholds
from retinue.decisions.tables.default import default_rules
from retinue.decisions.tables.document import BUILT_IN, RuleSet
from retinue.decisions.withheld import BY_RULE, WITHHELD
from retinue.incentives.catalogue import Catalogue
from retinue.settings import Settings

__all__ = ["POLICY_VERSION", "Terms", "canonical", "sha256_of"]

POLICY_VERSION = "3"
"""Raised whenever the way of choosing, exploring or allocating changes; a receipt names it."""

RULES_BEFORE_GUARDS = "2"
"""The version of the rules in receipts whose terms state no guards."""

RULES_BEFORE_TABLES = "3"
"""The version of the rules in receipts whose terms state no rules of the business."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Catalogue, tolerance, caution, exploration, holdout, thresholds, tiers, currency and seed.

    The fields with a default are newer than the first receipts, which do not have them. `guards`: the section
    of the settings as plain values. `rules`: those of the business, whole, so that a receipt stands alone.
    `occasion`: what is known of a single customer beside the run's facts (`campaigns.cancel_moment`); its
    `churn_probability` stands in place of the model's.

    >>> Terms.of(Settings()).currency
    'EUR'
    """

    catalogue: Catalogue
    thresholds: Thresholds
    tolerance: float
    exploration: float
    holdout_share: float
    holdout_salt: str
    tiers: tuple[tuple[str, float], ...]
    currency: str
    seed: int
    caution: float = 0.0
    exploration_floor: float = 0.0
    usual_share: float = 0.0
    exploration_budget: float = 1.0
    saved_worth: float = 1.0
    guards: Mapping[str, Any] | None = None
    reviews_per_day: int | None = None
    treated_share: float | None = None
    rollout: Rollout | None = None
    rules: RuleSet | None = None
    occasion: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, settings: Settings, rules: RuleSet | None = None, *, rollout: Rollout | None = None) -> Terms:
        """The terms that the settings state, with the built-in rules unless others are given.

        rollout: the phase of a roll-out; None where there is none. Raises SettingsError for a bad catalogue.
        """
        thresholds = Thresholds(**settings.decisions.model_dump())
        return cls(
            catalogue=Catalogue.of(settings.incentives, root=settings.root),
            thresholds=thresholds,
            tolerance=settings.incentives.tolerance,
            exploration=settings.incentives.exploration,
            holdout_share=settings.holdout.share,
            holdout_salt=settings.holdout.salt,
            tiers=tuple(settings.value.tiers.items()),
            currency=settings.project.currency,
            seed=settings.project.seed,
            caution=settings.incentives.caution,
            exploration_floor=settings.incentives.exploration_floor,
            usual_share=settings.holdout.usual_share,
            exploration_budget=settings.incentives.exploration_budget,
            saved_worth=settings.value.saved_worth,
            guards=settings.guards.model_dump(mode="json"),
            reviews_per_day=settings.budget.reviews_per_day,
            treated_share=settings.budget.treated_share,
            rollout=rollout,
            rules=default_rules(thresholds) if rules is None else rules,
        )

    def under(self, thresholds: Thresholds) -> Terms:
        """The same with other thresholds; built-in rules follow them, others state their own."""
        built_in = self.rules is not None and self.rules.number == BUILT_IN
        rules = default_rules(thresholds) if built_in else self.rules
        return replace(self, thresholds=thresholds, rules=rules)

    @property
    def draw_salt(self) -> str:
        """Salt of the day's draws; another seed is another day's luck."""
        return f"retinue-draw:{self.seed}"

    @property
    def sleeping_dog(self) -> Mapping[str, float] | None:
        """When an offer counts as harmful; None in receipts from before anybody asked."""
        return None if self.guards is None else self.guards["sleeping_dog"]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a receipt; `from_dict` is its inverse."""
        return {
            "catalogue": self.catalogue.as_list(),
            "thresholds": asdict(self.thresholds),
            "tolerance": self.tolerance,
            "exploration": self.exploration,
            "holdout_share": self.holdout_share,
            "holdout_salt": self.holdout_salt,
            "tiers": [[name, least] for name, least in self.tiers],
            "currency": self.currency,
            "seed": self.seed,
            "caution": self.caution,
            "exploration_floor": self.exploration_floor,
            "exploration_budget": self.exploration_budget,
            "saved_worth": self.saved_worth,
            # stated only when there is such an arm, so that receipts from before it replay to the same bits
            **({"usual_share": self.usual_share} if self.usual_share else {}),
            **({} if self.guards is None else {"guards": self.guards}),
            **({} if self.reviews_per_day is None else {"reviews_per_day": self.reviews_per_day}),
            **({} if self.treated_share is None else {"treated_share": self.treated_share}),
            **({} if self.rollout is None else {"rollout": self.rollout.as_dict()}),
            **({} if self.rules is None else {"rules": self.rules.as_dict()}),
            **({} if self.occasion is None else {"occasion": self.occasion}),
        }

    @classmethod
    def from_dict(cls, body: dict[str, Any]) -> Terms:
        """The terms that `as_dict` described."""
        return cls(
            **{
                **body,
                "catalogue": Catalogue.from_list(body["catalogue"]),
                "thresholds": Thresholds(**body["thresholds"]),
                "tiers": tuple((name, least) for name, least in body["tiers"]),
                "rollout": Rollout(**body["rollout"]) if "rollout" in body else None,
                "rules": RuleSet.from_dict(body["rules"]) if "rules" in body else None,
            }
        )

    def versions(self) -> dict[str, dict[str, Any]]:
        """Version and content hash of the policy and of the rules.

        Of the rules `version` and `sha256` are of all that routes, guards included; `table` and
        `table_sha256` are the number (0 built-in) and the hash of the rules of the business.
        """
        body = self.as_dict()
        thresholds = body.pop("thresholds")
        body.pop("rules", None)
        if self.occasion is not None:  # of one customer and time; only the probability is a rule
            body["occasion"] = {"churn_probability": self.occasion["churn_probability"]}
        policy = {"version": POLICY_VERSION, "sha256": sha256_of({**body, "version": POLICY_VERSION})}
        unused = {
            name
            for name, used in (
                ("as_usual", self.usual_share > 0),
                ("review_cap", self.reviews_per_day is not None),
                ("treated_share", self.treated_share is not None),
                (NOT_IN_ROLLOUT, self.rollout is not None),
                (BY_RULE, self.rules is not None),
                ("rejected", self.rules is not None),
            )
            if not used
        }
        if self.guards is None:
            unused |= set(WITHHELD) - {"under_offer"}
        rows = RULES if self.rules is None else GUARDS
        rules = [[rule.name, rule.action.value, rule.words] for rule in rows if rule.name not in unused]
        if self.rules is None:
            version = RULES_BEFORE_GUARDS if self.guards is None else RULES_BEFORE_TABLES
            stated = sha256_of({"thresholds": thresholds, "rules": rules, "version": version})
            return {"policy": policy, "rules": {"version": version, "sha256": stated}}
        table = self.rules.sha256
        stated = sha256_of(
            {"thresholds": thresholds, "rules": rules, "table": table, "version": RULES_VERSION}
        )
        return {
            "policy": policy,
            "rules": {
                "version": RULES_VERSION,
                "sha256": stated,
                "table": self.rules.number,
                "table_sha256": table,
            },
        }
