"""The dashboard's page and files: what they say, who may load them, and that nothing else is given away."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.api.conftest import TestClient

from retinue.api.built import Built

Service = Callable[..., TestClient]
HTML = {"Accept": "text/html,application/xhtml+xml"}
SCRIPT = b"console.log('a longer line than its packed form, a longer line than its packed form')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build of one script."""
    made = tmp_path / "built" / "static"
    (made / "assets").mkdir(parents=True)
    page = '<script nonce="__CSP_NONCE__" src="/assets/app-1a2b.js"></script><meta nonce="__CSP_NONCE__">'
    (made / "index.html").write_text(page)
    (made / "icon.svg").write_text("<svg/>")
    (made / "assets" / "app-1a2b.js").write_bytes(SCRIPT)
    (made / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (made / "assets" / ".hidden.js").write_text("hidden")
    (made.parent / "outside.js").write_text("outside")
    (made / "assets" / "link.js").symlink_to(made.parent / "outside.js")
    return made


@pytest.fixture
def client(service: Service, folder: Path) -> TestClient:
    found = service()
    app = found.app
    app.state.built = app.router.default._built = Built(folder)  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("path", ["/", "/today", "/customers/C1", "/customers?tier=gold", "/a.b/c"])
def test_every_view_is_the_same_page_with_a_nonce_of_its_own(client: TestClient, path: str) -> None:
    first, second = client.get(path, headers=HTML), client.get(path, headers=HTML)
    assert (first.status_code, first.headers["content-type"]) == (200, "text/html; charset=utf-8")
    nonces = re.findall(r'nonce="([^"]+)"', first.text)
    assert len(nonces) == 2
    assert len(set(nonces)) == 1
    policy = first.headers["content-security-policy"]
    assert policy.count(f"'nonce-{nonces[0]}'") == 2
    assert nonces[0] not in second.text
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    assert first.headers["cache-control"] == "no-store"
    assert client.head(path, headers=HTML).status_code == 200


def test_a_file_is_kept_for_good_and_packed_for_who_can_unpack_it(client: TestClient) -> None:
    plain = client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == SCRIPT
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["x-content-type-options"] == "nosniff"
    packed = client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == SCRIPT
    assert packed.headers["etag"] != plain.headers["etag"]
    refused = client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    again = {"If-None-Match": plain.headers["etag"], "Accept-Encoding": "identity"}
    assert client.get("/assets/app-1a2b.js", headers=again).status_code == 304
    assert client.get("/icon.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "name",
    [
        "../index.html",
        "..%2f..%2foutside.js",
        "%2e%2e/outside.js",
        ".hidden.js",
        "link.js",
        "app-1a2b.js.gz",
        "%00",
        "a" * 400,
        "",
        ".",
    ],
)
def test_no_other_file_is_given(client: TestClient, name: str) -> None:
    answer = client.get(f"/assets/{name}", headers=HTML)
    assert "outside" not in answer.text
    assert "hidden" not in answer.text
    if answer.status_code != 200:  # a path that a client shortens itself is a view
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_what_belongs_to_the_service_is_no_view(client: TestClient) -> None:
    for path in ("/api/v1/nothing", "/api", "/oauth/nothing", "/session/nothing", "/assets/nothing.js"):
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/today", headers={"Accept": "application/json"}).status_code == 404
    assert client.post("/today", headers=HTML).status_code == 404


def test_without_a_build_it_says_how_to_make_one(service: Service, tmp_path: Path) -> None:
    client = service()
    client.app.state.built = Built(tmp_path / "nothing")  # type: ignore[attr-defined]
    answer = client.get("/", headers=HTML)
    assert answer.status_code == 503
    assert "make dashboard" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_it_can_be_switched_off(service: Service) -> None:
    client = service(api={"dashboard": False})
    for path in ("/", "/today", "/assets/app.js"):
        assert client.get(path, headers=HTML).status_code == 404


# --- Who sits at the browser ----------------------------------------------------------------------------


def test_whoever_is_at_this_machine_is_signed_in_while_nobody_need_be(service: Service) -> None:
    found = service().get("/api/v1/session").json()
    assert (found["signed_in"], found["kind"], found["subject"]) == (True, "local", "local")
    assert "rules.change" in found["permissions"]
    assert "metrics.read" in found["permissions"]
    assert found["csrf"] is found["as_role"] is found["idle_at"] is None
    assert (found["project"], found["currency"]) == ("retinue", "EUR")


def test_from_elsewhere_nobody_is(service: Service) -> None:
    answer = service(peer="203.0.113.5").get("/api/v1/session")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["signed_in"], found["permissions"], found["subject"]) == (False, [], None)
    assert answer.headers["cache-control"] == "no-store"
