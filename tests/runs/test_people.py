"""Who may answer a review: users by their roles, others by the settings, and nobody by a made-up name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from retinue.campaigns.people import Person
from retinue.errors import RetinueError
from retinue.runs.people import person_named
from retinue.settings import ReviewSettings
from retinue.store import Store
from retinue.store.users import add_user, change_roles, disable_user

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.sqlite")
    yield made
    made.close()


def test_without_users_the_settings_say_who_may_what(store: Store) -> None:
    assert person_named(store, ReviewSettings(), "ada") == Person("ada", "admin", None)
    assert person_named(store, ReviewSettings(people={"ada": "csm"}), "ada").most_cents == 25_000
    with pytest.raises(RetinueError):
        person_named(store, ReviewSettings(people={"ada": "csm"}), "bob")


@pytest.mark.parametrize(
    ("roles", "role", "most"),
    [
        (["csm"], "csm", 25_000),
        (["approver", "csm", "viewer"], "approver", 250_000),
        (["admin", "csm"], "admin", None),
    ],
)
def test_a_user_has_the_widest_limit_of_their_roles(
    store: Store, roles: list[str], role: str, most: int | None
) -> None:
    add_user(store, "ada", "x", roles, now=NOW)
    settings = ReviewSettings(people={"ada": "admin"})  # a user's roles stand above the settings
    assert person_named(store, settings, "ada") == Person("ada", role, most)


def test_a_users_role_counts_as_it_is_now(store: Store) -> None:
    add_user(store, "ada", "x", ["approver"], now=NOW)
    change_roles(store, "ada", ["csm"])
    limits = {"csm": Decimal(10)}
    assert person_named(store, ReviewSettings(limits=limits), "ada").most_cents == 1_000
    change_roles(store, "ada", ["viewer"])
    with pytest.raises(RetinueError, match="no role"):
        person_named(store, ReviewSettings(), "ada")
    change_roles(store, "ada", ["admin"])
    disable_user(store, "ada", now=NOW)
    with pytest.raises(RetinueError, match="disabled"):
        person_named(store, ReviewSettings(people={"ada": "admin"}), "ada")


def test_once_there_is_a_user_a_made_up_name_is_nobody(store: Store) -> None:
    add_user(store, "ada", "x", ["csm"], now=NOW)
    with pytest.raises(RetinueError, match="no user"):
        person_named(store, ReviewSettings(), "root")
    assert person_named(store, ReviewSettings(people={"bob": "csm"}), "bob").role == "csm"
