"""Users of our own sign in: the page, its guards, and what an application may ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.api.browser import AUTHORIZE, BACK, PASSWORD, Browser, challenge
from tests.api.conftest import NOW, Clock, TestClient

from retinue.security.clients import register_client
from retinue.store import Store

Service = Callable[..., TestClient]
URL = "/api/v1/feedback/outcome"
ONE = {"customer_id": "C1", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}
ISSUER = "http://127.0.0.1:8000"


@pytest.fixture
def browser(service: Service, store: Store) -> Browser:
    return Browser(service(auth={"logins_per_minute": 100}), store)


def post(browser: Browser, token: str) -> int:
    return browser.http.post(URL, json=ONE, headers={"Authorization": f"Bearer {token}"}).status_code


# --- The way in -----------------------------------------------------------------------------------------


def test_somebody_signs_in_and_their_token_opens(browser: Browser) -> None:
    page = browser.open()
    assert page.status_code == 200
    done = browser.send(browser.form(page))
    back = urlsplit(done.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    fields = parse_qs(back.query)
    assert fields["state"] == ["s-1"]
    assert fields["iss"] == [ISSUER]
    answer = browser.exchange(fields["code"][0])
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    assert post(browser, tokens["access_token"]) == 202
    assert browser.http.post(URL, json=ONE).status_code == 401


def test_the_id_token_says_who_and_is_no_access_token(browser: Browser) -> None:
    tokens = browser.signed_in(scope="openid", nonce="n-1")
    keys = KeySet.import_key_set(browser.http.get("/oauth/jwks").json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert claims["aud"] == browser.app.client_id
    assert (claims["iss"], claims["nonce"], claims["roles"]) == (ISSUER, "n-1", ["admin"])
    assert claims["preferred_username"] == "ada"
    assert post(browser, tokens["id_token"]) == 401
    assert post(browser, tokens["refresh_token"]) == 401
    assert post(browser, tokens["access_token"]) == 202


def test_others_find_everything_by_the_metadata(browser: Browser) -> None:
    found = browser.http.get("/.well-known/openid-configuration").json()
    assert found == browser.http.get("/.well-known/oauth-authorization-server").json()
    assert found["issuer"] == ISSUER
    assert found["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint"):
        path = found[name].removeprefix(ISSUER)
        assert browser.http.get(path).status_code != 404, name
    for key in browser.http.get("/oauth/jwks").json()["keys"]:
        assert "d" not in key


def test_the_page_is_plain_guarded_and_kept_by_nobody(browser: Browser) -> None:
    page = browser.open()
    assert "<script" not in page.text
    assert 'autocomplete="current-password"' in page.text
    assert all(f'<label for="{name}">' in page.text for name in ("name", "password"))
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://board.example.com" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    cookie = page.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert browser.http.get("/oauth/sign-in.css").status_code == 200


def test_by_https_the_cookie_is_this_hosts_alone(service: Service, store: Store) -> None:
    client = service(api={"public_url": "https://retinue.example.com"})
    cookie = Browser(client, store).open().headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "domain" not in cookie.lower()


def test_what_an_application_sends_stands_as_text_in_the_page(browser: Browser) -> None:
    page = browser.open(state='"><script>alert(1)</script>', nonce="<b>")
    assert "<script>" not in page.text
    done = browser.send(browser.form(page))
    assert parse_qs(urlsplit(done.headers["location"]).query)["state"] == ['"><script>alert(1)</script>']


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": BACK + "#x"},
        {"redirect_uri": BACK.upper()},
        {"redirect_uri": BACK + "/../evil"},
        {"redirect_uri": "https://board.example.com@evil.example/back"},
        {"redirect_uri": None},
        {"client_id": "app_0"},
        {"client_id": "' OR 1=1 --"},
        {"client_id": "app_\0"},
        {"client_id": None},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(browser: Browser, changed: Any) -> None:
    page = browser.open(**changed)
    assert page.status_code == 400
    assert "location" not in page.headers
    assert "evil" not in page.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "openid everything"}, "invalid_scope"),
        ({"nonce": "a\0b"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
    ],
)
def test_an_application_that_asks_wrongly_is_told_so(browser: Browser, changed: Any, error: str) -> None:
    answer = browser.open(**changed)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(BACK)
    fields = parse_qs(urlsplit(answer.headers["location"]).query)
    assert fields["error"] == [error]
    assert "code" not in fields


def test_a_field_twice_is_refused(browser: Browser) -> None:
    twice = [*browser.asked().items(), ("state", "s-2")]
    answer = browser.http.get(AUTHORIZE, params=twice, follow_redirects=False)  # type: ignore[arg-type]
    assert "error=invalid_request" in answer.headers["location"]
    twice = [*browser.asked().items(), ("redirect_uri", "https://evil.example")]
    assert browser.http.get(AUTHORIZE, params=twice, follow_redirects=False).status_code == 400  # type: ignore[arg-type]


# --- Passwords and the form -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "wrong"},
        {"name": "bob"},
        {"name": "ada' --"},
        {"password": ""},
        {"password": "x" * 5_000},
    ],
)
def test_a_wrong_name_and_a_wrong_password_look_the_same(browser: Browser, changed: dict[str, str]) -> None:
    page = browser.send(browser.form(browser.open(), **changed))
    assert page.status_code == 401
    assert "Name or password are not right." in page.text
    assert f'value="{changed.get("name", "ada")}"' not in page.text
    assert browser.send(browser.form(page)).status_code == 303  # the page can be sent again


def test_a_form_counts_in_the_browser_and_for_the_request_it_was_opened_for(
    browser: Browser, clock: Clock
) -> None:
    form = browser.form(browser.open())
    other, _ = register_client(browser.store, "Other", redirect_uris=[BACK], now=NOW)
    for changed in (
        {"guard": ""},
        {"guard": "9999999999." + "0" * 64},
        {"guard": "ü.ü"},
        {"state": "other"},
        {"client_id": other.client_id},
        {"code_challenge": challenge("w" * 43)},
    ):
        assert browser.send({**form, **changed}).status_code == 403, changed
    assert browser.send(form, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    kept = dict(browser.http.cookies)
    browser.http.cookies.clear()
    assert browser.send(form).status_code == 403
    browser.http.cookies.update({**kept, "retinue-sign-in": "of-the-attacker"})
    assert browser.send(form).status_code == 403
    browser.http.cookies.clear()
    browser.http.cookies.update(kept)
    clock.now += timedelta(seconds=600)
    assert browser.send(form).status_code == 403
    clock.now -= timedelta(seconds=1)
    assert browser.send(form).status_code == 303


def test_whoever_tries_passwords_is_slowed_down(service: Service, store: Store, clock: Clock) -> None:
    browser = Browser(service(auth={"logins_per_minute": 3}), store)
    form = browser.form(browser.open(), password="wrong")  # noqa: S106
    answers = [browser.send({**form, "name": name}) for name in ("ada", "ADA", " ada ", "ada", "bob")]
    assert [one.status_code for one in answers] == [401, 401, 401, 429, 401]
    assert answers[3].headers["retry-after"] == "20"
    assert browser.send({**form, "password": PASSWORD}).status_code == 429  # also the right one
    clock.now += timedelta(seconds=20)
    assert browser.send({**form, "password": PASSWORD}).status_code == 303
