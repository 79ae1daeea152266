"""Users, roles and settings over HTTP: what is changed, by whom, on record, and what is never told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.api.browser import PASSWORD
from tests.api.conftest import NOW, TestClient
from tests.api.test_access import key_of

from retinue.security import PERMISSIONS, ROLES
from retinue.security.users import create_user, recognised
from retinue.settings import Settings, load_settings
from retinue.settings.describing import Described, described
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.users import user_named

Service = Callable[..., TestClient]
USERS = "/api/v1/users"


@pytest.fixture
def admin(service: Service, store: Store) -> TestClient:
    """A machine that may manage users; there is the user ada, an admin."""
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    client = service()
    client.headers["X-API-Key"] = key_of(store, "admin")
    return client


# --- Users ----------------------------------------------------------------------------------------------


def test_a_user_is_made_with_a_password_that_is_told_once(admin: TestClient, store: Store) -> None:
    made = admin.post(USERS, json={"name": "bob", "roles": ["csm", "viewer"]})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    password = made.json()["password"]
    assert len(password) == 24
    assert recognised(store, "bob", password) is not None
    listed = admin.get(USERS).json()["users"]
    assert [(one["name"], one["roles"], one["state"]) for one in listed] == [
        ("ada", ["admin"], "active"),
        ("bob", ["csm", "viewer"], "active"),
    ]
    assert password not in admin.get(USERS).text
    given = admin.post(USERS, json={"name": "cleo", "roles": ["dpo"], "password": PASSWORD})
    assert given.json()["password"] is None
    (cleo, bob, *_) = search(store, action="user.created")
    assert (bob.object_id, cleo.object_id) == ("bob", "cleo")
    assert bob.actor.startswith("key_")


def test_a_user_is_changed_shut_out_and_let_in(admin: TestClient, store: Store) -> None:
    create_user(store, "bob", PASSWORD, ["viewer"], now=NOW)
    assert admin.post(f"{USERS}/bob/roles", json={"roles": ["approver"]}).json()["roles"] == ["approver"]
    assert admin.post(f"{USERS}/bob/disable").json()["state"] == "disabled"
    assert recognised(store, "bob", PASSWORD) is None
    assert admin.post(f"{USERS}/bob/enable").json()["state"] == "active"
    new = admin.post(f"{USERS}/bob/password", json={}).json()["password"]
    assert recognised(store, "bob", PASSWORD) is None
    assert recognised(store, "bob", new) is not None
    done = [one.action for one in search(store, object_id="bob")]
    assert done == [
        "user.password_changed",
        "user.enabled",
        "user.disabled",
        "user.roles_changed",
        "user.created",
    ]


def test_the_last_admin_stays(admin: TestClient, store: Store) -> None:
    for path, body in (("ada/roles", {"roles": ["viewer"]}), ("ada/disable", None)):
        answer = admin.post(f"{USERS}/{path}", json=body)
        assert answer.status_code == 409, path
        assert "another admin" in answer.json()["fix"] or "an admin first" in answer.json()["fix"]
    ada = user_named(store, "ada")
    assert ada is not None
    assert (ada.roles, ada.active) == (("admin",), True)
    assert search(store, action="user.disabled") == []
    create_user(store, "bob", PASSWORD, ["admin"], now=NOW)
    assert admin.post(f"{USERS}/ada/disable").status_code == 200
    assert admin.post(f"{USERS}/bob/roles", json={"roles": ["viewer"]}).status_code == 409


def test_the_first_user_is_an_admin(service: Service, store: Store) -> None:
    client = service()
    assert client.post(USERS, json={"name": "bob", "roles": ["viewer"]}).status_code == 409
    assert user_named(store, "bob") is None
    assert client.post(USERS, json={"name": "ada", "roles": ["admin"]}).status_code == 201
    assert client.get(USERS).status_code == 401, "from now on everybody signs in"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"name": "ada", "roles": ["viewer"]}, 400),
        ("", {"name": "ada@example.org", "roles": ["viewer"]}, 422),
        ("", {"name": "bob", "roles": ["service"]}, 400),
        ("", {"name": "bob", "roles": ["root"]}, 400),
        ("", {"name": "bob", "roles": []}, 422),
        ("", {"name": "bob", "roles": ["viewer"], "password": "short"}, 400),
        ("", {"name": "bob", "roles": ["viewer"], "password": "bob has a long one"}, 400),
        ("/nobody/roles", {"roles": ["viewer"]}, 404),
        ("/nobody/disable", None, 404),
        ("/nobody/password", {}, 404),
        ("/A%20B/disable", None, 422),
        ("/ada/roles", {"roles": ["admin", "root"]}, 400),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(admin: TestClient, path: str, body: Any, status: int) -> None:
    answer = admin.post(f"{USERS}{path}", json=body)
    assert answer.status_code == status, answer.text
    assert "long one" not in answer.text


def test_an_act_that_comes_twice_is_done_once(admin: TestClient, store: Store) -> None:
    create_user(store, "bob", PASSWORD, ["viewer"], now=NOW)
    key = {"Idempotency-Key": "k-1"}
    first = admin.post(f"{USERS}/bob/disable", headers=key)
    again = admin.post(f"{USERS}/bob/disable", headers=key)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


# --- Roles and settings ---------------------------------------------------------------------------------


def test_the_table_of_roles_is_the_one_that_decides(admin: TestClient) -> None:
    found = admin.get("/api/v1/roles").json()
    assert {one["role"]: one["words"] for one in found["roles"]} == dict(ROLES)
    told = {one["permission"]: set(one["roles"]) for one in found["permissions"]}
    assert told == {name: set(one.roles) for name, one in PERMISSIONS.items()}


def test_every_setting_is_told_and_no_secret(service: Service, tmp_path: Path) -> None:
    secret = "a-secret-that-nobody-is-told"  # noqa: S105
    client = service(
        api={"cancel_secret": secret},
        cache={"url": f"redis://u:{secret}@127.0.0.1:1/0"},
        queue={"kind": "rabbitmq", "url": f"amqp://u:{secret}@127.0.0.1:1"},
        channels={"shop": {"url": f"https://{secret}.example", "plugin": "webhook"}},
        auth={"skew_seconds": 30},
        delivery={"notices": ()},
    )
    answer = client.get("/api/v1/settings")
    assert answer.status_code == 200
    assert secret not in answer.text
    found = {
        (section["section"], one["key"]): one
        for section in answer.json()["sections"]
        for one in section["settings"]
    }
    hidden = found["api", "cancel_secret"]
    assert (hidden["secret"], hidden["is_set"], hidden["value"]) == (True, True, None)
    assert found["api", "token"]["is_set"] is False
    assert found["channels", "shop"]["value"] == ["plugin", "url"]
    changed = found["auth", "skew_seconds"]
    assert (changed["value"], changed["default"], changed["set_by"]) == (30, 60, "command")
    for section, field in Settings.model_fields.items():
        if section not in ("root", "state_path", "sources", "channels", "static"):
            assert [key for name, key in found if name == section], field
    assert all(one["description"] for one in found.values())


def test_it_is_told_where_a_setting_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "retinue.toml").write_text('[churn]\nhorizon_days = 60\n\n[project]\nname = "shop"\n')
    monkeypatch.setenv("RETINUE_PROJECT__CURRENCY", "USD")
    monkeypatch.setenv("RETINUE_REVIEW", '{"ask_again_days": 3}')
    settings = load_settings(tmp_path, {"project": {"seed": 9}})
    found: dict[str, Described] = {f"{one.section}.{one.key}": one for one in described(settings)}
    told = {name: (found[name].value, found[name].set_by, found[name].line) for name in found}
    assert told["churn.horizon_days"] == (60, "file", 2)
    assert told["project.name"] == ("shop", "file", 5)
    assert told["project.currency"] == ("USD", "environment", None)
    assert told["review.ask_again_days"] == (3, "environment", None)
    assert told["project.seed"] == (9, "command", None)
    assert told["churn.grace_days"][1] == "default"


def test_a_password_in_an_address_is_taken_out() -> None:
    settings = Settings(project={"name": "https://user:hunter2@shop.example"})
    (found,) = [one for one in described(settings) if (one.section, one.key) == ("project", "name")]
    assert found.value == "https://user:…@shop.example"


def test_an_alert_without_limits_of_its_own_shows_those_that_count() -> None:
    settings = Settings(alerts={"drift": {"fire": 0.4}})
    found = {one.key: (one.value, one.default) for one in described(settings) if one.section == "alerts"}
    limits = settings.alerts.limits("drift")
    assert limits is not None
    assert found["drift.fire"] == (limits.fire, 0.25)
    assert found["drift.clear"] == (limits.clear, limits.clear)
    assert found["model.fire"] == (0.6, 0.6)
