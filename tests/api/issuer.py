"""A small OpenID Connect provider on this machine, and whatever token somebody might forge of it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from tests.api.conftest import NOW

__all__ = ["AUDIENCE", "Issuer", "b64", "issuer", "signed"]

AUDIENCE = "retinue"
AT = int(NOW.timestamp())


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(header: dict[str, Any], claims: Any, key: Key) -> str:
    """A token by any algorithm that joserfc has, with any header."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    registry.max_header_length = 100_000
    return jws.serialize_compact(header, payload, key, algorithms=[header["alg"]], registry=registry)


class Issuer:
    """documents: path → what is answered; an int is a status. asked: the paths, in order.

    identity, access: claims that its ID and access tokens have beside the usual ones, or instead.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.rsa = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
        self.ec = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
        self.okp = OKPKey.generate_key("Ed25519", {"kid": "okp-1", "use": "sig"})
        self.asked: list[str] = []
        self.documents: dict[str, Any] = {}
        self.identity: dict[str, Any] = {}
        self.access: dict[str, Any] = {}
        self.publish(self.rsa, self.ec, self.okp)

    def publish(self, *keys: Key, **more: Any) -> None:
        self.documents = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **more},
            "/keys": {"keys": [key.as_dict(private=isinstance(key, OctKey)) for key in keys]},
        }

    def with_sign_in(self, now: Callable[[], datetime], **more: Any) -> None:
        """Let browsers sign in too: codes with PKCE, refresh tokens that count once, an end of sessions."""
        self.now = now
        self.codes: dict[str, dict[str, str]] = {}
        self.refreshing: set[str] = set()
        self.sent: list[tuple[str, dict[str, str], str]] = []
        self.publish(self.rsa, self.ec, self.okp)
        self.documents["/.well-known/openid-configuration"] |= {
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "revocation_endpoint": f"{self.url}/revoke",
            "end_session_endpoint": f"{self.url}/leave",
            **more,
        }

    def signed_in(self, address: str) -> str:
        """Where a browser is sent after somebody signed in at the page of this address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.url}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def answer(self, path: str, form: dict[str, str], proof: str) -> tuple[int, dict[str, Any]]:
        """The answer to a form. proof: its header Authorization."""
        self.sent.append((path, form, proof))
        if path == "/revoke":
            self.refreshing.discard(form["token"])
            return 200, {}
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refreshing:
                return 400, {"error": "invalid_grant"}
            self.refreshing.remove(form["refresh_token"])
            return 200, self._tokens()
        asked = self.codes.pop(form["code"], None)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if asked is None or hashed.decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        at = int(self.now().timestamp())
        claims = {"iss": self.url, "aud": asked["client_id"], "sub": "u-17", "iat": at, "exp": at + 300}
        said = {**claims, "nonce": asked["nonce"], "name": "Ada L.", **self.identity}
        header = {"alg": "RS256", "kid": "rsa-1", "typ": "JWT"}
        return 200, {**self._tokens(), "id_token": signed(header, said, self.rsa)}

    def _tokens(self) -> dict[str, Any]:
        at, number = int(self.now().timestamp()), len(self.sent)
        self.refreshing.add(f"refresh-{number}")
        access = self.token(iat=at, exp=at + 600, jti=f"{number}", **self.access)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 600}
        return {**answer, "refresh_token": f"refresh-{number}"}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Claims of a good token; one that is None is left out."""
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "u-17",
            "iat": AT,
            "exp": AT + 600,
            "client_id": "app",
            "realm": {"roles": ["retinue-machines", "others"]},
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, key: Key | None = None, **changed: Any) -> str:
        full = {"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt", **(header or {})}
        return signed(full, self.claims(**changed), key or self.rsa)


@contextmanager
def issuer() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            found = made.documents.get(self.path, 404)
            body = b"" if isinstance(found, int) else json.dumps(found).encode()
            self.send_response(found if isinstance(found, int) else 200)
            if found == 302:
                self.send_header("Location", f"{made.url}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, found = made.answer(self.path, form, self.headers.get("Authorization", ""))
            answer = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Issuer(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
