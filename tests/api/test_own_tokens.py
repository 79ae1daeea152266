"""Tokens of our own: codes with PKCE, refresh tokens, machines, keys, and what counts at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey
from tests.api.browser import AUTHORIZE, BACK, PASSWORD, TOKEN, VERIFIER, Browser, challenge
from tests.api.conftest import NOW, Clock, TestClient
from tests.api.issuer import signed
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.errors import UsageError
from retinue.security.clients import register_client
from retinue.security.users import create_user
from retinue.security.web_token import take_apart
from retinue.store import Store
from retinue.store.clients import disable_client
from retinue.store.signing_keys import signing_keys_in
from retinue.store.users import change_password, change_roles, disable_user

Service = Callable[..., TestClient]
URL = "/api/v1/feedback/outcome"
ONE = {"customer_id": "C1", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}
ISSUER = "http://127.0.0.1:8000"


@pytest.fixture
def browser(service: Service, store: Store) -> Browser:
    return Browser(service(auth={"logins_per_minute": 100}), store)


def post(browser: Browser, token: str) -> int:
    return browser.http.post(URL, json=ONE, headers={"Authorization": f"Bearer {token}"}).status_code


# --- Codes and refresh tokens ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": challenge()}, "invalid_grant"),  # as method plain would have it
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": BACK + "/"}, "invalid_grant"),
        ({"redirect_uri": "https://evil.example/back"}, "invalid_grant"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"client_id": "app_0"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"client_secret": "any"}, "invalid_client"),
    ],
)
def test_a_code_is_exchanged_by_whoever_asked_for_it_only(
    browser: Browser, changed: dict[str, Any], error: str
) -> None:
    answer = browser.exchange(changed.pop("code", None) if "code" in changed else browser.code(), **changed)
    assert answer.json() == {"error": error}
    assert answer.status_code == (401 if error == "invalid_client" else 400)


def test_a_code_of_another_application_is_refused(browser: Browser) -> None:
    other, _ = register_client(browser.store, "Other", redirect_uris=[BACK], now=NOW)
    assert browser.exchange(browser.code(), client_id=other.client_id).json() == {"error": "invalid_grant"}


def test_a_code_counts_once_and_coming_again_ends_what_it_began(browser: Browser) -> None:
    code = browser.code()
    tokens = browser.exchange(code).json()
    assert post(browser, tokens["access_token"]) == 202
    assert browser.exchange(code).json() == {"error": "invalid_grant"}
    assert post(browser, tokens["access_token"]) == 401
    assert browser.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}


def test_a_code_counts_for_a_minute(browser: Browser, clock: Clock) -> None:
    code = browser.code()
    clock.now += timedelta(seconds=60)
    assert browser.exchange(code).json() == {"error": "invalid_grant"}


def test_a_wrong_verifier_spends_the_code(browser: Browser) -> None:
    code = browser.code()
    assert browser.exchange(code, code_verifier="w" * 43).status_code == 400
    assert browser.exchange(code, code_verifier=VERIFIER).status_code == 400


def test_a_refresh_token_counts_once_and_coming_again_ends_the_family(browser: Browser) -> None:
    first = browser.signed_in()
    second = browser.refresh(first["refresh_token"]).json()
    third = browser.refresh(second["refresh_token"]).json()
    assert len({one["refresh_token"] for one in (first, second, third)}) == 3
    assert post(browser, third["access_token"]) == 202
    assert browser.refresh(first["refresh_token"]).json() == {"error": "invalid_grant"}
    assert browser.refresh(third["refresh_token"]).json() == {"error": "invalid_grant"}
    assert {post(browser, one["access_token"]) for one in (first, second, third)} == {401}


def test_of_many_who_come_at_once_with_one_token_at_most_one_is_answered(browser: Browser) -> None:
    for way in (browser.exchange, browser.refresh):
        shown = browser.code() if way == browser.exchange else browser.signed_in()["refresh_token"]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(way, [shown] * 8))
        given = [one.json() for one in answers if one.status_code == 200]
        assert len(given) == 1
        assert {one.status_code for one in answers} == {200, 400}
        assert post(browser, given[0]["access_token"]) == 401  # the others ended it


def test_tokens_end_by_time(browser: Browser, clock: Clock) -> None:
    tokens = browser.signed_in()
    clock.now += timedelta(seconds=661)
    assert post(browser, tokens["access_token"]) == 401
    fresh = browser.refresh(tokens["refresh_token"]).json()
    assert post(browser, fresh["access_token"]) == 202
    clock.now += timedelta(days=30)
    assert browser.refresh(fresh["refresh_token"]).json() == {"error": "invalid_grant"}


def test_a_refresh_token_is_of_its_application(browser: Browser) -> None:
    other, _ = register_client(browser.store, "Other", redirect_uris=[BACK], now=NOW)
    token = browser.signed_in()["refresh_token"]
    assert browser.refresh(token, client_id=other.client_id).json() == {"error": "invalid_grant"}
    assert browser.refresh(token).status_code == 200


def test_scopes_narrow_and_no_refresh_widens_them(browser: Browser) -> None:
    tokens = browser.signed_in(scope="openid customers.read")
    assert post(browser, tokens["access_token"]) == 403
    wider = browser.refresh(tokens["refresh_token"], scope="customers.read outcomes.report")
    assert wider.json() == {"error": "invalid_scope"}
    renamed = browser.refresh(tokens["refresh_token"], scope="openid").json()
    assert post(browser, renamed["access_token"]) == 403  # naming none does not widen it
    whole = browser.signed_in()
    narrow = browser.refresh(whole["refresh_token"], scope="customers.read").json()
    assert post(browser, narrow["access_token"]) == 403


def test_an_application_gets_no_scope_beyond_its_own(service: Service, store: Store) -> None:
    browser = Browser(service(), store, scopes=["customers.read"])
    assert "error=invalid_scope" in browser.open(scope="users.manage").headers["location"]
    tokens = browser.signed_in(scope="openid")
    assert tokens["scope"] == "openid customers.read"
    assert post(browser, tokens["access_token"]) == 403


def test_a_secret_is_asked_for_where_there_is_one(service: Service, store: Store) -> None:
    browser = Browser(service(), store, secret=True)
    assert browser.exchange(browser.code(), client_secret=None).json() == {"error": "invalid_client"}
    assert browser.exchange(browser.code(), client_secret="wrong").status_code == 401  # noqa: S106
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    basic = (browser.app.client_id, browser.secret or "")
    both = {**form, "code": browser.code(), "client_secret": basic[1]}
    assert browser.http.post(TOKEN, data=both, auth=basic).json() == {"error": "invalid_request"}
    found = browser.http.post(TOKEN, data={**form, "code": browser.code()}, auth=basic)
    assert post(browser, found.json()["access_token"]) == 202
    wrong = browser.http.post(TOKEN, data={**form, "code": "x"}, auth=(basic[0], "wrong"))
    assert wrong.headers["www-authenticate"] == "Basic"


@pytest.mark.parametrize("body", ["", "grant_type=refresh_token&grant_type=password", "%ff=%fe", "&" * 60])
def test_a_body_that_is_no_good_form_is_told_so(browser: Browser, body: str) -> None:
    kind = "application/x-www-form-urlencoded"
    answer = browser.http.post(TOKEN, content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 401)
    assert set(answer.json()) == {"error"}
    assert browser.http.post(TOKEN, json={"grant_type": "refresh_token"}).status_code == 400


# --- What counts at once --------------------------------------------------------------------------------


def test_a_role_that_is_taken_counts_at_the_next_request(browser: Browser) -> None:
    token = browser.signed_in()["access_token"]
    assert post(browser, token) == 202
    change_roles(browser.store, "ada", ["viewer"])
    assert post(browser, token) == 403
    change_roles(browser.store, "ada", ["admin"])
    assert post(browser, token) == 202


def test_a_user_who_is_disabled_is_out_and_stays_signed_out_when_enabled(
    browser: Browser, clock: Clock
) -> None:
    tokens = browser.signed_in()
    disable_user(browser.store, "ada", now=clock())
    assert post(browser, tokens["access_token"]) == 401
    assert browser.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert browser.send(browser.form(browser.open())).status_code == 401
    clock.now += timedelta(seconds=1)
    disable_user(browser.store, "ada", now=clock(), enable=True)
    assert post(browser, tokens["access_token"]) == 401
    assert post(browser, browser.signed_in()["access_token"]) == 202


def test_a_new_password_ends_what_the_old_one_began(browser: Browser, clock: Clock) -> None:
    tokens = browser.signed_in()
    clock.now += timedelta(seconds=1)
    change_password(browser.store, "ada", browser.user.password, now=clock())
    assert post(browser, tokens["access_token"]) == 401
    assert browser.refresh(tokens["refresh_token"]).status_code == 400


def test_a_client_that_is_disabled_is_out(browser: Browser) -> None:
    tokens = browser.signed_in()
    disable_client(browser.store, browser.app.client_id, now=NOW)
    assert post(browser, tokens["access_token"]) == 401
    assert browser.refresh(tokens["refresh_token"]).status_code == 401
    assert browser.open().status_code == 400


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_token_is_taken_back_by_its_application_only(browser: Browser, kind: str) -> None:
    other, _ = register_client(browser.store, "Other", redirect_uris=[BACK], now=NOW)
    tokens = browser.signed_in()

    def revoke(client_id: str, token: str) -> int:
        form = {"client_id": client_id, "token": token}
        return int(browser.http.post("/oauth/revoke", data=form).status_code)

    assert revoke(other.client_id, tokens[kind]) == 200
    assert post(browser, tokens["access_token"]) == 202
    assert revoke(browser.app.client_id, "unknown") == 200
    assert revoke("app_0", tokens[kind]) == 401
    assert revoke(browser.app.client_id, tokens[kind]) == 200
    assert post(browser, tokens["access_token"]) == 401
    assert browser.refresh(tokens["refresh_token"]).status_code == (200 if kind == "access_token" else 400)


# --- Machines and keys ----------------------------------------------------------------------------------


def machine(browser: Browser, *scopes: str) -> tuple[str, str]:
    made, secret = register_client(browser.store, "crm", role="service", scopes=scopes, now=NOW)
    return made.client_id, secret or ""


def test_a_machine_gets_tokens_for_its_scopes(browser: Browser) -> None:
    auth = machine(browser, "outcomes.report", "metrics.read")

    def ask(**more: str) -> Any:
        form = {"grant_type": "client_credentials", **more}
        return browser.http.post(TOKEN, data=form, auth=auth).json()

    token = ask()
    assert "refresh_token" not in token
    assert post(browser, token["access_token"]) == 202
    assert post(browser, ask(scope="metrics.read")["access_token"]) == 403
    assert ask(scope="predictions.run") == {"error": "invalid_scope"}
    disable_client(browser.store, auth[0], now=NOW)
    assert post(browser, token["access_token"]) == 401


@pytest.mark.parametrize("at_once", [False, True])
def test_a_replaced_key_checks_on_unless_it_was_stolen(browser: Browser, clock: Clock, at_once: bool) -> None:
    before = browser.signed_in()["access_token"]
    door: Any = browser.http.app.state.door  # type: ignore[attr-defined]
    clock.now += timedelta(seconds=1)
    door.sign_in.keys.rotate(clock(), at_once=at_once)
    assert len(browser.http.get("/oauth/jwks").json()["keys"]) == (1 if at_once else 2)
    assert post(browser, before) == (401 if at_once else 202)
    assert post(browser, browser.signed_in()["access_token"]) == 202


def test_the_key_is_replaced_by_a_command(store: Store, tmp_path: Any) -> None:
    run = [CliRunner().invoke(build_app(), ["keys", "rotate", "--json", "-w", str(tmp_path)]) for _ in "ab"]
    with store.reading() as session:
        found = signing_keys_in(session, datetime.now(UTC))
    assert [json.loads(one.stdout)["kid"] for one in run] == [key.kid for key in reversed(found)]
    assert [key.ends_at is None for key in found] == [True, False]


def test_keys_are_replaced_by_age(service: Service, store: Store, clock: Clock) -> None:
    browser = Browser(service(auth={"signing_days": 90}), store)
    first = [key["kid"] for key in browser.http.get("/oauth/jwks").json()["keys"]]
    token = browser.signed_in()["access_token"]
    clock.now += timedelta(days=90)
    later = [key["kid"] for key in browser.http.get("/oauth/jwks").json()["keys"]]
    assert later[1:] == first
    assert post(browser, token) == 401  # expired long ago
    assert post(browser, browser.signed_in()["access_token"]) == 202
    clock.now += timedelta(days=1)
    assert [key["kid"] for key in browser.http.get("/oauth/jwks").json()["keys"]] == later[:1]


def test_no_secret_stands_in_the_store(browser: Browser, tmp_path: Any) -> None:
    auth, tokens = machine(browser, "outcomes.report"), browser.signed_in()
    kept = b"".join(file.read_bytes() for file in (tmp_path / ".retinue").glob("store.sqlite*"))
    for secret in (PASSWORD, auth[1], tokens["refresh_token"], tokens["access_token"]):
        assert secret.encode() not in kept
    assert b'"d":' not in kept


@pytest.mark.parametrize(
    "options", [{"auth": {"builtin": False}}, {"api": {"public_url": "http://retinue.example.com"}}]
)
def test_nobody_signs_in_where_it_is_off_or_would_go_in_the_clear(
    service: Service, options: dict[str, Any]
) -> None:
    client = service(**options)
    for path in (AUTHORIZE, "/oauth/jwks", "/.well-known/openid-configuration"):
        assert client.get(path).status_code == 404
    assert client.post(TOKEN, data={"grant_type": "refresh_token"}).status_code == 404


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example/x",
        "https://a.example/#x",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "/x",
    ],
)
def test_addresses_that_would_leak_a_code_cannot_be_registered(store: Store, uri: str) -> None:
    with pytest.raises(UsageError):
        register_client(store, "x", redirect_uris=[uri], now=NOW)


def test_two_users_are_not_mixed_up(browser: Browser) -> None:
    create_user(browser.store, "bob", PASSWORD, ["viewer"], now=NOW)
    page = browser.open()
    done = browser.send(browser.form(page, name="bob"))
    code = parse_qs(urlsplit(done.headers["location"]).query)["code"][0]
    assert post(browser, browser.exchange(code).json()["access_token"]) == 403
    assert post(browser, browser.signed_in()["access_token"]) == 202


OWN: dict[str, Callable[[dict[str, Any], dict[str, Any]], tuple[dict[str, Any], dict[str, Any]]]] = {
    "kid unknown": lambda h, c: ({**h, "kid": "x" * 43}, c),
    "kid of another character set": lambda h, c: ({**h, "kid": "a\0b"}, c),
    "kid SQL": lambda h, c: ({**h, "kid": "' OR 1=1 --"}, c),
    "kid empty": lambda h, c: ({**h, "kid": ""}, c),
    "kid of the key, another key": lambda h, c: (h, c),
    "jwk": lambda h, c: ({**h, "jwk": STRANGER.as_dict(private=False)}, c),
    "another subject": lambda h, c: (h, {**c, "sub": "usr_0"}),
    "another algorithm": lambda h, c: ({**h, "alg": "ES384"}, c),
}
STRANGER = ECKey.generate_key("P-256")


@pytest.mark.parametrize("name", OWN)
def test_a_token_that_somebody_else_signed_is_refused(browser: Browser, name: str) -> None:
    good = take_apart(browser.signed_in()["access_token"])
    header, claims = OWN[name](good.header, good.claims)
    key = ECKey.generate_key("P-384") if header["alg"] == "ES384" else STRANGER
    assert post(browser, signed(header, claims, key)) == 401
    assert post(browser, good.text) == 202
