"""Users of Retinue's own: made, given roles, shut out, let in, given a password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from retinue.api.access import permit
from retinue.api.deps import Door, Service
from retinue.api.once import Acting
from retinue.api.shapes.users import NewPassword, NewUser, RolesOf, User, UserMade, UserName, Users
from retinue.errors import NotFoundError
from retinue.security import Principal
from retinue.security.passwords import hash_password, made_up
from retinue.security.users import check_roles, create_user
from retinue.store.users import (
    UserRecord,
    change_password,
    change_roles,
    disable_user,
    list_users,
    user_named,
)

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/users", tags=["users"])

Manager = Annotated[Principal, Depends(permit("users.manage"))]


@router.get("", response_model=Users, dependencies=[Depends(permit("users.manage"))])
def list_(door: Service) -> Users:
    """Every user, disabled ones too. Whoever signs in at your provider is not among them."""
    return Users(users=[_shown(one) for one in list_users(door.store)])


@router.post("", response_model=UserMade, status_code=201, dependencies=[Depends(permit("users.manage"))])
def create(door: Service, given: NewUser, response: Response) -> UserMade:
    """Make a user; from the first one on nobody uses the service without signing in or a key.

    400: the name is taken, or the password is weak. 409: there would be users and no admin among them.
    """
    response.headers["Cache-Control"] = "no-store"
    password = given.password if given.password is not None else made_up(given.name)
    made = create_user(
        door.store, given.name, password, given.roles, now=door.clock(), keep_admin=_admins(door)
    )
    return UserMade(user=_shown(made), password=password if given.password is None else None)


@router.post("/{name}/roles", response_model=User)
def roles(door: Service, name: UserName, given: RolesOf, once: Acting, who: Manager) -> Response:
    """Give a user these roles and no others; it counts from the next request on. 409: the last admin."""
    return _done(
        door,
        name,
        once,
        who,
        lambda: change_roles(door.store, name, check_roles(given.roles), keep_admin=_admins(door)),
    )


@router.post("/{name}/disable", response_model=User)
def disable(door: Service, name: UserName, once: Acting, who: Manager) -> Response:
    """Shut a user out from the next request on. 409: the last admin."""
    return _done(
        door,
        name,
        once,
        who,
        lambda: disable_user(door.store, name, now=door.clock(), keep_admin=_admins(door)),
    )


@router.post("/{name}/enable", response_model=User)
def enable(door: Service, name: UserName, once: Acting, who: Manager) -> Response:
    """Let a user in again, who must sign in anew."""
    return _done(door, name, once, who, lambda: disable_user(door.store, name, now=door.clock(), enable=True))


@router.post("/{name}/password", response_model=UserMade, dependencies=[Depends(permit("users.manage"))])
def password(door: Service, name: UserName, given: NewPassword, response: Response) -> UserMade:
    """Set a new password; whoever is signed in with the old one must sign in again. 400: it is weak."""
    response.headers["Cache-Control"] = "no-store"
    _there(door, name)
    new = given.password if given.password is not None else made_up(name)
    done = change_password(door.store, name, hash_password(new, name=name), now=door.clock())
    return UserMade(user=_shown(done), password=new if given.password is None else None)


def _done(door: Door, name: str, once: Acting, who: Principal, work: Callable[[], UserRecord]) -> Response:
    _there(door, name)
    return once(who, lambda: _shown(work()))


def _there(door: Door, name: str) -> None:
    if user_named(door.store, name) is None:
        raise NotFoundError("There is no such user.", fix="See GET /api/v1/users.")


def _admins(door: Door) -> bool:
    """Whether one of the users must be an admin: where no provider can send any."""
    return door.settings.auth.issuer is None


def _shown(user: UserRecord) -> User:
    return User(
        name=user.name,
        roles=list(user.roles),
        state="active" if user.active else "disabled",
        created_at=user.created_at.replace(tzinfo=UTC),
        since=user.since.replace(tzinfo=UTC),
    )
