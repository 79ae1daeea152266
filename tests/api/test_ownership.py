"""A csm sees the customers of their own cases; to others those are not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import pytest
from fastapi import Depends
from tests.api.browser import Browser
from tests.api.conftest import NOW, TestClient

from retinue.api.access import customers_seen, permit, see_customer
from retinue.api.deps import Service as Opened
from retinue.security import Principal
from retinue.store import Store
from retinue.store.reviews import Ask, ask_in, note_in
from retinue.store.users import change_roles

Service = Callable[..., TestClient]
READ = "customers.read"
Asking = Annotated[Principal, Depends(permit(READ))]


@pytest.fixture
def ask(service: Service, store: Store) -> Callable[..., Any]:
    """auth settings, roles, path → the answer for ada, to whom the case of C1 is assigned, not that of C2."""
    with store.transaction() as session:
        asks = [
            Ask(f"dec_{n}", "cmp_1", f"C{n}", False, 0, 0, {}, {}, NOW + timedelta(1), NOW + timedelta(9))
            for n in (1, 2, 3)
        ]
        ask_in(session, asks, clock=NOW)
        note_in(session, "dec_1", "assigned", who="bob", clock=NOW, assigned_to="ada")
        note_in(session, "dec_2", "assigned", who="bob", clock=NOW, assigned_to="bob")

    def make(*roles: str, **auth: Any) -> Callable[[str], Any]:
        client = service(auth=auth)
        app: Any = client.app

        def whole(door: Opened, who: Asking) -> Any:
            seen = customers_seen(who, door, READ)
            return None if seen is None else sorted(seen)

        def one(customer: str, door: Opened, who: Asking) -> str:
            see_customer(who, door, customer, READ)
            return customer

        app.add_api_route("/test/customers", whole)
        app.add_api_route("/test/customers/{customer}", one)
        browser = Browser(client, store, roles=roles)
        headers = {"Authorization": f"Bearer {browser.signed_in()['access_token']}"}
        return lambda path: client.get(f"/test/customers{path}", headers=headers)

    return make


def test_a_csm_sees_the_customers_of_the_own_cases(ask: Callable[..., Any], store: Store) -> None:
    get = ask("csm")
    assert get("").json() == ["C1"]
    assert [get(f"/{name}").status_code for name in ("C1", "C2", "C3", "none")] == [200, 404, 404, 404]
    assert get("/C2").content == get("/none").content
    with store.transaction() as session:
        note_in(session, "dec_2", "assigned", who="bob", clock=NOW, assigned_to="ada")
        note_in(session, "dec_1", "assigned", who="bob", clock=NOW, assigned_to="bob")
    assert get("").json() == ["C2"]
    assert get("/C1").status_code == 404


def test_another_role_that_sees_all_sees_all(ask: Callable[..., Any], store: Store) -> None:
    get = ask("csm", "viewer")
    assert get("").json() is None
    assert get("/C3").status_code == 200
    change_roles(store, "ada", ["csm"])
    assert get("/C3").status_code == 404


def test_that_csms_see_all_can_be_set(ask: Callable[..., Any]) -> None:
    get = ask("csm", csm_sees_all=True)
    assert get("").json() is None
    assert get("/C3").status_code == 200
