"""The settings of a demo's workspace: those of a business that lets Retinue carry its campaigns out."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path

from retinue.demo.ports import free_port
from retinue.settings import SETTINGS_FILE

__all__ = ["Sample", "write_workspace"]

FIRST_PORT = 8125

_TOML = """\
# The settings of a simulated business. To remove it all: retinue demo --remove --out FOLDER

[project]
name = "Demo business"
seed = {seed}
sample = true                   # all of this is invented, and the dashboard says so

[warehouse]
threads = 1                     # so few rows are no work for two

[churn]
training_dates = 6

[incentives]
caution = 0.0                   # bolder than the default: so few customers teach little at a time

[decisions]
act_above = 0.15
monitor_up_to = 0.15
urgent_above = 0.40
urgent_clv_above = 1000.0
review_clv_above = 1200.0

[budget]
per_month = 6000

[holdout]
share = 0.20                    # of a small business more must be left alone, to measure anything

[guards.fairness]
attributes = ["country"]

[review]
urgent_due_hours = 36.0

[privacy]
contact = "privacy@example.org"

[delivery]
mode = "live"                   # to a receiver on this machine: nothing leaves it
messages = ["email"]
notices = ["team"]
timezone = "Europe/Berlin"

[delivery.grants]
percentage_discount = "billing"
fixed_credit = "billing"
"""

_CHANNEL = """
[channels.{name}]
kind = "webhook"
delivers = "{delivers}"
url = "http://127.0.0.1:{port}/{name}"
secrets = ["{secret}"]
allow_private = true
"""

_CHANNELS = {"email": "message", "billing": "grant", "team": "notice"}


@dataclass(frozen=True, slots=True)
class Sample:
    """What a demo's workspace is made with. secret: of its channels; port: of their receiver."""

    seed: int
    secret: str
    port: int

    @classmethod
    def of(cls, seed: int) -> Sample:
        """With a secret of its own, and a port that is free now."""
        return cls(seed, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), free_port(FIRST_PORT))


def write_workspace(folder: Path, sample: Sample) -> None:
    """Make the folder, with its `retinue.toml`."""
    folder.mkdir(parents=True)
    text = _TOML.format(seed=sample.seed) + "".join(
        _CHANNEL.format(name=name, delivers=delivers, port=sample.port, secret=sample.secret)
        for name, delivers in _CHANNELS.items()
    )
    target = folder / SETTINGS_FILE
    target.touch(0o600)  # it holds a secret, if only one of this demo
    target.write_text(text, encoding="utf-8")
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
