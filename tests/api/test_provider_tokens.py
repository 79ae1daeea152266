"""Tokens of an OpenID Connect provider: good ones open, every forged one gets the same 401."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.api.conftest import Clock, TestClient
from tests.api.issuer import AT, AUDIENCE, Issuer, b64, issuer, signed

from retinue.errors import SettingsError
from retinue.settings import load_settings

Service = Callable[..., TestClient]
URL = "/api/v1/feedback/outcome"
ONE = {"customer_id": "C1", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})


@pytest.fixture(scope="module")
def shared() -> Iterator[Issuer]:
    with issuer() as made:
        yield made


@pytest.fixture
def idp(shared: Issuer) -> Issuer:
    shared.publish(shared.rsa, shared.ec, shared.okp)
    shared.asked.clear()
    return shared


@pytest.fixture
def client(service: Service, idp: Issuer) -> TestClient:
    return service(peer="203.0.113.5", auth=of(idp))


def of(idp: Issuer, **more: Any) -> dict[str, Any]:
    roles = {"retinue-machines": "service", "retinue-viewers": "viewer"}
    return {"issuer": idp.url, "audience": AUDIENCE, "roles_claim": "realm.roles", "roles": roles, **more}


def post(client: TestClient, token: str) -> Any:
    return client.post(URL, json=ONE, headers={"Authorization": f"Bearer {token}"})


def test_a_good_token_opens(client: TestClient, idp: Issuer) -> None:
    assert post(client, idp.token()).status_code == 202
    assert post(client, idp.token(aud=["other", AUDIENCE], nbf=AT)).status_code == 202
    assert post(client, idp.token({"typ": "JWT"})).status_code == 202
    assert post(client, idp.token({"alg": "ES256", "kid": "ec-1"}, idp.ec)).status_code == 202
    with pytest.warns(SecurityWarning):  # as nearly everybody names it still
        token = idp.token({"alg": "EdDSA", "kid": "okp-1"}, idp.okp)
    assert post(client, token).status_code == 202
    assert idp.asked == ["/.well-known/openid-configuration", "/keys"]  # once, for all of them


def test_roles_come_from_the_claim_and_through_the_mapping_only(client: TestClient, idp: Issuer) -> None:
    for roles in ([], ["admin"], ["retinue-viewers"], "retinue-viewers", {"retinue-machines": 1}, 5, [["x"]]):
        assert post(client, idp.token(realm={"roles": roles})).status_code == 403, roles
    assert post(client, idp.token(realm=None)).status_code == 403
    assert post(client, idp.token(roles=["retinue-machines"], realm=None)).status_code == 403
    assert post(client, idp.token(realm={"roles": "retinue-machines others"})).status_code == 202
    assert post(client, idp.token(**{"realm.roles": ["retinue-machines"], "realm": None})).status_code == 202


def test_a_scope_that_is_a_permission_narrows(client: TestClient, idp: Issuer) -> None:
    assert post(client, idp.token(scope="openid profile")).status_code == 202
    assert post(client, idp.token(scope="openid outcomes.report")).status_code == 202
    assert post(client, idp.token(scope="openid metrics.read")).status_code == 403


def hs(idp: Issuer, secret: bytes) -> str:
    """By hand: joserfc makes no token with a public key as its secret."""
    body = f"{b64({'alg': 'HS256', 'kid': 'rsa-1', 'typ': 'at+jwt'})}.{b64(idp.claims())}"
    return f"{body}.{b64(hmac.digest(secret, body.encode(), 'sha256'))}"


def unsigned(idp: Issuer, alg: str) -> str:
    return f"{b64({'alg': alg, 'kid': 'rsa-1', 'typ': 'at+jwt'})}.{b64(idp.claims())}."


def twice(idp: Issuer) -> str:
    doubled = json.dumps(idp.claims())[:-1].encode() + b', "sub": "admin"}'
    return signed({"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"}, doubled, idp.rsa)


def swapped(idp: Issuer) -> str:
    header, _, signature = idp.token().split(".")
    return f"{header}.{b64(idp.claims(sub='admin'))}.{signature}"


def with_own_key(idp: Issuer, **header: Any) -> str:
    return idp.token({"kid": "mine", **header}, OTHER_RSA)


ATTACKS: dict[str, Callable[[Issuer], str]] = {
    "alg none": lambda i: unsigned(i, "none"),
    "alg None": lambda i: unsigned(i, "None"),
    "alg nOnE with a signature": lambda i: unsigned(i, "nOnE") + "AAAA",
    "HS256 with the public key as secret (PEM)": lambda i: hs(i, i.rsa.as_pem(private=False)),
    "HS256 with the public key as secret (DER)": lambda i: hs(i, i.rsa.as_der(private=False)),
    "HS256 with the published JSON as secret": lambda i: hs(
        i, json.dumps(i.rsa.as_dict(private=False)).encode()
    ),
    "HS256 with an empty-ish secret": lambda i: hs(i, b"\0" * 32),
    "an algorithm that is not on the list": lambda i: i.token({"alg": "PS256"}),
    "ES256 named, RSA key": lambda i: i.token().replace(
        i.token().split(".")[0], b64({"alg": "ES256", "kid": "rsa-1"})
    ),
    "signed by another key of the same id": lambda i: i.token(key=OTHER_RSA),
    "signed by another key of the set": lambda i: i.token({"alg": "ES256", "kid": "okp-1"}, i.ec),
    "kid unknown": lambda i: i.token({"kid": "rsa-2"}),
    "kid missing": lambda i: signed({"alg": "RS256", "typ": "at+jwt"}, i.claims(), i.rsa),
    "kid a path": lambda i: i.token({"kid": "../../../../dev/null"}),
    "kid SQL": lambda i: i.token({"kid": "rsa-1' UNION SELECT 'secret' --"}),
    "kid an address": lambda i: i.token({"kid": "http://169.254.169.254/keys"}),
    "kid a command": lambda i: i.token({"kid": "rsa-1; cat /etc/passwd |"}),
    "kid a list": lambda i: f"{b64({'alg': 'RS256', 'kid': ['rsa-1']})}.{b64(i.claims())}.AAAA",
    "kid very long": lambda i: i.token({"kid": "r" * 300}),
    "jku": lambda i: with_own_key(i, jku=f"{i.url}/mine"),
    "jku beside a good signature": lambda i: i.token({"jku": f"{i.url}/mine"}),
    "x5u": lambda i: with_own_key(i, x5u=f"{i.url}/mine"),
    "jwk": lambda i: with_own_key(i, jwk=OTHER_RSA.as_dict(private=False)),
    "jwk with the id of a good key": lambda i: i.token({"jwk": OTHER_RSA.as_dict(private=False)}, OTHER_RSA),
    "x5c": lambda i: f"{b64({'alg': 'RS256', 'kid': 'rsa-1', 'x5c': ['AAAA']})}.{b64(i.claims())}.AAAA",
    "crit": lambda i: (
        f"{b64({'alg': 'RS256', 'kid': 'rsa-1', 'crit': ['exp'], 'exp': 1})}.{b64(i.claims())}.AAAA"
    ),
    "expired": lambda i: i.token(exp=AT - 60),
    "expired, as text": lambda i: i.token(exp=str(AT + 600)),
    "expires never": lambda i: i.token(exp=None),
    "expires at infinity": lambda i: signed(
        {"alg": "RS256", "kid": "rsa-1"}, json.dumps({**i.claims(), "exp": float("inf")}).encode(), i.rsa
    ),
    "expires true": lambda i: i.token(exp=True),
    "not before later": lambda i: i.token(nbf=AT + 61),
    "made in the future": lambda i: i.token(iat=AT + 61, exp=AT + 700),
    "made long ago": lambda i: i.token(iat=AT - 90_000),
    "without a time of making": lambda i: i.token(iat=None),
    "another audience": lambda i: i.token(aud="other"),
    "audience as a part": lambda i: i.token(aud="retinue-other"),
    "audience an object": lambda i: i.token(aud={"retinue": True}),
    "no audience": lambda i: i.token(aud=None),
    "another issuer": lambda i: i.token(iss="https://evil.example"),
    "issuer with a slash": lambda i: i.token(iss=i.url + "/"),
    "issuer a list": lambda i: i.token(iss=[i.url]),
    "no issuer": lambda i: i.token(iss=None),
    "an ID token by its hash": lambda i: i.token({"typ": "JWT"}, at_hash="x"),
    "an ID token by its nonce": lambda i: i.token({"typ": "JWT"}, nonce="x"),
    "an ID token by its type": lambda i: i.token({"typ": "JWT"}, typ="ID"),
    "an ID token by its use": lambda i: i.token({"typ": "JWT"}, token_use="id"),  # noqa: S106
    "a refresh token": lambda i: i.token({"typ": "JWT"}, typ="Refresh"),
    "a logout token": lambda i: i.token({"typ": "logout+jwt"}),
    "a token bound to a key": lambda i: i.token(cnf={"jkt": "x"}),
    "missing subject": lambda i: i.token(sub=None),
    "empty subject": lambda i: i.token(sub=""),
    "subject a number": lambda i: i.token(sub=17),
    "subject with a line break": lambda i: i.token(sub="a\nb"),
    "shortened by one": lambda i: i.token()[:-1],
    "without its signature": lambda i: i.token().rpartition(".")[0] + ".",
    "two parts": lambda i: i.token().rpartition(".")[0],
    "four parts": lambda i: i.token() + ".AAAA",
    "claims replaced": swapped,
    "a claim twice": twice,
    "claims no object": lambda i: signed({"alg": "RS256", "kid": "rsa-1"}, b"[]", i.rsa),
    "claims nested deeply": lambda i: signed({"alg": "RS256", "kid": "rsa-1"}, b"[" * 8_000, i.rsa),
    "huge": lambda i: i.token(padding="x" * 200_000),
    "encrypted": lambda i: "a.b.c.d.e",
    "no token": lambda i: "null",
    "spaces within": lambda i: i.token().replace(".", " .", 1),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_forged_token_gets_the_same_401_as_any(client: TestClient, idp: Issuer, name: str) -> None:
    assert post(client, idp.token()).status_code == 202
    answer = post(client, ATTACKS[name](idp))
    plain = post(client, "wrong")
    assert answer.status_code == 401
    assert answer.content == plain.content
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(idp.asked) <= {"/.well-known/openid-configuration", "/keys"}  # nobody was led elsewhere


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 30


def test_clocks_may_differ_by_a_minute_and_no_more(client: TestClient, idp: Issuer, clock: Clock) -> None:
    token = idp.token()
    clock.now += timedelta(seconds=659)
    assert post(client, token).status_code == 202
    clock.now += timedelta(seconds=1)
    assert post(client, token).status_code == 401


# --- The provider and its keys --------------------------------------------------------------------------


def test_a_new_key_is_found_and_a_flood_of_unknown_ones_is_not_passed_on(
    client: TestClient, idp: Issuer, clock: Clock
) -> None:
    assert post(client, idp.token()).status_code == 202
    new = ECKey.generate_key("P-256", {"kid": "ec-2"})
    clock.now += timedelta(seconds=11)
    idp.publish(idp.rsa, new)
    assert post(client, idp.token({"alg": "ES256", "kid": "ec-2"}, new)).status_code == 202
    assert len(idp.asked) == 4
    found = {post(client, idp.token({"kid": f"made-up-{n}"})).status_code for n in range(20)}
    assert found == {401}
    assert len(idp.asked) == 4
    assert post(client, idp.token({"alg": "ES256", "kid": "ec-1"}, idp.ec)).status_code == 401  # taken back


def test_keys_are_kept_for_their_time_and_as_long_again_while_the_provider_is_down(
    client: TestClient, idp: Issuer, clock: Clock
) -> None:
    def later(minutes: int) -> int:
        clock.now += timedelta(minutes=minutes)
        at = int(clock.now.timestamp())
        return int(post(client, idp.token(iat=at, exp=at + 60)).status_code)

    assert later(0) == 202
    idp.documents = {}
    assert later(59) == 202
    assert len(idp.asked) == 2
    assert later(2) == 202  # asked in vain
    assert len(idp.asked) == 3
    assert later(60) == 503
    idp.publish(idp.rsa)
    assert later(1) == 202


@pytest.mark.parametrize(
    "broken",
    ["down", "status", "moved", "no JSON", "another issuer", "keys elsewhere", "file", "no keys", "secret"],
)
def test_a_provider_that_cannot_be_asked_is_a_503_and_no_500(
    service: Service, idp: Issuer, broken: str
) -> None:
    well, config = idp.documents, "/.well-known/openid-configuration"
    settings = of(idp)
    if broken == "down":
        settings["issuer"] = "http://127.0.0.1:9"
    elif broken in ("status", "moved"):
        well[config] = 500 if broken == "status" else 302
    elif broken == "no JSON":
        well[config] = ["x"]
    elif broken == "another issuer":
        well[config] = {**well[config], "issuer": "https://evil.example"}
    elif broken in ("keys elsewhere", "file"):
        elsewhere = "http://evil.example/keys" if broken == "keys elsewhere" else "file:///etc/passwd"
        well[config] = {**well[config], "jwks_uri": elsewhere}
    elif broken == "no keys":
        well["/keys"] = {"keys": []}
    else:
        idp.publish(OctKey.generate_key(256, {"kid": "rsa-1"}))
    client = service(auth=settings)
    answer = post(client, idp.token(iss=settings["issuer"]))
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "10"
    assert "evil" not in answer.text


def test_this_machine_is_not_open_where_a_provider_signs_people_in(service: Service, idp: Issuer) -> None:
    assert service(auth=of(idp)).post(URL, json=ONE).status_code == 401


@pytest.mark.parametrize(
    "lines",
    [
        'issuer = "https://a.example"',
        'audience = "retinue"',
        'issuer = "http://a.example"\naudience = "r"',
        'issuer = "https://a.example?x=1"\naudience = "r"',
        'issuer = "ftp://a.example"\naudience = "r"',
        'issuer = "https://a.example"\naudience = "r"\nalgorithms = ["HS256"]',
        'issuer = "https://a.example"\naudience = "r"\nalgorithms = ["none"]',
        'issuer = "https://a.example"\naudience = "r"\nalgorithms = []',
        'issuer = "https://a.example"\naudience = "r"\nskew_seconds = 61',
        'issuer = "https://a.example"\naudience = "r"\nroles = { x = "root" }',
    ],
)
def test_settings_that_would_weaken_it_are_refused(tmp_path: Any, lines: str) -> None:
    (tmp_path / "retinue.toml").write_text(f"[auth]\n{lines}\n", encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings(tmp_path)


@pytest.mark.parametrize("count", [1, 2])
def test_an_unnamed_key_counts_where_it_is_the_only_one(service: Service, idp: Issuer, count: int) -> None:
    idp.publish(*[idp.rsa, idp.ec][:count])
    unnamed = signed({"alg": "RS256", "typ": "at+jwt"}, idp.claims(), idp.rsa)
    assert post(service(auth=of(idp)), unnamed).status_code == (202 if count == 1 else 401)
