"""The cancel moment over HTTP: tokens, pages of other origins, limits, and the script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import NOW, Clock, TestClient
from tests.campaigns.button import SECRET, Button

from retinue.campaigns.cancel_moment import sign_token
from retinue.errors import SettingsError
from retinue.settings import Settings
from retinue.store import cancel_moments

Service = Callable[..., TestClient]
OFFER, CHOICE = "/api/v1/cancel/offer", "/api/v1/cancel/choice"
SHOP = "https://shop.example.com"


@pytest.fixture
def button(tmp_path: Path) -> Iterator[Callable[..., Button]]:
    made: list[Button] = []

    def make(**options: Any) -> Button:
        made.append(Button(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def token(customer: str, nonce: str = "nonce-0001", *, seconds: int = 600, secret: str = SECRET) -> str:
    return sign_token(customer, nonce, expires=int(NOW.timestamp()) + seconds, secret=secret)


def test_an_offer_is_shown_and_taken(service: Service, button: Callable[..., Button]) -> None:
    b = button()
    client = service(b.settings, peer="203.0.113.9", host="retinue.example.com")
    customer = b.treated()[0]
    answer = client.post(OFFER, json={"token": token(customer), "reason": "too_expensive"})
    assert answer.status_code == 200
    told = answer.json()
    assert told["answer"] == "offer"
    assert set(told["offer"]) == {"incentive", "type", "value", "duration_months", "text"}
    assert client.post(OFFER, json={"token": token(customer)}).json() == told
    taken = client.post(CHOICE, json={"token": token(customer), "choice": "accepted"})
    assert taken.json() == {"occasion": told["occasion"], "choice": "accepted"}
    (moment,) = cancel_moments.accepted(b.store)
    assert (moment.customer_id, moment.reason) == (customer, "too_expensive")


def test_who_goes_on_to_cancel_needs_no_answer_first(service: Service, button: Callable[..., Button]) -> None:
    b = button()
    client = service(b.settings)
    answer = client.post(CHOICE, json={"token": token("C00001"), "choice": "cancelled", "reason": "other"})
    assert answer.status_code == 200
    moment = cancel_moments.find(b.store, answer.json()["occasion"])
    assert moment is not None
    assert (moment.answer, moment.choice, moment.reason) == ("none", "cancelled", "other")


@pytest.mark.parametrize("path", [OFFER, CHOICE])
def test_a_token_serves_its_own_customer_and_time_only(
    service: Service, button: Callable[..., Button], clock: Clock, path: str
) -> None:
    b = button()
    client = service(b.settings)
    more = {"choice": "cancelled"} if path == CHOICE else {}
    good = token("C00001")
    stolen = good.split(".")
    stolen[1] = token("C00002").split(".")[1]
    for bad in (".".join(stolen), token("C00001", secret="b" * 20), token("C00001", seconds=7200), "x"):
        answer = client.post(path, json={"token": bad, **more})
        assert answer.status_code == 401
        assert "C0000" not in answer.text
    clock.now = NOW + timedelta(seconds=601)
    assert client.post(path, json={"token": good, **more}).status_code == 401
    assert cancel_moments.summary(b.store)["answer"] == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": 5},
        {"token": "x" * 1001},
        {"token": "x", "customer_id": "C1"},
        {"token": "TOKEN", "reason": "because"},
        {"token": "TOKEN", "reason": "x" * 41},
        [],
    ],
)
def test_a_bad_body_is_a_problem(service: Service, button: Callable[..., Button], body: Any) -> None:
    client = service(button().settings)
    text = json.dumps(body).replace("TOKEN", token("C00001"))
    answer = client.post(OFFER, content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_customer_may_not_ask_all_day(
    service: Service, button: Callable[..., Button], clock: Clock
) -> None:
    b = button(cancel={"customer_per_minute": 3, "address_per_minute": 1000})
    client = service(b.settings)
    asked = [client.post(OFFER, json={"token": token("C00001", f"nonce-{n:04d}")}) for n in range(5)]
    assert [one.status_code for one in asked] == [200, 200, 200, 429, 429]
    assert int(asked[-1].headers["retry-after"]) == 20
    assert client.post(OFFER, json={"token": token("C00002")}).status_code == 200
    clock.now += timedelta(seconds=21)
    assert client.post(OFFER, json={"token": token("C00001")}).status_code == 200


def test_neither_may_an_address_also_with_bad_tokens(service: Service, button: Callable[..., Button]) -> None:
    b = button(cancel={"address_per_minute": 4}, api={"behind_proxy": True})
    client = service(b.settings)

    def ask(address: str) -> int:
        return client.post(
            OFFER, json={"token": "guess"}, headers={"X-Forwarded-For": f"1.2.3.4, {address}"}
        ).status_code

    assert [ask("203.0.113.5") for _ in range(6)] == [401, 401, 401, 401, 429, 429]
    assert ask("203.0.113.6") == 401


def test_only_stated_origins_may_use_the_moment_and_only_that(
    service: Service, button: Callable[..., Button]
) -> None:
    b = button(api={"cors_origins": [SHOP]})
    client = service(b.settings, peer="203.0.113.9", host="retinue.example.com")
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    ours = client.options(OFFER, headers={"Origin": SHOP, **asked})
    assert ours.headers["access-control-allow-origin"] == SHOP
    other = client.options(OFFER, headers={"Origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in other.headers
    machine = client.options("/api/v1/feedback/outcome", headers={"Origin": SHOP, **asked})
    assert "access-control-allow-origin" not in machine.headers
    answer = client.post(OFFER, json={"token": token(b.treated()[0])}, headers={"Origin": SHOP})
    assert answer.headers["access-control-allow-origin"] == SHOP


def test_without_a_secret_there_is_no_moment(service: Service, tmp_path: Path) -> None:
    client = service(Settings(root=tmp_path))
    assert client.post(OFFER, json={"token": token("C1")}).status_code == 404
    assert client.get("/cancel/demo").status_code == 404


def test_the_demo_page_is_for_this_machine_only(service: Service, button: Callable[..., Button]) -> None:
    b = button()
    page = service(b.settings).get("/cancel/demo", params={"customer": "C00005"})
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert 'data-token="v1.' in page.text
    assert service(b.settings, peer="203.0.113.9").get("/cancel/demo").status_code == 404
    proxied = service(b.settings).get("/cancel/demo", headers={"X-Forwarded-For": "203.0.113.9"})
    assert proxied.status_code == 404
    for part in ("/cancel/demo.css", "/cancel/demo.js"):
        assert service(b.settings).get(part).status_code == 200


def test_the_script_is_small_and_brings_no_style_or_handler_into_the_page(
    service: Service, button: Callable[..., Button]
) -> None:
    answer = service(button().settings).get("/cancel.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert len(answer.content) < 6_000
    for forbidden in ("innerHTML", "style=", ".style.", "onclick", "eval(", "document.write", "import("):
        assert forbidden not in answer.text


@pytest.mark.parametrize("secret", ["short", "ä" * 20, "with\nbreak-and-more-text"])
def test_a_weak_secret_is_refused_at_the_start(service: Service, tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingsError) as refused:
        service(Settings(root=tmp_path, api={"cancel_secret": secret}))
    assert secret not in str(refused.value)


def test_a_secret_may_come_from_the_environment_or_a_file(
    service: Service, button: Callable[..., Button], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n")
    b = button()
    for api in ({"cancel_secret": "${SHOP_SECRET}"}, {"cancel_secret_file": "secret.txt"}):
        settings = Settings(root=tmp_path, api=api, cancel={"customer_per_minute": 100})
        client = service(settings)
        assert client.post(OFFER, json={"token": token(b.treated()[0])}).status_code == 200
        assert SECRET not in repr(settings)
