"""Users: names and passwords that are taken, who is recognised, and the commands that change them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.errors import UsageError
from retinue.security.api_keys import holder
from retinue.security.passwords import hash_password, is_right
from retinue.security.users import create_user, recognised
from retinue.store import Store
from retinue.store.users import change_roles, disable_user, user_named

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
GOOD = "correct horse battery"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / ".retinue" / "store.sqlite")
    yield made
    made.close()


def run(tmp_path: Path, *words: str, stdin: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(build_app(), [*words, "-w", str(tmp_path)], input=stdin)
    return done.exit_code, done.stdout, done.stderr


def test_a_password_is_kept_as_an_argon2id_hash_of_its_own() -> None:
    first, second = hash_password(GOOD), hash_password(GOOD)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert is_right(GOOD, first)
    assert not is_right(GOOD + "x", first)
    assert not is_right(GOOD, None)
    assert not is_right("nobody has this password", None)
    assert not is_right("x" * 1_001, first)
    assert not is_right(GOOD, "no hash")


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 1_001, "my name is Ada"])
def test_weak_passwords_are_refused(store: Store, password: str) -> None:
    with pytest.raises(UsageError):
        create_user(store, "ada", password, ["admin"], now=NOW)
    assert user_named(store, "ada") is None


@pytest.mark.parametrize("name", ["", "Ada", "ada@example.org", "a b", "../x", "a" * 65, "-a", "ada\n", "ü"])
def test_names_that_would_be_personal_or_tricky_are_refused(store: Store, name: str) -> None:
    with pytest.raises(UsageError) as raised:
        create_user(store, name, GOOD, ["admin"], now=NOW)
    assert "example.org" not in str(raised.value)


@pytest.mark.parametrize("roles", [[], ["service"], ["root"], ["admin", "Admin"]])
def test_roles_are_of_the_table(store: Store, roles: list[str]) -> None:
    with pytest.raises(UsageError):
        create_user(store, "ada", GOOD, roles, now=NOW)


def test_a_user_is_recognised_until_disabled(store: Store) -> None:
    made = create_user(store, "ada", GOOD, ["csm"], now=NOW)
    assert recognised(store, "ada", GOOD) == made
    assert recognised(store, "ada", GOOD + "x") is None
    assert recognised(store, "bob", GOOD) is None
    assert recognised(store, "ada' OR 1=1 --", GOOD) is None
    disable_user(store, "ada", now=NOW)
    assert recognised(store, "ada", GOOD) is None
    disable_user(store, "ada", now=NOW, enable=True)
    assert recognised(store, "ada", GOOD) is not None


def test_a_name_is_taken_once(store: Store) -> None:
    create_user(store, "ada", GOOD, ["csm"], now=NOW)
    with pytest.raises(UsageError, match="already"):
        create_user(store, "ada", GOOD, ["admin"], now=NOW)
    assert change_roles(store, "ada", ["viewer", "viewer"]).roles == ("viewer",)
    with pytest.raises(UsageError):
        change_roles(store, "bob", ["viewer"])


def test_the_first_administrator_is_made_by_a_command(tmp_path: Path, store: Store) -> None:
    code, out, err = run(
        tmp_path, "users", "create", "ada", "--role", "admin", "--password-stdin", stdin=f"{GOOD}\n"
    )
    assert (code, out) == (0, "ada: admin\n")
    assert "only whoever signs in" in err
    assert recognised(store, "ada", GOOD) is not None
    code, out, _ = run(tmp_path, "users", "list", "--json")
    assert [(u["name"], u["roles"], u["state"]) for u in json.loads(out)] == [("ada", ["admin"], "active")]
    assert "argon2" not in out


def test_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path, store: Store) -> None:
    code, out, err = run(tmp_path, "users", "create", "ada", "--role", "dpo", stdin=f"{GOOD}\n{GOOD}\n")
    assert code == 0
    assert GOOD not in out + err
    assert recognised(store, "ada", GOOD) is not None


def test_roles_passwords_and_states_change_by_commands(tmp_path: Path, store: Store) -> None:
    create_user(store, "ada", GOOD, ["csm"], now=NOW)
    assert run(tmp_path, "users", "roles", "ada", "--role", "approver")[0] == 0
    other = "another good one"
    assert run(tmp_path, "users", "password", "ada", "--password-stdin", stdin=f"{other}\n")[0] == 0
    found = recognised(store, "ada", other)
    assert found is not None
    assert found.roles == ("approver",)
    assert recognised(store, "ada", GOOD) is None
    assert run(tmp_path, "users", "disable", "ada")[1] == "ada is disabled.\n"
    assert recognised(store, "ada", other) is None
    assert run(tmp_path, "users", "enable", "ada")[1] == "ada is active.\n"
    assert run(tmp_path, "users", "disable", "bob")[0] == 2


def test_a_key_is_shown_once_and_ends_when_revoked(tmp_path: Path, store: Store) -> None:
    code, out, err = run(tmp_path, "keys", "create", "crm", "--scope", "outcomes.report", "--who", "ada")
    assert code == 0
    key = out.strip()
    found = holder(store, key, NOW)
    assert not isinstance(found, str)
    assert found.scopes == frozenset({"outcomes.report"})
    assert found.subject in err
    listed = run(tmp_path, "keys", "list", "--json")[1]
    assert key not in listed
    assert [(k["key_id"], k["created_by"]) for k in json.loads(listed)] == [(found.subject, "ada")]
    assert run(tmp_path, "keys", "revoke", found.subject)[0] == 0
    assert holder(store, key, NOW) == "key revoked or expired"
    assert run(tmp_path, "keys", "revoke", "key_x")[0] == 2


@pytest.mark.parametrize(
    "words", [(), ("--scope", "everything"), ("--scope", "users.manage"), ("--role", "root", "--scope", "x")]
)
def test_a_key_is_for_something_that_its_role_may(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(tmp_path, "keys", "create", "crm", *words)[0] == 2
