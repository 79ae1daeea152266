"""The moment at the cancel button: one customer, decided while they wait, by the same path as a run.

In:  a customer's signed token, and the file of facts that the newest run left (`facts`).
Out: an offer or none, put on record with its receipt before it is shown (`desk`).

>>> from retinue.campaigns.cancel_moment import read_token, sign_token
>>> token = sign_token("C1", "n0nce-0001", expires=1_800_000_000, secret="a secret of enough length")
>>> read_token(token, secret="a secret of enough length", now=1_799_999_990, longest=60).customer_id
'C1'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.campaigns.cancel_moment.desk import Desk
    from retinue.campaigns.cancel_moment.tokens import CustomerToken, read_token, sign_token

CAMPAIGN_PREFIX = "CANCEL_"
"""What the names of campaigns begin with whose decisions were made at the button."""

__all__ = ["CAMPAIGN_PREFIX", "CustomerToken", "Desk", "read_token", "sign_token"]

_HOME = {"CustomerToken": "tokens", "Desk": "desk", "read_token": "tokens", "sign_token": "tokens"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
