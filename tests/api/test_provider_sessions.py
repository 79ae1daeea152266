"""Sessions of browsers by an OpenID Connect provider: what is sent there, what is believed, what ends."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError
from tests.api.conftest import Clock, TestClient
from tests.api.issuer import AUDIENCE, Issuer, issuer
from tests.api.visitor import HERE, OURS, Visitor, fields_of

from retinue.security import NotProven
from retinue.security.relying import ProviderWay
from retinue.security.resource import Resource
from retinue.security.ways import Tokens
from retinue.settings import AuthSettings
from retinue.store import Store
from retinue.store.audit.reading import search

Service = Callable[..., TestClient]
BACK = f"http://{HERE}/session/callback"


@pytest.fixture(scope="module")
def shared() -> Iterator[Issuer]:
    with issuer() as made:
        yield made


@pytest.fixture
def idp(shared: Issuer, clock: Clock) -> Issuer:
    shared.identity, shared.access = {}, {}
    shared.with_sign_in(clock)
    return shared


def of(idp: Issuer, **more: Any) -> dict[str, Any]:
    """Settings of a service whose people sign in there."""
    roles = {"retinue-machines": "analyst", "leads": "approver"}
    known = {"issuer": idp.url, "audience": AUDIENCE, "roles_claim": "realm.roles", "roles": roles}
    return {**known, "client_id": "board", "builtin": False, **more}


@pytest.fixture
def visitor(service: Service, idp: Issuer) -> Visitor:
    return Visitor(service(peer="203.0.113.5", host=HERE, auth=of(idp)))


def sign_in(visitor: Visitor, idp: Issuer) -> Any:
    begun = visitor.go("/session/start?way=provider&to=/today")
    assert begun.status_code == 303, begun.text
    return visitor.go(idp.signed_in(begun.headers["location"]))


def test_somebody_signs_in_there_and_may_what_their_roles_there_mean(
    visitor: Visitor, idp: Issuer, store: Store
) -> None:
    host = urlsplit(idp.url).netloc
    assert visitor.session()["ways"] == [
        {"way": "provider", "label": host, "start": "/session/start?way=provider"}
    ]
    begun = visitor.go("/session/start?way=provider&to=/today").headers["location"]
    asked = fields_of(begun)
    assert begun.startswith(f"{idp.url}/authorize?")
    assert asked["redirect_uri"] == BACK
    assert asked["scope"] == "openid profile offline_access"
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43
    done = visitor.go(idp.signed_in(begun))
    assert (done.status_code, done.headers["location"]) == (303, "/today")
    found = visitor.session()
    assert (found["signed_in"], found["kind"], found["name"]) == (True, "provider", "Ada L.")
    assert (found["subject"], found["roles"]) == ("oidc:u-17", ["analyst"])
    assert visitor.go("/api/v1/stops").status_code == 200
    (path, form, proof), *_ = idp.sent
    assert (path, proof, form["client_id"]) == ("/token", "", "board")
    assert [one.actor for one in search(store, action="session.begun")] == ["oidc:u-17"]


def test_the_dashboard_proves_itself_with_its_secret(
    service: Service, idp: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOARD_SECRET", "s:3")
    given = of(idp, client_secret="${BOARD_SECRET}", sign_in_parameters={"audience": "retinue"})  # noqa: S106
    visitor = Visitor(service(host=HERE, auth=given))
    begun = visitor.go("/session/start?way=provider").headers["location"]
    assert fields_of(begun)["audience"] == "retinue"
    assert visitor.go(idp.signed_in(begun)).status_code == 303
    (_, form, proof), *_ = idp.sent
    assert base64.b64decode(proof.removeprefix("Basic ")) == b"board:s%3A3"
    assert "client_secret" not in form
    only_post = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    idp.with_sign_in(idp.now, **only_post)
    visitor = Visitor(service(host=HERE, auth=given))
    assert sign_in(visitor, idp).status_code == 303
    assert idp.sent[0][1]["client_secret"] == "s:3"  # noqa: S105
    assert idp.sent[0][2] == ""


@pytest.mark.parametrize(
    ("which", "changed"),
    [
        ("identity", {"nonce": "another"}),
        ("identity", {"aud": "other"}),
        ("identity", {"aud": ["board", "other"]}),
        ("identity", {"iss": "https://evil.example"}),
        ("identity", {"exp": 1}),
        ("access", {"aud": "other"}),
        ("access", {"iss": "https://evil.example"}),
        ("access", {"nonce": "n"}),
    ],
    ids=str,
)
def test_tokens_that_are_not_for_us_and_this_sign_in_let_nobody_in(
    visitor: Visitor, idp: Issuer, which: str, changed: dict[str, Any], store: Store
) -> None:
    setattr(idp, which, changed)
    answer = sign_in(visitor, idp)
    assert answer.status_code == 403
    assert "evil" not in answer.text
    assert not visitor.session()["signed_in"]
    assert search(store, action="session.begun") == []


def test_long_tokens_are_kept_in_several_cookies(visitor: Visitor, idp: Issuer) -> None:
    idp.access = {"groups": ["a group with a long name"] * 250}
    done = sign_in(visitor, idp)
    parts = [one for one in done.headers.get_list("set-cookie") if one.startswith("retinue-session")]
    assert len(parts) >= 3
    assert all(len(one) < 4_096 for one in parts)
    assert visitor.go("/api/v1/stops").status_code == 200
    kept = visitor.cookies()
    for lost in ("retinue-session.1", "retinue-session.2"):
        visitor.with_cookies({name: value for name, value in kept.items() if name != lost})
        assert visitor.go("/api/v1/stops").status_code == 401
    idp.access = {}
    visitor.with_cookies(kept)
    assert sign_in(visitor, idp).status_code == 303
    assert "retinue-session.2" not in visitor.cookies(), "what is left of a longer one is taken away"
    idp.access = {"groups": ["a group with a long name"] * 400}
    answer = sign_in(visitor, idp)
    assert answer.status_code == 500
    assert "fewer claims" in answer.text


def test_it_goes_on_by_renewal_there_and_ends_there(
    visitor: Visitor, idp: Issuer, clock: Clock, store: Store
) -> None:
    sign_in(visitor, idp)
    clock.now += timedelta(minutes=10)
    idp.access = {"realm": {"roles": ["leads"]}}
    renewed = visitor.act("POST", "/api/v1/session/renew")
    assert (renewed.status_code, renewed.json()["roles"]) == (200, ["approver"])
    assert renewed.json()["name"] == "Ada L."
    assert visitor.go("/api/v1/stops").status_code == 200
    kept, token = visitor.cookies(), {**OURS, "X-CSRF-Token": visitor.session()["csrf"]}
    done = visitor.act("DELETE", "/api/v1/session").json()["continue_at"]
    assert done.startswith(f"{idp.url}/leave?")
    assert fields_of(done)["post_logout_redirect_uri"] == f"http://{HERE}/"
    assert fields_of(done)["id_token_hint"].count(".") == 2
    assert idp.sent[-1][0] == "/revoke"
    visitor.with_cookies(kept)
    assert visitor.go("/api/v1/stops").status_code == 401, "though the provider's token would still count"
    assert visitor.http.post("/api/v1/session/renew", headers=token).status_code == 401


def test_while_the_provider_is_down_nobody_gets_in_and_nobody_is_thrown_out(
    visitor: Visitor, idp: Issuer, clock: Clock
) -> None:
    documents, idp.documents = idp.documents, {}
    answer = visitor.go("/session/start?way=provider")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    idp.documents = documents
    clock.now += timedelta(seconds=10)
    sign_in(visitor, idp)
    clock.now += timedelta(minutes=9)
    said, idp.answer = idp.answer, lambda *_: (503, {})  # type: ignore[method-assign]
    assert visitor.act("POST", "/api/v1/session/renew").status_code == 503
    idp.answer = said  # type: ignore[method-assign]
    assert visitor.act("POST", "/api/v1/session/renew").status_code == 200
    assert visitor.act("POST", "/api/v1/session/renew").status_code == 200


def test_addresses_that_are_not_safe_are_not_used(visitor: Visitor, idp: Issuer) -> None:
    idp.with_sign_in(idp.now, authorization_endpoint="http://evil.example/authorize")
    assert visitor.go("/session/start?way=provider").status_code == 503
    assert visitor.go("/session/start?way=builtin").status_code == 404


def test_settings_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(ValidationError, match="client_id is the dashboard's"):
        AuthSettings(client_id="board")
    known = {"issuer": "https://a.example", "audience": "retinue", "client_id": "board"}
    with pytest.raises(ValidationError, match="cannot set state"):
        AuthSettings(**known, sign_in_parameters={"state": "x"})
    with pytest.raises(ValidationError, match="not both"):
        AuthSettings(**known, client_secret="a", client_secret_file="b")  # noqa: S106


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own, of its own libraries
def test_against_a_provider_that_others_wrote() -> None:
    provider = pytest.importorskip("oidc_provider_mock", reason="oidc-provider-mock is not installed")
    now = datetime.now(UTC)
    with provider.run_server_in_thread(port=0) as server:
        url = f"http://localhost:{server.server_port}"
        auth = AuthSettings(issuer=url, audience="retinue", client_id="board")
        way = ProviderWay(auth, "any", Resource(auth).key)

        def code(nonce: str) -> str:
            address = way.address(back=BACK, state="s", nonce=nonce, challenge="c" * 43, now=now)
            done = httpx.post(address, data={"sub": "u-17"})
            found = parse_qs(urlsplit(done.headers["location"]).query)
            assert found["state"] == ["s"]
            return found["code"][0]

        for nonce, reason in (("n-1", "no token"), ("n-2", "another sign-in")):
            with pytest.raises(NotProven) as raised:
                way.tokens(code("n-1"), back=BACK, verifier="v" * 43, nonce=nonce, now=now)
            # the ID token was good in the first: what is refused is its access token, which is no JWT
            assert raised.value.reason == reason
        leaving = way.ended(Tokens("a", None, 0.0), back=f"http://{HERE}/", now=now)
        assert leaving is not None
        assert leaving.startswith(f"{url}/oauth2/end_session?client_id=board&")
