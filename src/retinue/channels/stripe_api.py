"""Stripe's HTTP interface, as far as a channel needs it: forms, keys, faults, and stored failures.

Stripe keeps the first answer to an idempotency key for at least a day, **failures of its own included**:
after a 500 the same key gives the same 500, whatever happened behind it. `StripeApi.make` therefore reads the
state back after a 5xx. Only when that answer was a stored one, and the state shows that nothing was done, it
takes the next key of the row (`KEY:credit`, `KEY:credit:2`, …). The row is the same at every try, so that a
later try finds out the same way how far the earlier ones came.

| answer | fault |
| --- | --- |
| 400 `idempotency_error` | `Refused`: the key was used for something else |
| 402 | `Refused`, with the reason the bank gave |
| 409 `idempotency_key_in_use` | `Unsure`: the earlier call is still at work |
| 409 otherwise, 429 (`lock_timeout` too) | `TryLater` |
| 5xx | `Unsure` |
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from pydantic import Field, SecretStr

from retinue.channels.answers import Answer, fault_of, safe_code, wait_asked
from retinue.channels.base import ChannelFault, Refused, TryLater, Unsure
from retinue.channels.calls import Caller
from retinue.channels.section import HttpSection

__all__ = ["StripeApi", "StripeSection", "error_of", "flat", "id_of", "minor_units"]

GENERATIONS = 5
"""Keys tried for one operation, each after a stored failure of the one before."""

PAGE = 100

_NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD JOD KWD OMR TND"


class StripeSection(HttpSection):
    """Keys that every section for Stripe has."""

    api_key: SecretStr = Field(description="secret or restricted key, such as ${STRIPE_KEY}")
    base_url: str = Field("https://api.stripe.com", description="where Stripe answers")
    version: str = Field(
        "2026-06-24.dahlia", description="version of Stripe's interface that every call names"
    )
    account: str | None = Field(None, description="connected account (acct_…) on whose behalf calls are made")
    webhook_secret: SecretStr | None = Field(
        None,
        description="signing secret (whsec_…) of the webhook endpoint; without it no callback is believed",
    )


class StripeApi:
    """Calls of one Stripe account. Safe to use from several threads at once."""

    def __init__(self, section: StripeSection) -> None:
        headers = {
            "Authorization": f"Bearer {section.api_key.get_secret_value()}",
            "Stripe-Version": section.version,
        }
        if section.account:
            headers["Stripe-Account"] = section.account
        self._caller = Caller("Stripe", section.base_url, headers=headers, limits=section.limits)

    def __repr__(self) -> str:
        return "StripeApi()"

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """An object or a list. Raises TryLater, Refused or ChannelDown; reading does nothing."""
        return self._harmless(lambda: self._caller.get(path, params=flat(params or {})))

    def find(self, path: str) -> dict[str, Any] | None:
        """An object, or None when there is none of that id."""
        try:
            return self.get(path)
        except Refused as refused:
            if " 404" not in refused.reason:
                raise
        return None

    def pages(self, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The objects of a list, newest first, page after page."""
        after: dict[str, Any] = {}
        while True:
            page = self.get(path, {**params, "limit": PAGE, **after})
            rows = page.get("data") or []
            yield from rows
            if not page.get("has_more") or not rows:
                return
            after = {"starting_after": rows[-1]["id"]}

    def ask(self, path: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Make something that does no harm twice, such as a link. Raises TryLater, Refused or ChannelDown."""
        return self._harmless(lambda: self._caller.post(path, form=flat(form)))

    def make(
        self,
        path: str,
        form: Mapping[str, Any],
        key: str,
        read_back: Callable[[], dict[str, Any] | None],
    ) -> tuple[dict[str, Any], bool]:
        """Make something once, and whether it was there before.

        read_back: what the state shows to have been made, or None; asked after a 5xx.

        Raises Unsure when nobody can tell, and what the table of this module says.
        """
        for generation in range(1, GENERATIONS + 1):
            numbered = key if generation == 1 else f"{key}:{generation}"
            answer = self._caller.post(path, form=flat(form), headers={"Idempotency-Key": numbered})
            stored = answer.headers.get("idempotent-replayed", "").lower() == "true"
            if answer.status < 500:
                fault = _fault(answer)
                if fault is not None:
                    raise fault
                return answer.object(), stored
            found = _read(read_back)
            if found is not None:
                return found, True
            if not stored:
                break
        raise Unsure(f"Stripe answered {answer.status}; nothing is to be seen of it yet")

    def close(self) -> None:
        """Release the connections."""
        self._caller.close()

    def _harmless(self, call: Callable[[], Answer]) -> dict[str, Any]:
        words = ""
        try:
            answer = call()
            fault = _fault(answer)
            if fault is None:
                return answer.object()
            if not isinstance(fault, Unsure):
                raise fault
            words = fault.reason
        except Unsure as unsure:
            words = unsure.reason
        raise TryLater(words)


def flat(form: Mapping[str, Any]) -> dict[str, str]:
    """A nested form as Stripe reads it, with brackets. An empty list is left out: it cannot be written.

    >>> flat({"amount": -5, "metadata": {"a": "b"}, "discounts": [{"coupon": "c"}], "off": True, "none": []})
    {'amount': '-5', 'metadata[a]': 'b', 'discounts[0][coupon]': 'c', 'off': 'true'}
    """
    found: dict[str, str] = {}

    def put(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                put(f"{name}[{key}]" if name else str(key), inner)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for place, inner in enumerate(value):
                put(f"{name}[{place}]", inner)
        elif isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif value is not None:
            found[name] = str(value)

    put("", form)
    return found


def minor_units(amount: float, currency: str) -> int:
    """An amount in the currency's smallest unit as Stripe counts it.

    >>> minor_units(25.0, "EUR"), minor_units(500, "JPY"), minor_units(1.5, "KWD")
    (2500, 500, 1500)
    """
    places = 0 if currency in _NO_DECIMALS else 2
    rounded = Decimal(str(amount)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return int(rounded.scaleb(3 if currency in _THREE_DECIMALS else places))


def id_of(value: object, prefix: str, what: str) -> str:
    """An id that may stand in a path. Raises Refused when it is none, or has not the form of one.

    >>> id_of("cus_9", "cus_", "customer")
    'cus_9'
    """
    if not value:
        raise Refused(f"there is no id of the {what} in Stripe")
    if not re.fullmatch(prefix + "[A-Za-z0-9_]{1,200}", str(value)):
        raise Refused(f"the id of the {what} in Stripe does not look like {prefix}…")
    return str(value)


def error_of(answer: Answer) -> dict[str, str]:
    """Type, code and decline code of a failure, as far as each looks like a code."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return {}
    named = {name: safe_code(error.get(name)) for name in ("type", "code", "decline_code")}
    return {name: code for name, code in named.items() if code}


def _fault(answer: Answer) -> ChannelFault | None:
    error = error_of(answer)
    fault = fault_of(answer, code=lambda body: body["error"].get("code") or body["error"]["type"])
    if answer.status == 409:
        words = "Stripe answered 409"
        if error.get("code") == "idempotency_key_in_use":
            return Unsure(f"{words}: an earlier call under this key is still at work")
        return TryLater(words, wait_asked(answer))
    if answer.status == 402:
        return Refused(f"declined ({error.get('decline_code') or error.get('code') or 'no reason given'})")
    if answer.status == 400 and error.get("type") == "idempotency_error":
        return Refused("Stripe answered 400 (idempotency_error): the key was used for another request")
    return fault


def _read(read_back: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
    try:
        return read_back()
    except ChannelFault as fault:
        words = fault.reason
    raise Unsure(f"Stripe failed, and the state cannot be read: {words}")
