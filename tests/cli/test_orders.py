"""`retinue deliveries order`: a failed payment tried again by hand, once a day unless it is meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.campaigns.promises import take
from tests.campaigns.witness import Business, Witness
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.stripe import KEY

TOML = """
[delivery]
mode = "live"
grants = {{ fixed_credit = "credits" }}

[channels.credits]
kind = "stripe"
api_key = "{key}"
base_url = "{url}"

[channels.recovery]
kind = "stripe_recovery"
api_key = "{key}"
base_url = "{url}"
"""
ORDER = ("order", "--channel", "recovery", "--customer", "C1", "--fact", "invoice=in_1")


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("stripe") as running:
        yield running


@pytest.fixture
def stripe(double: Running) -> Running:
    double.reset()
    invoice = {
        "kind": "invoice",
        "collection_method": "charge_automatically",
        "id": "in_1",
        "customer": "cus_1",
        "status": "open",
        "amount_due": 4900,
        "amount_paid": 0,
    }
    double.set(put=[{"kind": "customer", "id": "cus_1"}, invoice])
    return double


@pytest.fixture
def home(tmp_path: Path, stripe: Running) -> Path:
    (tmp_path / "retinue.toml").write_text(TOML.format(key=KEY, url=stripe.url))
    (tmp_path / "contacts.csv").write_text("customer_id,stripe_id\nC1,cus_1\n")
    typed(tmp_path, "contacts", "load", str(tmp_path / "contacts.csv"))
    return tmp_path


def typed(home: Path, group: str, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(build_app(), [group, *words, "-w", str(home), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout if code == 0 else done.stderr)


def test_a_payment_is_tried_again_once(home: Path, stripe: Running) -> None:
    first = typed(home, "deliveries", *ORDER)
    assert first["new"]
    assert first["campaign_id"].startswith("BY_HAND_")
    again = typed(home, "deliveries", *ORDER)
    assert again == {**first, "new": False}
    sent = typed(home, "deliveries", "send")
    assert (sent["worked_on"], sent["sent"]) == (1, 1)
    assert [effect["what"]["id"] for effect in stripe.effects()] == ["in_1"]
    assert typed(home, "deliveries", *ORDER, "--again")["new"]
    typed(home, "deliveries", "send")
    assert len(stripe.effects()) == 1, "it was paid, which the channel sees"


@pytest.mark.parametrize("fact", ["invoice", "=in_1", "invoice=in_1"])
def test_a_fact_has_a_name_and_a_value_once(home: Path, fact: str) -> None:
    told = typed(home, "deliveries", *ORDER, "--fact", fact, code=2)
    assert "--fact NAME=VALUE" in told["error"]["fix"]


def test_send_makes_what_was_taken_at_the_cancel_button_and_names_what_it_cannot(
    home: Path, stripe: Running
) -> None:
    b = Business(home / ".retinue", [Witness()])
    take(b, 1, known=False)
    take(b, 2, known=False, kind="free_upgrade")
    b.store.close()
    sent = typed(home, "deliveries", "send")
    assert (sent["accepted"], sent["sent"]) == (1, 1)
    assert [row["customer_id"] for row in sent["waiting"]] == ["C2"]
    assert len(stripe.effects()) == 1
    assert stripe.effects()[0]["what"]["form"]["amount"] == "-2500"
    told = CliRunner().invoke(build_app(), ["deliveries", "send", "-w", str(home)])
    assert "No channel makes a free_upgrade real" in told.stderr
