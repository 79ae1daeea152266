"""Salesforce's REST interface, as far as a channel needs it: log-in, limits and faults.

A token says nothing of when it ends; the first answer of 401 does. Then a new one is fetched and the call
made once more, which is safe: a call without a valid token does nothing.

| answer | fault |
| --- | --- |
| 300 | `Refused`: several records have this external id, nothing was written |
| 403 `REQUEST_LIMIT_EXCEEDED` | `TryLater`: the organisation's calls of the day are used up |
| any `UNABLE_TO_LOCK_ROW` | `TryLater` |
| `INSUFFICIENT_ACCESS…` | `Refused`: this record is closed to us |
| 401, other 403 | `ChannelDown` |
| 5xx | `Unsure` |
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from retinue.channels.allowance import PAUSE_SECONDS, Allowance
from retinue.channels.answers import Answer, fault_of, safe_code, wait_asked
from retinue.channels.base import ChannelDown, ChannelFault, Refused, TryLater, Unsure
from retinue.channels.calls import Caller, Limits

__all__ = ["SalesforceApi", "codes_of", "usage_of"]

_LOCKED = "UNABLE_TO_LOCK_ROW"
_SPENT = "REQUEST_LIMIT_EXCEEDED"


class SalesforceApi:
    """Calls of one organisation. Safe to use from several threads at once.

    `base_url` is the organisation's own host (My Domain): the shared log-in host does not serve this kind of
    log-in. `allowance` is told of the day's calls and asked before each.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        version: str,
        limits: Limits,
        allowance: Allowance,
    ) -> None:
        self._caller = Caller("Salesforce", base_url, limits=limits)
        self._base = base_url.rstrip("/")
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._version = version
        self._allowance = allowance
        self._login: tuple[str, str] | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "SalesforceApi()"

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        missing: bool = False,
    ) -> Answer:
        """One call below `/services/data/vNN.0`.

        missing: an answer of 404 is returned as it is. Raises what the table of this module says; for a GET
        TryLater in place of Unsure, since reading does nothing.
        """
        words = ""
        try:
            return self._called(method, path, json, params, missing)
        except Unsure as unsure:
            if method != "GET":
                raise
            words = unsure.reason
        raise TryLater(words)

    def close(self) -> None:
        """Release the connections."""
        self._caller.close()

    def _called(
        self, method: str, path: str, body: Any, params: Mapping[str, Any] | None, missing: bool
    ) -> Answer:
        self._allowance.check()
        login = self._logged_in()
        answer = self._made(login, method, path, body, params)
        if answer.status == 401:
            with self._lock:
                if self._login == login:
                    self._login = None
            answer = self._made(self._logged_in(), method, path, body, params)
        used = usage_of(answer.headers.get("sforce-limit-info", ""))
        if used is not None:
            self._allowance.note(used=used[0], most=used[1])
        if missing and answer.status == 404:
            return answer
        fault = _fault(answer)
        if fault is not None:
            raise fault
        return answer

    def _made(
        self, login: tuple[str, str], method: str, path: str, body: Any, params: Mapping[str, Any] | None
    ) -> Answer:
        token, host = login
        return self._caller.call(
            method,
            f"{host}/services/data/v{self._version}{path}",
            json=body,
            params=params,
            headers={"Authorization": f"Bearer {token}"},
        )

    def _logged_in(self) -> tuple[str, str]:
        with self._lock:
            if self._login is None:
                self._login = self._log_in()
            return self._login

    def _log_in(self) -> tuple[str, str]:
        words = ""
        try:
            answer = self._caller.post(
                "/services/oauth2/token", form={"grant_type": "client_credentials", **self._client}
            )
            if answer.status < 300:
                found = answer.object()
                host = str(found["instance_url"]).rstrip("/")
                if urlsplit(host).scheme != urlsplit(self._base).scheme:
                    raise ChannelDown("Salesforce names another kind of address after the log-in")
                return str(found["access_token"]), host
            words = f"the log-in to Salesforce failed with {answer.status}"
            if answer.status < 500 and answer.status != 429:
                code = _login_code(answer)
                raise ChannelDown(f"{words} ({code})" if code else words)
        except (Unsure, KeyError):
            words = words or "the log-in to Salesforce was not answered"
        raise TryLater(words)


def codes_of(answer: Answer) -> list[str]:
    """The error codes of an answer: Salesforce gives a list of errors, or an object with one."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return []
    if isinstance(body, dict):
        body = body.get("errors") or [body]
    rows = [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []
    codes = [safe_code(row.get("errorCode") or row.get("statusCode")) for row in rows]
    return [code for code in codes if code]


def usage_of(header: str) -> tuple[int, int] | None:
    """Calls used and allowed in a day, from `Sforce-Limit-Info`, whatever else stands there.

    >>> usage_of("api-usage=18/5000; per-app-api-usage=17/250(appName=x)"), usage_of("api-bursts=1/750")
    ((18, 5000), None)
    """
    found = re.search(r"(?<![\w-])api-usage=(\d{1,12})/(\d{1,12})", header)
    return (int(found[1]), int(found[2])) if found else None


def _fault(answer: Answer) -> ChannelFault | None:
    codes = codes_of(answer)
    fault = fault_of(answer, code=lambda _: codes[0])
    if fault is None:
        return None
    if answer.status == 300:
        return Refused("Salesforce answered 300: several records have this external id, nothing was written")
    if _LOCKED in codes:
        return TryLater(f"Salesforce answered {answer.status} ({_LOCKED})", wait_asked(answer))
    if answer.status == 403 and _SPENT in codes:
        return TryLater(f"Salesforce answered 403 ({_SPENT})", wait_asked(answer) or PAUSE_SECONDS)
    if answer.status == 403 and any(code.startswith("INSUFFICIENT_ACCESS") for code in codes):
        return Refused(fault.reason)
    return fault


def _login_code(answer: Answer) -> str:
    try:
        return safe_code(json.loads(answer.body)["error"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
