"""Who may approve what: a person, their role, and the dearest offer that role may approve."""

from __future__ import annotations

from dataclasses import dataclass

from retinue.errors import UsageError
from retinue.incentives.budget import to_cents
from retinue.settings import ReviewSettings

__all__ = ["Person", "person"]


@dataclass(frozen=True, slots=True)
class Person:
    """most_cents: the dearest offer this person may approve; None for any."""

    name: str
    role: str
    most_cents: int | None


def person(settings: ReviewSettings, name: str) -> Person:
    """The person of that name. Without any in the settings, whoever works on the machine is an admin.

    Raises UsageError for somebody who has no role.

    >>> person(ReviewSettings(people={"ada": "csm"}), "ada")
    Person(name='ada', role='csm', most_cents=25000)
    """
    role = settings.people.get(name) if settings.people else "admin"
    if role is None:
        raise UsageError(
            f"{name} has no role in the review queue.",
            where="[review] people",
            fix=f"People with a role: {', '.join(sorted(settings.people))}.",
        )
    return Person(name, role, None if role == "admin" else to_cents(settings.limits[role]))
