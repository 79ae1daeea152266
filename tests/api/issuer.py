"""A small OpenID Connect provider on this machine, and whatever token somebody might forge of it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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
    """documents: path → what is answered; an int is a status. asked: the paths, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.rsa = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
        self.ec = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
        self.okp = OKPKey.generate_key("Ed25519", {"kid": "okp-1", "use": "sig"})
        self.asked: list[str] = []
        self.documents: dict[str, Any] = {}
        self.publish(self.rsa, self.ec, self.okp)

    def publish(self, *keys: Key, **more: Any) -> None:
        self.documents = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **more},
            "/keys": {"keys": [key.as_dict(private=isinstance(key, OctKey)) for key in keys]},
        }

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
