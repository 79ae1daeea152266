"""The sections on the pages that connect a vendor are ones that its channel takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from retinue.channels import Channel
from retinue.channels.braze import BrazeChannel
from retinue.channels.hubspot import HubSpotChannel
from retinue.channels.klaviyo import KlaviyoChannel
from retinue.channels.payment_recovery import PaymentRecovery
from retinue.channels.salesforce import SalesforceChannel
from retinue.channels.stripe import StripeChannel

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
KINDS: dict[str, Any] = {
    "stripe": StripeChannel,
    "stripe_recovery": PaymentRecovery,
    "salesforce": SalesforceChannel,
    "hubspot": HubSpotChannel,
    "braze": BrazeChannel,
    "klaviyo": KlaviyoChannel,
}


@pytest.mark.parametrize("vendor", ["stripe", "salesforce", "hubspot", "braze", "klaviyo"])
def test_the_sections_are_taken(vendor: str, tmp_path: Path) -> None:
    text = (PAGES / f"connect-{vendor}.md").read_text(encoding="utf-8")
    sections = [
        (name, raw)
        for block in re.findall(r"```toml\n(.*?)```", text, re.S)
        for name, raw in tomllib.loads(block)["channels"].items()
    ]
    assert sections
    for name, raw in sections:
        made = KINDS[raw.pop("kind")].from_settings(name, raw, tmp_path)
        assert isinstance(made, Channel)
        assert made.name == name
        made.close()
