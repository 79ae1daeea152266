"""Who somebody is in the review queue: a user of the service by their roles, others by `[review] people`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retinue.campaigns.people import Person, person
from retinue.errors import UsageError
from retinue.store.users import any_users, list_users, user_named

if TYPE_CHECKING:
    from retinue.settings import ReviewSettings
    from retinue.store import Store

__all__ = ["person_named", "reviewers"]


def person_named(store: Store, settings: ReviewSettings, name: str) -> Person:
    """The person of a name, with the widest limit that their roles have.

    As soon as there is a user, a name that is neither a user nor one of `[review] people` is nobody. Raises
    UsageError for those, for a user without a role in the queue, and for one who is disabled.
    """
    user = user_named(store, name)
    if user is None:
        if not settings.people and any_users(store):
            raise UsageError(
                f"{name} is no user.", where="--who", fix="Name a user; see: retinue users list."
            )
        return person(settings, name)
    if not user.active:
        raise UsageError(f"{name} is disabled.", where="users", fix="See: retinue users list.")
    able = ["admin", *sorted(settings.limits, key=settings.limits.__getitem__, reverse=True)]
    role = next((role for role in able if role in user.roles), None)
    if role is None:
        raise UsageError(
            f"{name} has no role in the review queue.",
            where="users",
            fix=f"Roles that have one: {', '.join(able)}. Give it: retinue users roles {name} --role …",
        )
    return person(settings.model_copy(update={"people": {name: role}}), name)


def reviewers(store: Store, settings: ReviewSettings, asking: str) -> list[str]:
    """Who may be given a case, by name: active users with a role in the queue and `[review] people`, and
    whoever asks."""
    roles = {*settings.limits, "admin"}
    users = [user.name for user in list_users(store) if user.active and roles & set(user.roles)]
    return sorted({*users, *settings.people, asking})
