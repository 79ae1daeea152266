"""The table of permissions: every role is in it, nothing outside it is allowed."""

from __future__ import annotations

import pytest

from retinue.security import PERMISSIONS, ROLES, Principal, may


def test_every_role_may_something_and_every_permission_has_somebody() -> None:
    assert {role for p in PERMISSIONS.values() for role in p.roles} == set(ROLES)
    for permission in PERMISSIONS.values():
        assert permission.roles <= set(ROLES)
        assert permission.words


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_a_role_may_what_the_table_says(role: str, name: str) -> None:
    asks = Principal("x", frozenset({role}))
    assert may(asks, name) is (role in PERMISSIONS[name].roles)
    assert not may(Principal("x", frozenset({role}), "machine", frozenset()), name)
    assert not may(Principal("x", frozenset()), name)


def test_scopes_narrow_and_never_widen() -> None:
    narrow = Principal("key", frozenset({"viewer"}), "machine", frozenset({"customers.read", "rules.change"}))
    assert may(narrow, "customers.read")
    assert not may(narrow, "analytics.read")
    assert not may(narrow, "rules.change")


def test_an_unknown_permission_is_a_defect() -> None:
    with pytest.raises(KeyError):
        may(Principal("x", frozenset({"admin"})), "everything")


def test_an_administrator_does_not_read_personal_data_and_cannot_be_the_only_check() -> None:
    admin = Principal("x", frozenset({"admin"}))
    assert not may(admin, "pii.read")
    assert not may(admin, "privacy.handle")
