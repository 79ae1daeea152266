"""Against providers that others wrote: oidc-provider-mock's discovery, keys and tokens, Authlib's tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import KeySet
from tests.api.conftest import Clock, TestClient
from tests.api.issuer import issuer
from tests.api.test_provider_tokens import of, post

from retinue.security import NotProven
from retinue.security.resource import Resource
from retinue.security.web_token import take_apart
from retinue.settings import AuthSettings

Service = Callable[..., TestClient]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # their own, of their own libraries


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    provider = pytest.importorskip("oidc_provider_mock", reason="oidc-provider-mock is not installed")
    with provider.run_server_in_thread(port=0) as server:
        yield f"http://localhost:{server.server_port}"


def sign_in(url: str, client_id: str, **more: str) -> dict[str, Any]:
    """The tokens that the provider gives to a client whose user signed in."""
    back = "http://localhost:1/back"
    asked = {
        "client_id": client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": "openid",
        **more,
    }
    done = httpx.post(f"{url}/oauth2/authorize", params=asked, data={"sub": "u-17"})
    code = parse_qs(urlsplit(done.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    found = httpx.post(f"{url}/oauth2/token", data=form, auth=(client_id, "any"))
    tokens: dict[str, Any] = found.raise_for_status().json()
    return tokens


@pytest.mark.parametrize("more", [{}, {"nonce": "n-1"}])
def test_its_keys_are_found_and_its_id_token_is_no_access_token(mock: str, more: dict[str, str]) -> None:
    tokens = sign_in(mock, "retinue", **more)
    resource = Resource(AuthSettings(issuer=mock, audience="retinue"))
    with pytest.raises(NotProven) as raised:
        resource.principal(take_apart(tokens["id_token"]), datetime.now(UTC))
    # signature, issuer, audience and times were right: it is refused for what it is
    assert raised.value.reason == "no access token"


def test_its_id_token_for_another_client_and_its_opaque_token_are_refused(
    service: Service, mock: str, clock: Clock
) -> None:
    clock.now = datetime.now(UTC)
    client = service(auth={"issuer": mock, "audience": "retinue"})
    tokens = sign_in(mock, "other")
    assert {post(client, tokens[kind]).status_code for kind in ("id_token", "access_token")} == {401}


def test_an_access_token_as_authlib_makes_it_opens(service: Service, clock: Clock) -> None:
    rfc9068 = pytest.importorskip("authlib.oauth2.rfc9068", reason="Authlib is not installed")
    clock.now = datetime.now(UTC)
    with issuer() as idp:

        class Generator(rfc9068.JWTBearerTokenGenerator):  # type: ignore[misc, name-defined]
            def get_jwks(self) -> Any:
                return KeySet([idp.rsa])

            def get_audiences(self, client: Any, user: Any, scope: Any) -> list[str]:
                return ["https://other.example", "retinue"]

            def get_extra_claims(self, client: Any, grant_type: Any, user: Any, scope: Any) -> dict[str, Any]:
                return {"realm": {"roles": ["retinue-machines"]}}

        app = SimpleNamespace(get_client_id=lambda: "app")
        user = SimpleNamespace(get_user_id=lambda: "u-17")
        generate = Generator(issuer=idp.url)
        token = generate.access_token_generator(app, "authorization_code", user, "openid")
        stranger = Generator(issuer="https://evil.example").access_token_generator(app, "x", user, "")
        client = service(peer="203.0.113.5", auth=of(idp))
        token, stranger = (t.decode() if isinstance(t, bytes) else t for t in (token, stranger))
        assert post(client, token).status_code == 202
        assert post(client, stranger).status_code == 401
