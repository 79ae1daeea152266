"""Users of Retinue's own: made, given roles, shut out, and recognised by their password."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.errors import UsageError
from retinue.security.passwords import hash_password, is_right
from retinue.security.policy import ROLES

if TYPE_CHECKING:
    from retinue.store import Store
    from retinue.store.users import UserRecord

__all__ = ["check_roles", "create_user", "recognised"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]|[a-z0-9]")


def create_user(
    store: Store,
    name: str,
    password: str,
    roles: Sequence[str],
    *,
    now: datetime,
    keep_admin: bool = False,
) -> UserRecord:
    """A new user. now: aware UTC. keep_admin: there must be an admin then.

    Raises UsageError for a name that is taken or is an address, a role that is none, or a weak password;
    StateError where no user would be an admin.
    """
    from retinue.store.users import add_user

    if _NAME.fullmatch(name) is None:
        raise UsageError(
            "A user's name has 1 to 64 of a-z, 0-9, dot, dash and underline.",
            where="users create",
            fix="An e-mail address is personal data and stands in histories: take a name such as ada.l.",
        )
    hashed = hash_password(password, name=name)
    return add_user(store, name, hashed, check_roles(roles), now=now, keep_admin=keep_admin)


def check_roles(roles: Sequence[str]) -> list[str]:
    """Roles of a person. Raises UsageError for one that is none, for `service`, and for no role.

    >>> check_roles(["viewer", "csm"])
    ['viewer', 'csm']
    """
    able = [role for role in ROLES if role != "service"]
    for role in roles:
        if role not in able:
            raise UsageError(
                f"{role} is no role of a person.", where="--role", fix=f"Roles: {', '.join(able)}."
            )
    if not roles:
        raise UsageError("A user needs a role.", where="--role", fix=f"Roles: {', '.join(able)}.")
    return list(roles)


def recognised(store: Store, name: str, password: str) -> UserRecord | None:
    """The user of that name and password who may sign in; None otherwise, after as long a time."""
    from retinue.store.users import user_named

    found = user_named(store, name) if _NAME.fullmatch(name) else None
    right = is_right(password, None if found is None else found.password)
    return found if right and found is not None and found.active else None
