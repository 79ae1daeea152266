"""Every route has a policy, every role gets what the table says, and every kind of proof is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import APIRouter, FastAPI
from tests.api.conftest import NOW, Clock, TestClient
from tests.api.declared_routes import Declared, declared

from retinue.api.access import PUBLIC
from retinue.api.main import create_app
from retinue.security import PERMISSIONS, ROLES, api_keys
from retinue.security.users import create_user
from retinue.settings import Settings
from retinue.settings.auth import RoleName
from retinue.store import Store
from retinue.store.api_keys import revoke_api_key

Service = Callable[..., TestClient]
URL = "/api/v1/feedback/outcome"
ONE = {"customer_id": "C1", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(root=tmp_path_factory.mktemp("routes")), clock=lambda: NOW)


def unguarded(app: FastAPI) -> list[Declared]:
    return [one for one in declared(app) if not one.permissions and one.path not in PUBLIC]


def test_a_route_has_a_permission_or_is_public_for_a_reason(app: FastAPI) -> None:
    assert unguarded(app) == []
    paths = {one.path for one in declared(app)}
    assert set(PUBLIC) <= paths, "a path in the list that is no route"
    assert len(paths) > 9
    assert not [one for one in declared(app) if one.permissions and one.path in PUBLIC]


def test_the_check_sees_routes_wherever_they_stand(tmp_path: Path) -> None:
    app, inner, outer = create_app(Settings(root=tmp_path), clock=lambda: NOW), APIRouter(), APIRouter()
    inner.add_api_route("/deep", lambda: None)
    outer.include_router(inner, prefix="/b")
    app.include_router(outer, prefix="/a")
    app.add_api_route("/flat", lambda: None)
    app.mount("/apart", FastAPI())
    assert {one.path for one in unguarded(app)} >= {"/a/b/deep", "/flat", "/apart", "/apart/docs"}


def test_the_settings_know_the_same_roles() -> None:
    assert get_args(RoleName) == tuple(ROLES)


def key_of(store: Store, role: str) -> str:
    able = [name for name, one in PERMISSIONS.items() if role in one.roles]
    return api_keys.make_api_key(store, role, able, role=role, by="test", now=NOW)[0]


def ask(client: TestClient, one: Declared, **headers: str) -> int:
    path = re.sub(r"{[^}]*}", "x", one.path)
    return client.request(one.method, path, headers=headers).status_code


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_gets_what_the_table_says_on_each_route(
    service: Service, store: Store, app: FastAPI, role: str
) -> None:
    plenty = {"per_minute": 1_000, "address_per_minute": 1_000, "failures_per_minute": 1_000}
    key, client = key_of(store, role), service(peer="203.0.113.5", auth=plenty)
    guarded = [one for one in declared(app) if one.permissions]
    assert guarded
    for one in guarded:
        allowed = all(role in PERMISSIONS[name].roles for name in one.permissions)
        status = ask(client, one, **{"X-API-Key": key})
        assert (status not in (401, 403)) if allowed else (status == 403), (one, role, status)
        assert ask(client, one) == 401, one


# --- Keys -----------------------------------------------------------------------------------------------


@pytest.fixture
def key(store: Store) -> str:
    return api_keys.make_api_key(store, "crm", ["outcomes.report"], role="service", by="ada", now=NOW)[0]


@pytest.mark.parametrize("header", ["Bearer", "X-API-Key"])
def test_a_key_opens_from_anywhere_what_it_is_for(service: Service, key: str, header: str) -> None:
    headers = {"X-API-Key": key} if header == "X-API-Key" else {"Authorization": f"Bearer {key}"}
    client = service(peer="203.0.113.5")
    assert client.post(URL, json=ONE, headers=headers).status_code == 202
    assert client.post(URL, json=ONE).status_code == 401


def test_a_key_is_kept_as_a_hash_only(store: Store, tmp_path: Path, key: str) -> None:
    store.close()
    kept = b"".join(file.read_bytes() for file in (tmp_path / ".retinue").glob("store.sqlite*"))
    assert key.encode() not in kept
    assert key[len("rtn_") + 17 :].encode() not in kept


def test_a_key_ends_at_once_when_it_is_revoked_or_expires(
    service: Service, store: Store, clock: Clock
) -> None:
    client = service(peer="203.0.113.5")
    scopes = ["outcomes.report"]
    short, _ = api_keys.make_api_key(store, "a", scopes, role="service", by="ada", now=NOW, days=1)
    long, kept = api_keys.make_api_key(store, "b", scopes, role="service", by="ada", now=NOW)
    assert client.post(URL, json=ONE, headers={"X-API-Key": short}).status_code == 202
    clock.now += timedelta(days=1)
    assert client.post(URL, json=ONE, headers={"X-API-Key": short}).status_code == 401
    assert client.post(URL, json=ONE, headers={"X-API-Key": long}).status_code == 202
    revoke_api_key(store, kept.key_id, now=clock())
    assert client.post(URL, json=ONE, headers={"X-API-Key": long}).status_code == 401


def test_a_key_may_no_more_than_its_scopes(service: Service, store: Store) -> None:
    key, _ = api_keys.make_api_key(store, "a", ["metrics.read"], role="service", by="ada", now=NOW)
    assert service().post(URL, json=ONE, headers={"X-API-Key": key}).status_code == 403


def wrong_keys(key: str) -> dict[str, Any]:
    part, secret = key[4:20], key[21:]
    return {
        "other secret": f"rtn_{part}_{'A' * 43}",
        "other id": f"rtn_{'0' * 16}_{secret}",
        "shortened": key[:-1],
        "longer": key + "A",
        "no secret": f"rtn_{part}_",
        "sql": f"rtn_{part}' OR '1'='1",
        "path": "rtn_../../../../etc/passwd",
        "upper case": key.upper(),
        "huge": "rtn_" + "a" * 100_000,
        "empty": "",
    }


@pytest.mark.parametrize("name", list(wrong_keys("rtn_" + "0" * 16 + "_" + "x" * 43)))
def test_a_wrong_key_gets_the_same_answer_as_any(service: Service, key: str, name: str) -> None:
    client = service()
    answer = client.post(URL, json=ONE, headers={"X-API-Key": wrong_keys(key)[name]})
    same = client.post(URL, json=ONE, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == same.status_code == 401
    assert answer.content == same.content
    assert answer.headers["www-authenticate"] == "Bearer"


def test_two_proofs_at_once_are_none(service: Service, key: str) -> None:
    client = service()
    both = [("X-API-Key", key), ("Authorization", f"Bearer {key}")]
    assert client.post(URL, json=ONE, headers=both).status_code == 401
    assert client.post(URL, json=ONE, headers=[both[1], both[1]]).status_code == 401


# --- The local session ----------------------------------------------------------------------------------


def test_this_machine_needs_no_proof_until_there_is_a_user(service: Service, store: Store) -> None:
    client = service()
    assert client.post(URL, json=ONE).status_code == 202
    create_user(store, "ada", "correct horse battery", ["admin"], now=NOW)
    assert client.post(URL, json=ONE).status_code == 401


def test_a_wrong_proof_is_not_the_local_session(service: Service) -> None:
    assert service().post(URL, json=ONE, headers={"Authorization": "Bearer x"}).status_code == 401


# --- Limits ---------------------------------------------------------------------------------------------


def statuses(client: TestClient, count: int, **headers: str) -> list[int]:
    return [client.post(URL, json=ONE, headers=headers).status_code for _ in range(count)]


def test_each_key_has_its_own_limit(service: Service, store: Store, key: str, clock: Clock) -> None:
    client = service(auth={"per_minute": 3})
    assert statuses(client, 4, **{"X-API-Key": key}) == [202, 202, 202, 429]
    answer = client.post(URL, json=ONE, headers={"X-API-Key": key})
    assert answer.headers["retry-after"] == "20"
    assert statuses(client, 1, **{"X-API-Key": key_of(store, "service")}) == [202]
    clock.now += timedelta(seconds=20)
    assert statuses(client, 2, **{"X-API-Key": key}) == [202, 429]


def test_each_address_has_a_limit_over_all_keys(service: Service, store: Store, key: str) -> None:
    client = service(auth={"address_per_minute": 3})
    assert statuses(client, 2, **{"X-API-Key": key}) == [202, 202]
    assert statuses(client, 2, **{"X-API-Key": key_of(store, "service")}) == [202, 429]


def test_whoever_guesses_is_slowed_down_and_nobody_else(service: Service, key: str) -> None:
    client = service(auth={"failures_per_minute": 3}, api={"behind_proxy": True})

    def guess(address: str, key: str = "rtn_x") -> int:
        return statuses(client, 1, **{"X-API-Key": key, "X-Forwarded-For": f"1.2.3.4, {address}"})[0]

    assert [guess("203.0.113.5") for _ in range(5)] == [401, 401, 401, 429, 429]
    assert guess("203.0.113.6", key) == 202


def test_an_address_that_the_caller_made_up_changes_nothing(service: Service, key: str) -> None:
    client = service(auth={"address_per_minute": 2})
    found = [statuses(client, 1, **{"X-API-Key": key, "X-Forwarded-For": f"9.9.9.{n}"})[0] for n in range(4)]
    assert found == [202, 202, 429, 429]


# --- Known again ----------------------------------------------------------------------------------------


def test_who_was_proven_a_moment_ago_is_known_without_asking_the_store(
    service: Service, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = service(peer="203.0.113.5")
    key, kept = api_keys.make_api_key(store, "a", ["metrics.read"], role="service", by="ada", now=NOW)
    asked: list[str] = []
    holder = api_keys.holder
    monkeypatch.setattr(api_keys, "holder", lambda *given: asked.append(given[1]) or holder(*given))

    def status() -> int:
        return client.get("/metrics", headers={"X-API-Key": key}).status_code

    assert [status() for _ in range(5)] == [200] * 5
    assert len(asked) == 1
    clock.now += timedelta(seconds=1)
    assert status() == 200
    assert len(asked) == 2, "a second later it is asked again"
    create_user(store, "ada", "correct horse battery", ["admin"], now=NOW)
    assert status() == 200
    assert len(asked) == 3, "after any change it is asked again"
    revoke_api_key(store, kept.key_id, now=NOW)
    assert status() == 401, "from the next request on"


def test_being_known_counts_against_the_same_limits(service: Service, store: Store, clock: Clock) -> None:
    client = service(peer="203.0.113.5", auth={"per_minute": 3})
    key = key_of(store, "service")
    found = [client.get("/metrics", headers={"X-API-Key": key}).status_code for _ in range(5)]
    assert found == [200, 200, 200, 429, 429]


def test_a_proof_of_one_is_no_proof_of_another(service: Service, store: Store) -> None:
    here = service()
    assert here.get("/metrics").status_code == 200
    away = service(peer="203.0.113.5")
    assert away.get("/metrics").status_code == 403, (
        "whoever is here needs no proof; nobody else is known by that"
    )
    key = key_of(store, "service")
    assert away.get("/metrics", headers={"X-API-Key": key}).status_code == 200
    assert away.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 401
