"""What may be offered: the catalogue, its costs, and what is believed of each offer before any evidence.

An offer's id is its type, or its type and its dose (`percentage_discount_15`). The *face value* is what the
customer receives, the *cost* what the business bears of it (see `costs`):

| type | `value` | face value | share borne |
| --- | --- | --- | --- |
| percentage_discount | percent | value % x monthly revenue x `duration_months` | 1 |
| fixed_credit | amount | value | 1 |
| free_upgrade | percent the better plan costs more | value % x monthly revenue x months | 0.3 |
| loyalty_points | amount the points are worth | value | 0.75 (the share that is redeemed) |
| personalized_bundle | percent | value % x monthly revenue x months, and a handling cost | 1 |

**Prior of the lift.** `retention_lift` is the share of would-be leavers whom the offer keeps. Before
evidence it follows a Beta distribution with `lift_mean` and `lift_sd`. The means are deliberately small,
grow with the dose at a falling rate, and are assumptions, not measurements: a business that has measured its
own states them in `[incentives.catalogue.<id>]`.
"""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from retinue.domain import Incentive
from retinue.errors import SettingsError
from retinue.settings import IncentiveSettings, parse_section

__all__ = ["NONE", "TYPES", "Catalogue", "Offer"]

NONE = "none"
"""The id of doing nothing: an action like any other, of cost 0 and lift 0."""

TYPES = ("percentage_discount", "fixed_credit", "free_upgrade", "loyalty_points", "personalized_bundle")
"""The kinds of offer, in the catalogue's order."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer: what it gives, what it costs, whom it suits and the prior of its retention lift.

    `least_share` and `most_share` bound the amount of a fixed offer as shares of one month's revenue: a
    credit too small to be noticed, or larger than what it protects, is not made.

    >>> Offer("fixed_credit", "fixed_credit", 25.0, None, lift_mean=0.05, lift_sd=0.04).beta()[0]
    1.434375
    """

    id: str
    type: str
    value: float
    duration_months: int | None
    lift_mean: float
    lift_sd: float
    cost_share: float = 1.0
    fixed_cost: float = 0.0
    least_share: float = 0.0
    most_share: float = 1.0

    @property
    def proportional(self) -> bool:
        """Whether the value is a percentage of what the customer pays."""
        return self.type not in ("fixed_credit", "loyalty_points")

    def beta(self) -> tuple[float, float]:
        """Parameters (a, b) of the Beta prior with this mean and standard deviation (method of moments).

        a = m * (m * (1 - m) / s**2 - 1),  b = (1 - m) * (m * (1 - m) / s**2 - 1). Needs `lift_sd` > 0.
        """
        weight = self.lift_mean * (1 - self.lift_mean) / self.lift_sd**2 - 1
        return round(self.lift_mean * weight, 12), round((1 - self.lift_mean) * weight, 12)

    def incentive(self) -> Incentive:
        """The offer as a person or an API sees it."""
        return Incentive(self.id, self.type, self.value, self.duration_months)


DEFAULT: tuple[Offer, ...] = (
    Offer("percentage_discount_5", "percentage_discount", 5.0, 3, lift_mean=0.05, lift_sd=0.04),
    Offer("percentage_discount_10", "percentage_discount", 10.0, 3, lift_mean=0.08, lift_sd=0.05),
    Offer("percentage_discount_15", "percentage_discount", 15.0, 3, lift_mean=0.10, lift_sd=0.05),
    Offer("percentage_discount_20", "percentage_discount", 20.0, 3, lift_mean=0.11, lift_sd=0.06),
    Offer("fixed_credit", "fixed_credit", 25.0, None, lift_mean=0.05, lift_sd=0.04, least_share=0.05),
    Offer("free_upgrade", "free_upgrade", 50.0, 3, lift_mean=0.06, lift_sd=0.05, cost_share=0.3),
    Offer(
        "loyalty_points",
        "loyalty_points",
        15.0,
        None,
        lift_mean=0.04,
        lift_sd=0.03,
        cost_share=0.75,
        least_share=0.05,
    ),
    Offer(
        "personalized_bundle", "personalized_bundle", 10.0, 1, lift_mean=0.04, lift_sd=0.03, fixed_cost=2.0
    ),
)
"""The design document's catalogue, amounts in the project's currency."""


class _Override(BaseModel):
    """The keys of `[incentives.catalogue.<id>]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    value: float | None = Field(None, gt=0)
    duration_months: int | None = Field(None, ge=1, le=60)
    cost_share: float | None = Field(None, ge=0, le=1)
    fixed_cost: float | None = Field(None, ge=0)
    least_share: float | None = Field(None, ge=0)
    most_share: float | None = Field(None, ge=0)
    lift_mean: float | None = Field(None, ge=0, lt=1)
    lift_sd: float | None = Field(None, ge=0, lt=0.5)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The offers that may be made, in a fixed order: by type, then by dose."""

    offers: tuple[Offer, ...]

    @classmethod
    def default(cls) -> Catalogue:
        """The design document's catalogue."""
        return cls(DEFAULT)

    @classmethod
    def of(cls, settings: IncentiveSettings, *, root: Path | None = None) -> Catalogue:
        """The default catalogue with the overrides of `settings.catalogue`.

        An id that is not in the catalogue adds a dose when it reads `<type>_<number>`, such as
        `percentage_discount_12` or `fixed_credit_50`; it must state `lift_mean` and `lift_sd`. `root` is the
        folder of `retinue.toml`, so that an error can name the line.

        Raises SettingsError for an unknown id or key, a value out of range, a value that contradicts the
        dose in the id, and a larger discount believed to work worse than a smaller one.

        >>> from retinue.settings import IncentiveSettings
        >>> settings = IncentiveSettings(catalogue={"personalized_bundle": {"enabled": False}})
        >>> Catalogue.of(settings).actions[-1]
        'loyalty_points'
        """
        known = {offer.id: offer for offer in DEFAULT}
        for name, raw in settings.catalogue.items():
            where = f"incentives.catalogue.{name}"
            change = parse_section(
                _Override, raw, path=("incentives", "catalogue", name), root=root or Path.cwd()
            )
            stated = change.model_dump(exclude_none=True, exclude={"enabled"})
            if not change.enabled:
                if name not in known:
                    raise _unknown(name, known, where)
                del known[name]
                continue
            offer = known[name] if name in known else _new_dose(name, stated, known, where)
            known[name] = _checked(replace(offer, **stated), where)
        offers = tuple(sorted(known.values(), key=lambda o: (TYPES.index(o.type), o.value, o.id)))
        _check_doses(offers)
        return cls(offers)

    @property
    def actions(self) -> tuple[str, ...]:
        """The ids of every action, doing nothing first."""
        return (NONE, *(offer.id for offer in self.offers))

    def as_list(self) -> list[dict[str, Any]]:
        """The offers as plain values, for a receipt; `from_list` is its inverse."""
        return [asdict(offer) for offer in self.offers]

    @classmethod
    def from_list(cls, offers: list[dict[str, Any]]) -> Catalogue:
        """The catalogue that `as_list` described."""
        return cls(tuple(Offer(**offer) for offer in offers))


def _dose_of(name: str) -> tuple[str, float | None]:
    """The type of an id and the dose it names, if it names one."""
    match = re.fullmatch(r"([a-z_]+?)(?:_(\d{1,6}))?", name)
    if match is None:
        return name, None
    return match[1], float(match[2]) if match[2] else None


def _unknown(name: str, known: Mapping[str, Offer], where: str) -> SettingsError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return SettingsError(
        f"Unknown incentive '{name}'.",
        where=where,
        fix=f"{hint}In the catalogue: {', '.join(known)}. A new dose reads <type>_<number>: fixed_credit_50.",
    )


def _new_dose(name: str, stated: Mapping[str, Any], known: Mapping[str, Offer], where: str) -> Offer:
    kind, dose = _dose_of(name)
    if kind not in TYPES or not dose:
        raise _unknown(name, known, where)
    if "lift_mean" not in stated or "lift_sd" not in stated:
        raise SettingsError(
            f"The new incentive '{name}' does not say how well it is believed to work.",
            where=where,
            fix="State lift_mean and lift_sd: the share of leavers it keeps, and how unsure that is.",
        )
    pattern = next(offer for offer in DEFAULT if offer.type == kind)
    return replace(pattern, id=name, value=dose)


def _checked(offer: Offer, where: str) -> Offer:
    dose = _dose_of(offer.id)[1]
    if dose is not None and offer.value != dose:
        raise SettingsError(
            f"'{offer.id}' cannot have the value {offer.value:g}: the dose in its name is {dose:g}.",
            where=f"{where}.value",
            fix=f"Set enabled = false here and add [incentives.catalogue.{offer.type}_{offer.value:g}].",
        )
    if offer.proportional and offer.value > 100:
        raise SettingsError(
            f"'{offer.id}' gives more than 100 %.", where=f"{where}.value", fix="State a percentage."
        )
    if offer.least_share > offer.most_share:
        raise SettingsError(
            f"'{offer.id}': least_share is above most_share.", where=where, fix="Swap or widen them."
        )
    widest = math.sqrt(offer.lift_mean * (1 - offer.lift_mean))
    if offer.lift_sd > 0 and offer.lift_sd >= widest:
        raise SettingsError(
            f"'{offer.id}': a share of mean {offer.lift_mean:g} cannot have lift_sd {offer.lift_sd:g}.",
            where=f"{where}.lift_sd",
            fix=f"State less than {widest:.4g}.",
        )
    return offer


def _check_doses(offers: tuple[Offer, ...]) -> None:
    discounts = [offer for offer in offers if offer.type == "percentage_discount"]
    for smaller, larger in itertools.pairwise(discounts):
        if larger.lift_mean < smaller.lift_mean:
            raise SettingsError(
                f"'{larger.id}' is believed to keep fewer customers ({larger.lift_mean:g})"
                f" than '{smaller.id}' ({smaller.lift_mean:g}).",
                where=f"incentives.catalogue.{larger.id}.lift_mean",
                fix="A larger discount must not work worse than a smaller one: raise one or lower the other.",
            )
