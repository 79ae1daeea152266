"""Sessions of browsers by the service's own sign-in: begun, proven, guarded, kept up, renewed and ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.responses import Response
from tests.api.browser import PASSWORD
from tests.api.conftest import NOW, Clock, TestClient
from tests.api.visitor import HERE, OURS, Visitor, fields_of

from retinue.api.access import LOCAL
from retinue.api.routes import signing_in
from retinue.api.routes.signing_in import place_of_ours
from retinue.security import PERMISSIONS, ROLES, may, passwords
from retinue.security.users import create_user
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.users import change_roles, disable_user

Service = Callable[..., TestClient]
REPORT = "/api/v1/feedback/outcome"
ONE = {"customer_id": "C1", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}
AWAY = {"peer": "203.0.113.5", "host": HERE}


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a password takes to check is tried elsewhere."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)


@pytest.fixture
def visitor(service: Service, store: Store) -> Visitor:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    return Visitor(service(**AWAY, auth={"logins_per_minute": 100}))


@pytest.fixture
def signed_in(visitor: Visitor) -> Visitor:
    visitor.sign_in()
    return visitor


# --- The way in -----------------------------------------------------------------------------------------


def test_somebody_signs_in_and_their_browser_asks_and_acts(visitor: Visitor, store: Store) -> None:
    before = visitor.session()
    assert (before["signed_in"], before["csrf"]) == (False, None)
    assert before["ways"] == [{"way": "builtin", "label": "Retinue", "start": "/session/start?way=builtin"}]
    assert visitor.go("/api/v1/customers").status_code == 401
    done = visitor.sign_in(to="/customers?tier=gold")
    assert (done.status_code, done.headers["location"]) == (303, "/customers?tier=gold")
    after = visitor.session()
    assert (after["signed_in"], after["subject"], after["kind"]) == (True, "ada", "user")
    assert after["roles"] == ["admin"]
    assert "users.manage" in after["permissions"]
    assert "pii.read" not in after["permissions"]
    assert after["ways"] == []
    assert visitor.go("/api/v1/stops").status_code == 200
    assert visitor.act("POST", REPORT, json=ONE).status_code == 202
    assert [one.actor for one in search(store, action="session.begun")] == ["ada"]


def test_tokens_are_in_cookies_that_no_script_reads_and_nobody_else_sends(visitor: Visitor) -> None:
    done = visitor.sign_in()
    set_ = {one.partition("=")[0]: one for one in done.headers.get_list("set-cookie")}
    assert {"retinue-session", "retinue-seen"} <= set_.keys()
    for name in ("retinue-session", "retinue-seen"):
        words = set_[name].lower()
        assert "httponly" in words
        assert "samesite=strict" in words
        assert "path=/" in words
        assert "max-age" not in words
        assert "eyj" not in words.partition("=")[2][:20], "a token in the clear"
    assert "token" not in done.text


def test_by_https_they_are_this_hosts_alone(service: Service, store: Store) -> None:
    create_user(store, "ada", PASSWORD, ["viewer"], now=NOW)
    client = service(peer="203.0.113.5", api={"public_url": "https://retinue.example.com"})
    client.base_url = "https://retinue.example.com"  # type: ignore[assignment]
    done = Visitor(client).sign_in()
    for one in done.headers.get_list("set-cookie"):
        assert one.startswith("__Host-retinue-")
        assert "secure" in one.lower()
        assert "domain" not in one.lower()
    assert Visitor(client).session()["roles"] == ["viewer"]


def test_nobody_is_sent_anywhere_else(visitor: Visitor) -> None:
    for to in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "evil",
        "/a\r\nSet-Cookie: x",
        "/session/start?way=builtin",
        "/api/v1/audit",
        "javascript:alert(1)",
        "/" + "a" * 600,
    ):
        assert place_of_ours(to) == "/", to
    assert visitor.sign_in(to="//evil.example").headers["location"] == "/"


def test_a_browser_under_another_name_is_sent_to_the_one_it_comes_back_to(
    service: Service, store: Store
) -> None:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    visitor = Visitor(service(host="localhost:8000"))
    begun = visitor.go("/session/start?way=builtin&to=/today")
    assert begun.headers["location"].startswith(f"http://{HERE}/session/start?")
    assert fields_of(begun.headers["location"]) == {"way": "builtin", "to": "/today", "here": "1"}
    again = visitor.go("/session/start?way=builtin&to=/today&here=1")
    assert "/oauth/authorize?" in again.headers["location"], "once only"


def test_nobody_signs_in_over_a_line_that_others_can_read(service: Service, store: Store) -> None:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    visitor = Visitor(service(peer="203.0.113.5", host="192.168.1.5:8000"))
    answer = visitor.go("/session/start?way=builtin")
    assert answer.status_code == 403
    assert "https" in answer.text
    broken = visitor.go("/session/start?way=builtin", headers={"Host": "[::1"})
    assert broken.status_code == 403


def test_nobody_elsewhere_is_sent_to_a_service_on_their_own_machine(service: Service, store: Store) -> None:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    client = service(peer="203.0.113.5", api={"tls_cert": "c.pem", "tls_key": "k.pem"})
    client.base_url = "https://retinue.lan:8000"  # type: ignore[assignment]
    answer = Visitor(client).go("/session/start?way=builtin")
    assert answer.status_code == 403
    assert "api.public_url" in answer.text


def test_a_code_counts_in_the_browser_that_asked_for_it(visitor: Visitor, clock: Clock) -> None:
    sent = visitor.typed(visitor.to_form())
    kept, address = visitor.cookies(), sent.headers["location"]
    visitor.http.cookies.clear()
    assert visitor.go(address).status_code == 403
    visitor.with_cookies(kept)
    other = address.replace(fields_of(address)["state"], "x" * 43)
    assert visitor.go(other).status_code == 403
    clock.now += timedelta(seconds=601)
    assert visitor.go(address).status_code == 403
    clock.now -= timedelta(seconds=600)
    assert visitor.go(address).status_code == 303
    assert visitor.session()["signed_in"]


def test_a_code_of_another_service_or_none_lets_nobody_in(visitor: Visitor) -> None:
    address = visitor.typed(visitor.to_form()).headers["location"]
    code, issuer = fields_of(address)["code"], fields_of(address)["iss"]
    kept = visitor.cookies()
    for changed in (
        address.replace(code, "made-up"),
        address + "&code=another",
        address.replace("127.0.0.1%3A8000", "evil.example"),
        address.replace("code=", "error=access_denied&x="),
    ):
        visitor.with_cookies(kept)
        answer = visitor.go(changed)
        assert answer.status_code == 403, changed
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not visitor.session()["signed_in"]
    assert issuer == f"http://{HERE}"


def test_no_other_program_can_pose_as_the_dashboard(visitor: Visitor) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "app_dashboard"}
    for secret in ({}, {"client_secret": "x"}):
        assert visitor.http.post("/oauth/token", data={**form, **secret}).status_code == 401
    asked = {"response_type": "code", "client_id": "app_dashboard", "state": "s", "code_challenge": "c" * 43}
    asked |= {"code_challenge_method": "S256", "redirect_uri": "https://evil.example/session/callback"}
    assert visitor.go("/oauth/authorize", params=asked).status_code == 400


# --- What a cookie proves -------------------------------------------------------------------------------


def test_a_cookie_that_was_altered_or_put_elsewhere_proves_nothing(signed_in: Visitor) -> None:
    kept = signed_in.cookies()
    session, seen = kept["retinue-session"], kept["retinue-seen"]
    flipped = session[:40] + ("A" if session[40] != "A" else "B") + session[41:]
    for changed in (
        {"retinue-session": flipped},
        {"retinue-session": session[:-8]},
        {"retinue-session": seen},
        {"retinue-session": seen, "retinue-seen": session},
        {"retinue-session": "2" + session[1:]},
        {"retinue-session": ""},
        {"retinue-seen": ""},
        {"retinue-session": "1.ü"},
        {"retinue-session": "1." + "A" * 5_000},
    ):
        signed_in.with_cookies({})
        together = {**kept, **changed}
        header = "; ".join(f"{name}={value}" for name, value in together.items())
        answer = signed_in.http.get("/api/v1/stops", headers={"Cookie": header.encode()})
        assert answer.status_code == 401, changed
    signed_in.with_cookies(kept)
    assert signed_in.go("/api/v1/stops").status_code == 200


def test_the_times_of_two_sessions_are_not_mixed(signed_in: Visitor) -> None:
    first = signed_in.cookies()
    signed_in.http.cookies.clear()
    signed_in.sign_in()
    second = signed_in.cookies()
    signed_in.with_cookies({**first, "retinue-seen": second["retinue-seen"]})
    assert signed_in.go("/api/v1/stops").status_code == 401


def test_a_key_that_is_shown_counts_alone(signed_in: Visitor) -> None:
    answer = signed_in.http.get("/api/v1/stops", headers={"X-API-Key": "rtn_x"})
    assert answer.status_code == 401


def test_what_somebody_may_no_more_they_may_not_by_cookie_either(signed_in: Visitor, store: Store) -> None:
    change_roles(store, "ada", ["viewer"])
    assert signed_in.session()["roles"] == ["viewer"]
    assert signed_in.act("POST", REPORT, json=ONE).status_code == 403
    csrf = signed_in.session()["csrf"]
    disable_user(store, "ada", now=NOW)
    assert signed_in.go("/api/v1/stops").status_code == 401
    assert not signed_in.session()["signed_in"]
    token = {**OURS, "X-CSRF-Token": csrf}
    assert signed_in.http.post("/api/v1/session/renew", headers=token).status_code == 401
    assert signed_in.cookies() == {}, "there is nothing to come back with"


def test_a_session_that_ends_while_it_is_looked_at_opens_nothing(
    service: Service, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    visitor = Visitor(service(host=HERE))
    visitor.sign_in()
    proof = visitor.http.app.state.door.proof  # type: ignore[attr-defined]
    principal = proof.principal

    def slowly(*given: Any) -> Any:
        found = principal(*given)
        clock.now += timedelta(minutes=10)
        return found

    monkeypatch.setattr(proof, "principal", slowly)
    assert visitor.go("/api/v1/stops").status_code == 200
    visitor.http.cookies.clear()
    assert visitor.go("/api/v1/stops").status_code == 401, "whoever shows nothing is not whoever was proven"


def test_a_cookie_that_another_version_sealed_is_no_session(signed_in: Visitor) -> None:
    jar = signed_in.http.app.state.door.sessions.jar  # type: ignore[attr-defined]
    answer = Response()
    for name in ("session", "seen"):
        jar.put(answer, name, b'{"v": 0}', given={})
    flow = signing_in._cookie("s" * 43)
    jar.put(answer, flow, b'{"v": 0}', given={})
    set_ = [value.decode().partition(";")[0] for name, value in answer.raw_headers if name == b"set-cookie"]
    signed_in.http.cookies.clear()
    headers = {"Cookie": "; ".join(set_)}
    assert signed_in.http.get("/api/v1/session", headers=headers).json()["signed_in"] is False
    assert signed_in.http.get("/api/v1/stops", headers=headers).status_code == 401
    back = f"/session/callback?code=c&state={'s' * 43}"
    assert signed_in.http.get(back, headers=headers).status_code == 403


# --- Other sites' pages ---------------------------------------------------------------------------------


def test_another_sites_page_changes_nothing(signed_in: Visitor) -> None:
    for changed in (
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "\xfc"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://{HERE}.evil.example"},
        {"Sec-Fetch-Site": None},
    ):
        good = {**OURS, "X-CSRF-Token": signed_in.session()["csrf"], **changed}
        headers = {name: value.encode("latin-1") for name, value in good.items() if value is not None}
        for method, path in (
            ("POST", REPORT),
            ("POST", "/api/v1/session/renew"),
            ("DELETE", "/api/v1/session"),
        ):
            answer = signed_in.http.request(method, path, json=ONE, headers=headers)
            assert answer.status_code == 403, (method, path, changed)
            problem = answer.json()
            assert problem["where"] == "X-CSRF-Token"
            assert "/api/v1/session" in problem["fix"]
            assert problem["code"].startswith("RTN-")
    assert signed_in.session()["signed_in"]


def test_our_own_page_is_known_by_either_header_and_reading_needs_none(signed_in: Visitor) -> None:
    token = {"X-CSRF-Token": signed_in.session()["csrf"]}
    for own in ({"Origin": f"http://{HERE}"}, OURS, {**OURS, "Origin": f"http://{HERE}"}):
        assert signed_in.http.post(REPORT, json=ONE, headers={**token, **own}).status_code == 202
    assert signed_in.go("/api/v1/stops", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_the_token_of_one_session_is_not_that_of_another(signed_in: Visitor) -> None:
    first = signed_in.session()["csrf"]
    signed_in.http.cookies.clear()
    signed_in.sign_in()
    assert signed_in.session()["csrf"] != first
    answer = signed_in.http.post(REPORT, json=ONE, headers={**OURS, "X-CSRF-Token": first})
    assert answer.status_code == 403


def test_another_sites_page_does_nothing_on_this_machine_either(service: Service) -> None:
    client = service()
    answer = client.post(REPORT, json=ONE, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert client.post(REPORT, json=ONE, headers=OURS).status_code == 202


# --- Times ----------------------------------------------------------------------------------------------


def test_a_session_ends_when_nothing_is_done(service: Service, store: Store, clock: Clock) -> None:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    visitor = Visitor(service(**AWAY, auth={"access_minutes": 60, "idle_minutes": 30}))
    visitor.sign_in()
    clock.now += timedelta(minutes=29)
    visitor.http.get("/api/v1/stops", headers={"X-Background": "1"})
    assert visitor.session()["idle_at"] == "2026-02-14T09:30:00Z", "what the page asks by itself is nothing"
    assert visitor.go("/api/v1/stops").status_code == 200
    assert visitor.session()["idle_at"] == "2026-02-14T09:59:00Z"
    clock.now += timedelta(minutes=30, seconds=-1)
    assert visitor.session()["signed_in"]
    clock.now += timedelta(seconds=1)
    answer = visitor.go("/api/v1/stops")
    assert (answer.status_code, answer.json()["where"]) == (401, "session")
    assert visitor.session()["csrf"] is None
    again = visitor.http.post("/api/v1/session/renew", headers=OURS)
    assert again.status_code == 401, "it cannot be renewed either"


def test_whoever_does_something_stays_however_short_the_time_is(
    service: Service, store: Store, clock: Clock
) -> None:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    visitor = Visitor(service(**AWAY, auth={"access_minutes": 60, "idle_minutes": 1}))
    visitor.sign_in()
    for _ in range(9):
        clock.now += timedelta(seconds=20)
        assert visitor.go("/api/v1/stops").status_code == 200
    clock.now += timedelta(seconds=60)
    assert visitor.go("/api/v1/stops").status_code == 401


def test_a_session_ends_in_any_case(service: Service, store: Store, clock: Clock) -> None:
    create_user(store, "ada", PASSWORD, ["admin"], now=NOW)
    visitor = Visitor(service(**AWAY, auth={"access_minutes": 60, "session_hours": 0.5}))
    visitor.sign_in()
    assert visitor.session()["ends_at"] == "2026-02-14T09:30:00Z"
    for _ in range(2):
        clock.now += timedelta(minutes=14)
        assert visitor.go("/api/v1/stops").status_code == 200
    clock.now += timedelta(minutes=2)
    assert visitor.go("/api/v1/stops").status_code == 401
    assert not visitor.session()["signed_in"]


def test_activity_is_written_down_once_a_minute(signed_in: Visitor, clock: Clock) -> None:
    assert "set-cookie" not in signed_in.go("/api/v1/stops").headers
    clock.now += timedelta(seconds=60)
    told = signed_in.go("/api/v1/stops").headers.get_list("set-cookie")
    assert [one.partition("=")[0] for one in told] == ["retinue-seen"]
    assert "set-cookie" not in signed_in.go("/api/v1/stops").headers


# --- Renewal --------------------------------------------------------------------------------------------


def test_a_session_goes_on_by_renewal(signed_in: Visitor, clock: Clock) -> None:
    clock.now += timedelta(minutes=10)
    refused = signed_in.go("/api/v1/stops")
    assert refused.status_code == 401
    assert "/api/v1/session/renew" in refused.json()["fix"]
    stale = signed_in.session()
    assert (stale["signed_in"], stale["csrf"] is None) == (False, False)
    renewed = signed_in.act("POST", "/api/v1/session/renew")
    assert renewed.status_code == 200, renewed.text
    assert renewed.json()["signed_in"]
    assert renewed.json()["renew_at"] == "2026-02-14T09:20:00Z"
    assert renewed.json()["idle_at"] == "2026-02-14T09:30:00Z", "a renewal is no activity"
    assert signed_in.go("/api/v1/stops").status_code == 200


def test_two_tabs_that_renew_get_the_same(signed_in: Visitor, clock: Clock) -> None:
    clock.now += timedelta(minutes=9)
    csrf, kept = signed_in.session()["csrf"], signed_in.cookies()
    header = "; ".join(f"{name}={value}" for name, value in kept.items())
    sent = {**OURS, "X-CSRF-Token": csrf, "Cookie": header}
    found: list[Any] = []

    def renew() -> None:
        found.append(signed_in.http.post("/api/v1/session/renew", headers=sent))

    tabs = [threading.Thread(target=renew) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert [one.status_code for one in found] == [200] * 4
    clock.now += timedelta(seconds=10)
    renew()
    assert found[-1].status_code == 200, "a slow tab"
    assert {one.json()["renew_at"] for one in found} == {"2026-02-14T09:19:00Z"}
    for one in found:  # each of them has tokens that count
        signed_in.with_cookies({**kept, **dict(one.cookies)})
        assert signed_in.go("/api/v1/stops").status_code == 200


def test_tokens_that_come_again_later_end_the_grant(signed_in: Visitor, clock: Clock, store: Store) -> None:
    stolen = signed_in.cookies()
    assert signed_in.act("POST", "/api/v1/session/renew").status_code == 200
    good = signed_in.cookies()
    clock.now += timedelta(seconds=11)
    signed_in.with_cookies(stolen)
    assert signed_in.act("POST", "/api/v1/session/renew").status_code == 401
    signed_in.with_cookies(good)
    assert signed_in.go("/api/v1/stops").status_code == 401, "one of the two is a thief: both are out"
    ended = search(store, action="grant.ended")
    assert [one.as_dict()["detail"]["why"] for one in ended] == ["refresh token twice"]


# --- The end --------------------------------------------------------------------------------------------


def test_signing_out_ends_session_grant_and_cookies(signed_in: Visitor, store: Store) -> None:
    kept, token = signed_in.cookies(), {**OURS, "X-CSRF-Token": signed_in.session()["csrf"]}
    done = signed_in.act("DELETE", "/api/v1/session")
    assert (done.status_code, done.json()) == (200, {"continue_at": None})
    assert done.headers["clear-site-data"] == '"cache", "storage"'
    assert signed_in.cookies() == {}
    signed_in.with_cookies(kept)
    assert signed_in.go("/api/v1/stops").status_code == 401
    assert signed_in.http.post("/api/v1/session/renew", headers=token).status_code == 401
    assert len(list(search(store, action="session.ended"))) == 1
    assert len(list(search(store, action="grant.ended"))) == 1


def test_signing_out_of_a_session_that_nobody_used_ends_its_grant_too(
    signed_in: Visitor, clock: Clock, store: Store
) -> None:
    clock.now += timedelta(minutes=31)
    assert not signed_in.session()["signed_in"]
    assert signed_in.http.delete("/api/v1/session", headers=OURS).status_code == 200
    assert signed_in.cookies() == {}
    assert len(list(search(store, action="session.ended"))) == 1
    assert len(list(search(store, action="grant.ended"))) == 1


def test_whoever_is_not_signed_in_can_sign_out(visitor: Visitor) -> None:
    assert visitor.http.delete("/api/v1/session").status_code == 200


# --- As one role, at this machine -----------------------------------------------------------------------


def test_whoever_is_at_this_machine_sees_what_a_role_sees(service: Service) -> None:
    client = service()
    for role in sorted(set(ROLES) - {"service"}):
        said = client.post("/api/v1/session/as", json={"role": role})
        assert said.status_code == 200
        found = client.get("/api/v1/session").json()
        assert found == said.json()
        assert (found["kind"], found["as_role"], found["roles"]) == ("local", role, [role])
        assert found["permissions"] == [name for name, one in PERMISSIONS.items() if role in one.roles]
        allowed = role in PERMISSIONS["audit.read"].roles
        assert (client.get("/api/v1/audit/records").status_code == 403) is not allowed
    whole = client.post("/api/v1/session/as", json={"role": None}).json()
    assert whole["as_role"] is None
    assert whole["permissions"] == [name for name in PERMISSIONS if may(LOCAL, name)]


def test_it_never_widens_and_counts_nowhere_else(service: Service, store: Store) -> None:
    client = service()
    assert client.post("/api/v1/session/as", json={"role": "service"}).status_code == 422
    assert client.post("/api/v1/session/as", json={"role": "root"}).status_code == 422
    for role in ("service", "root", "admin,dpo", ""):
        client.cookies.set("retinue-as", role)
        assert client.get("/api/v1/session").json()["as_role"] is None
        client.cookies.clear()
    away = service(peer="203.0.113.5")
    away.cookies.set("retinue-as", "admin")
    assert not away.get("/api/v1/session").json()["signed_in"]
    assert away.post("/api/v1/session/as", json={"role": "admin"}).status_code == 403
    create_user(store, "ada", PASSWORD, ["viewer"], now=NOW)
    client.cookies.set("retinue-as", "admin")
    assert client.get("/api/v1/stops").status_code == 401
    assert client.post("/api/v1/session/as", json={"role": "admin"}).status_code == 403
