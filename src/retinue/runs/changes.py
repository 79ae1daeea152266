"""What is asked of a what-if: settings, catalogue and budget other than those that ruled."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from retinue.decisions.withheld import mask_of
from retinue.errors import SettingsError, UsageError
from retinue.incentives.budget import to_cents
from retinue.settings import GuardSettings, Settings, overridden

if TYPE_CHECKING:
    from retinue.decisions.terms import Terms
    from retinue.incentives.limits import Limits

__all__ = ["Change", "change_of"]

SECTIONS = ("incentives", "decisions", "holdout", "guards", "budget")
"""Sections whose settings decide without another model having to be trained."""
NOT_VARIED = {
    "decisions.rules": "it names a file; ask retinue rules try FILE what another one would do",
    "guards.fairness": "it judges a whole run, and whether one of then would be refused is not judged again",
    "budget.per_campaign": "give --budget, which stands in its place",
    "budget.per_month": "runs share it, and each is decided again by itself; give --budget, that of each",
    "budget.hold_days": "it frees money between runs, and each is decided again by itself",
}
"""Settings of those sections that a single run cannot answer for, and why."""
GUARDED = {
    "incentives.offer_gap_days": "under_offer",
    "guards.contacts": "contact_cap",
    "guards.offers_per_year": "lifetime_cap",
    "guards.offers_per_lifetime": "lifetime_cap",
    "guards.cost_per_year": "lifetime_cap",
    "guards.cost_per_lifetime": "lifetime_cap",
    "guards.consent": "objected",
    "guards.cancel_clicks": "cancel_clicks",
}
"""Settings that withhold, and the reason they decide about; a sleeping dog is found in weighing."""
RULED = (
    "decisions.urgent_above",
    "decisions.urgent_clv_above",
    "decisions.review_clv_above",
    "decisions.auto_cost_up_to",
)
"""Settings that only the built-in rules look at."""
LEARNING = ("incentives.objective", "incentives.drift", "incentives.catalogue")
"""What the response model depends on."""


@dataclass(frozen=True, slots=True)
class Change:
    """settings: those of the workspace with the change. keys: what was stated (`incentives.caution`).

    budget: the budget in its place; None leaves it as it was.
    """

    settings: Settings
    keys: tuple[str, ...]
    budget: Decimal | None = None

    @property
    def relearns(self) -> bool:
        """Whether the response model of a run may be another one under the change."""
        return any(key in LEARNING for key in self.keys)

    def terms(self, past: Terms) -> Terms:
        """The terms of a run with what was stated in place of its own.

        Raises UsageError where the result contradicts itself.
        """
        from retinue.decisions.terms import Terms

        stated = Terms.of(self.settings)
        known = {field.name for field in fields(Terms)}
        found, thresholds = past, past.thresholds
        for key in self.keys:
            section, _, name = key.partition(".")
            if section == "decisions":
                if past.rules is not None and past.rules.number and key in RULED:
                    raise UsageError(
                        f"'{key}' does not decide where rules of the business are in force.",
                        where="--set",
                        fix="Change a copy of the rules and ask: retinue rules try FILE",
                    )
                thresholds = replace(thresholds, **{name: getattr(stated.thresholds, name)})
                continue
            if section == "guards":
                # a run from before the guards gets all of them
                guards = dict(found.guards or stated.guards or {})
                found = replace(found, guards={**guards, name: (stated.guards or {})[name]})
                continue
            field = f"holdout_{name}" if f"holdout_{name}" in known and section == "holdout" else name
            if field in known:
                found = replace(found, **{field: getattr(stated, field)})
        if not thresholds.act_above <= thresholds.monitor_up_to <= thresholds.urgent_above:
            raise UsageError(
                "act_above ≤ monitor_up_to ≤ urgent_above must hold: the run had"
                f" {past.thresholds.act_above:g}, {past.thresholds.monitor_up_to:g} and"
                f" {past.thresholds.urgent_above:g}.",
                where="--set",
                fix="Set the others with it.",
            )
        return found.under(thresholds)

    @property
    def withholds(self) -> int:
        """The reasons for withholding that are found anew, as bits of `decisions.withheld`."""
        return mask_of({GUARDED[key] for key in self.keys if key in GUARDED})

    def guarding(self, past: Terms) -> Settings:
        """The settings by which reasons are found anew: the run's own guards, and what was stated."""
        own = self.terms(past).guards
        if own is None:
            return self.settings
        return self.settings.model_copy(update={"guards": GuardSettings.model_validate(own)})

    def limits(self, past: Limits, *, tiers: Collection[str], customers: int) -> Limits:
        """The limits of a run with what was stated in place of its own.

        tiers: names of the value tiers. customers: how many were active, the base of `budget.treated_share`.
        Raises SettingsError for a tier that does not exist.
        """
        from retinue.incentives.limits import Limits

        stated = Limits.of(self.settings.budget, tiers=tiers, customers=customers)
        keys = self.keys
        return Limits(
            past.total_cents if self.budget is None else to_cents(self.budget),
            stated.tier_cents if "budget.per_tier" in keys else past.tier_cents,
            stated.reviews if "budget.reviews_per_day" in keys else past.reviews,
            stated.treated if "budget.treated_share" in keys else past.treated,
        )

    def as_dict(self) -> dict[str, Any]:
        """What was stated, JSON-ready."""
        body = self.settings.fingerprint_body()
        stated = {key: body[key.partition(".")[0]][key.partition(".")[2]] for key in self.keys}
        return stated if self.budget is None else {**stated, "budget": float(self.budget)}


def change_of(
    settings: Settings,
    assignments: Sequence[str] = (),
    *,
    catalogue: Path | None = None,
    budget: Decimal | None = None,
) -> Change:
    """The change that a command line states.

    assignments: `section.key=value`, the value as in `retinue.toml` (text may stand without quotes).
    catalogue: a TOML file with a table for each incentive, in place of `[incentives.catalogue]`.

    Raises UsageError for what is no assignment or cannot be varied, SettingsError for a bad key or value.

    >>> change = change_of(Settings(), ["incentives.caution=1", "decisions.act_above=0.5"])
    >>> change.keys, change.settings.incentives.caution
    (('decisions.act_above', 'incentives.caution'), 1.0)
    """
    stated: dict[str, dict[str, Any]] = {}
    if catalogue is not None:
        stated["incentives"] = {"catalogue": _catalogue(catalogue)}
    for text in assignments:
        path, value = _assignment(text)
        section, key, *inner = path
        if not inner:
            stated.setdefault(section, {})[key] = value
            continue
        there = stated.setdefault(section, {}).get(key)
        body: Any = getattr(getattr(settings, section), key, {}) if there is None else there
        stated[section][key] = _within(body, inner, value)
    keys = sorted(f"{section}.{key}" for section, values in stated.items() for key in values)
    if not keys and budget is None:
        raise UsageError(
            "Nothing is to be changed.",
            where="whatif",
            fix="Give --budget, --catalogue or --set SECTION.KEY=VALUE.",
        )
    return Change(overridden(settings, stated, Path("--set")), tuple(keys), budget)


def _assignment(text: str) -> tuple[list[str], Any]:
    name, sign, value = text.partition("=")
    path = name.strip().split(".")
    if not sign or len(path) < 2 or not all(path):
        raise UsageError(
            f"'{text}' is no assignment.", where="--set", fix="Write --set incentives.caution=1 for example."
        )
    if path[0] not in SECTIONS:
        raise UsageError(
            f"'{name.strip()}' cannot be varied on what was decided: models and data would be others.",
            where="--set",
            fix=f"Vary a setting of {', '.join(SECTIONS)}, or the catalogue.",
        )
    why = NOT_VARIED.get(".".join(path[:2]))
    if why is not None:
        raise UsageError(
            f"'{name.strip()}' cannot be varied on a single run.", where="--set", fix=f"Leave it: {why}."
        )
    try:
        return path, tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return path, value.strip()


def _within(body: Any, path: Sequence[str], value: Any) -> dict[str, Any]:
    """The tables with the value at the end of the path, the others as they are."""
    tables = body.model_dump() if isinstance(body, BaseModel) else body
    found: dict[str, Any] = dict(tables) if isinstance(tables, Mapping) else {}
    found[path[0]] = value if len(path) == 1 else _within(found.get(path[0], {}), path[1:], value)
    return found


def _catalogue(file: Path) -> dict[str, Any]:
    try:
        body = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            "The catalogue cannot be read.", where=str(file), fix=f"{error.strerror}: name another file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The catalogue is not valid TOML: {error}.",
            where=str(file),
            fix="Write a table for each incentive, such as [fixed_credit].",
        ) from error
    found = body.get("incentives", {}).get("catalogue", body)
    if not all(isinstance(offer, dict) for offer in found.values()):
        raise SettingsError(
            "The catalogue holds something that is no table.",
            where=str(file),
            fix="Write a table for each incentive, such as [fixed_credit].",
        )
    return dict(found)
