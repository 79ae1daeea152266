"""Who may approve what: a person, their role, and the dearest offer that role may approve."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from retinue.errors import LimitError
from retinue.incentives.budget import to_cents
from retinue.settings import ReviewSettings

__all__ = ["Person", "person", "with_roles"]


@dataclass(frozen=True, slots=True)
class Person:
    """most_cents: the dearest offer this person may approve; None for any."""

    name: str
    role: str
    most_cents: int | None


def person(settings: ReviewSettings, name: str) -> Person:
    """The person of that name. Without any in the settings, whoever works on the machine is an admin.

    Raises LimitError for somebody who has no role.

    >>> person(ReviewSettings(people={"ada": "csm"}), "ada")
    Person(name='ada', role='csm', most_cents=25000)
    """
    role = settings.people.get(name) if settings.people else "admin"
    if role is None:
        raise LimitError(
            f"{name} has no role in the review queue.",
            where="[review] people",
            fix=f"People with a role: {', '.join(sorted(settings.people))}.",
        )
    return Person(name, role, None if role == "admin" else to_cents(settings.limits[role]))


def with_roles(settings: ReviewSettings, name: str, roles: Collection[str]) -> Person:
    """Somebody whose roles are proven, with the widest of the limits these have.

    Raises LimitError for somebody without a role of the review queue.

    >>> with_roles(ReviewSettings(), "ada", {"viewer", "csm"})
    Person(name='ada', role='csm', most_cents=25000)
    """
    if "admin" in roles:
        return Person(name, "admin", None)
    limited = [(limit, role) for role, limit in settings.limits.items() if role in roles]
    if not limited:
        raise LimitError(
            f"{name} has no role in the review queue.",
            where="[review] limits",
            fix=f"Roles that have one: {', '.join(sorted({*settings.limits, 'admin'}))}.",
        )
    limit, role = max(limited)
    return Person(name, role, to_cents(limit))
