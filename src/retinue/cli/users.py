"""`retinue users`: who may sign in to the service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinue.cli.daily import opened
from retinue.cli.output import JsonFlag, Workspace, emit, parse_clock, reporting_errors, say, table_text

if TYPE_CHECKING:
    from retinue.store.users import UserRecord

__all__ = ["Roles", "register"]

Name = Annotated[str, typer.Argument(help="Name of the user, such as ada.l; no e-mail address.")]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help="viewer, analyst, csm, approver, admin or dpo; may be given more than once."),
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    users = typer.Typer(no_args_is_help=True, help="Who may sign in to the service.")
    app.add_typer(users, name="users")
    _making(users)
    _changing(users)


def _making(users: typer.Typer) -> None:
    @users.command("create", epilog="Example: retinue users create ada --role admin")
    def create(
        name: Name,
        role: Roles = None,
        password_stdin: FromStdin = False,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Make a user; from the first one on nobody uses the service without a proof of who they are."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.security.users import check_roles, create_user
            from retinue.store.users import any_users

            roles, first = check_roles(role or []), not any_users(retinue.store)
            made = create_user(retinue.store, name, _password(password_stdin), roles, now=retinue.clock)
            emit(_shown(made), as_json=as_json, text=f"{made.name}: {', '.join(made.roles)}")
            if first:
                say("From now on the service answers only whoever signs in or has a key.")

    @users.command("list", epilog="Example: retinue users list")
    def list_(workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Every user, with roles and state."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.store.users import list_users

            found = [_shown(user) for user in list_users(retinue.store)]
            rows = [{**one, "roles": ", ".join(one["roles"])} for one in found]
            text = table_text(rows, ("name", "roles", "state", "created_at")) if rows else "There is no user."
            emit(found, as_json=as_json, text=text)


def _changing(users: typer.Typer) -> None:
    @users.command("roles", epilog="Example: retinue users roles ada --role approver --role analyst")
    def roles(
        name: Name, role: Roles = None, workspace: Workspace = Path(), as_json: JsonFlag = False
    ) -> None:
        """Give a user these roles and no others; it counts from the next request on."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.security.users import check_roles
            from retinue.store.users import change_roles

            done = change_roles(retinue.store, name, check_roles(role or []))
            emit(_shown(done), as_json=as_json, text=f"{done.name}: {', '.join(done.roles)}")

    @users.command("password", epilog="Example: retinue users password ada")
    def password(
        name: Name,
        password_stdin: FromStdin = False,
        workspace: Workspace = Path(),
        as_json: JsonFlag = False,
    ) -> None:
        """Set a new password; whoever is signed in with the old one must sign in again."""
        with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
            from retinue.security.passwords import hash_password
            from retinue.store.users import change_password

            hashed = hash_password(_password(password_stdin), name=name)
            done = change_password(retinue.store, name, hashed, now=retinue.clock)
            emit(_shown(done), as_json=as_json, text=f"{done.name} has a new password.")

    @users.command("disable", epilog="Example: retinue users disable ada")
    def disable(name: Name, workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Shut a user out from the next request on."""
        _disable(name, workspace, as_json, enable=False)

    @users.command("enable", epilog="Example: retinue users enable ada")
    def enable(name: Name, workspace: Workspace = Path(), as_json: JsonFlag = False) -> None:
        """Let a user in again, who must sign in anew."""
        _disable(name, workspace, as_json, enable=True)


def _disable(name: str, workspace: Path, as_json: bool, *, enable: bool) -> None:
    with reporting_errors(as_json), opened(workspace, clock=parse_clock(None), quiet=True) as retinue:
        from retinue.store.users import disable_user

        done = disable_user(retinue.store, name, now=retinue.clock, enable=enable)
        emit(_shown(done), as_json=as_json, text=f"{done.name} is {_shown(done)['state']}.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _shown(user: UserRecord) -> dict[str, str | list[str]]:
    return {
        "name": user.name,
        "roles": list(user.roles),
        "state": "active" if user.active else "disabled",
        "created_at": f"{user.created_at.isoformat()}Z",
    }
