"""A double of Salesforce: log-in without an end, upsert by external id, errors in lists, the day's limit.

* A token has no `expires_in`; after `expire` calls get 401 `INVALID_SESSION_ID` until somebody logs in.
* `PATCH …/Task/FIELD/VALUE` makes (201) or changes (200); several records of one value are 300 and nothing.
* A changed record is 204 without a body. A query that filters by a description is 400.
* `throttled` is 403 `REQUEST_LIMIT_EXCEEDED`, never 429.

An effect is a task that was made or a record that was changed; its key is what the external id, or the last
line of the description, names.

| set | what it does |
| --- | --- |
| `at` | faults strike only calls of which `METHOD PATH` contains this, reading ones too |
| `expire` | all tokens end now |
| `locked` | so many writes are answered with 400 `UNABLE_TO_LOCK_ROW` |
| `unsaved` | so many upserts are answered with 200 and `success: false`, and not done |
| `usage` | the calls in `Sforce-Limit-Info`, such as `"18/5000"` |
| `put` | records: `[{"object": "Contact", "Id": "003…", …}]` |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main
from retinue.testing.doubles.witness import Witness

__all__ = ["CLIENT", "Salesforce"]

CLIENT = {"client_id": "3MVG9double", "client_secret": "double"}
"""The client that may log in."""

_REST = re.compile(r"/services/data/v\d+\.0(/.*)")
_QUERY = re.compile(
    r"SELECT ([\w, ]+) FROM (\w+) WHERE (\w+) = '(\w+)' AND CreatedDate >= (\S+) .*LIMIT (\d+)"
)


class Salesforce(Double):
    """One organisation."""

    def __init__(self, witness: Witness, options: Mapping[str, str]) -> None:
        super().__init__(witness, options)
        self._key_field = options.get("key_field", "Retinue_Key__c")
        self._fields = {"Churn_Risk__c", "Value_Tier__c", "Retinue_Updated__c", "LastName"}
        self._at = ""
        self._left = {"locked": 0, "unsaved": 0}
        self._usage = "18/5000"
        self._tokens: list[str] = []
        self._logins = 0

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take the keys of this module's table."""
        for name, value in changes.items():
            if name == "put":
                with self.witness.unit():
                    for record in value:
                        self.witness.put(record["object"], record["Id"], record)
            elif name == "expire":
                self._tokens.clear()
            elif name in self._left:
                self._left[name] = int(value)
            elif name in ("at", "usage"):
                setattr(self, f"_{name}", str(value))
            else:
                super().set({name: value})

    def acts(self, call: Call) -> bool:
        """Writes, or the calls that `at` names."""
        if self._at:
            return self._at in f"{call.method} {call.path}"
        return call.method in ("POST", "PATCH") and not call.path.endswith("/oauth2/token")

    def key(self, call: Call) -> str | None:
        """The external id in the path, or the key in the description's last line."""
        path = call.path.split("/")
        if self._key_field in path:
            return unquote(path[-1])
        body = call.json()
        text = body.get("Description") if isinstance(body, dict) else None
        found = re.search(r"^Retinue (\S+)\.$", text, re.M) if isinstance(text, str) else None
        return found[1] if found else None

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """A failure in Salesforce's form: a list."""
        match injection.fault:
            case "throttled" | "throttled_wait":
                return _failed(403, "REQUEST_LIMIT_EXCEEDED")
            case "unauthorised":
                return _failed(401, "INVALID_SESSION_ID")
            case "invalid":
                return _failed(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", call.body.decode("utf-8", "replace"))
            case "error_before":
                return _failed(500, "UNKNOWN_EXCEPTION")
            case "failure_in_ok":
                return Reply(200, {"id": None, "success": False, "errors": [{"statusCode": "INVALID_FIELD"}]})
        return None

    def answer(self, call: Call) -> Reply:
        """Log in, read or write."""
        if call.path == "/services/oauth2/token":
            return self._log_in(call)
        path = _REST.fullmatch(call.path)
        if path is None:
            return _failed(404, "NOT_FOUND")
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return _failed(401, "INVALID_SESSION_ID")
        reply = self._rest(call, path[1].strip("/").split("/"))
        limits = f"api-usage={self._usage}; per-app-api-usage=17/250(appName=Retinue)"
        return Reply(reply.status, reply.body, {**reply.headers, "Sforce-Limit-Info": limits})

    def _log_in(self, call: Call) -> Reply:
        form = call.form
        if form.get("grant_type") != "client_credentials":
            return Reply(400, {"error": "unsupported_grant_type", "error_description": "no"})
        if {name: form.get(name) for name in CLIENT} != CLIENT:
            return Reply(
                400, {"error": "invalid_client_id", "error_description": "client identifier invalid"}
            )
        self._logins += 1
        self._tokens.append(f"00D!token{self._logins}")
        answer = {"access_token": self._tokens[-1], "instance_url": call.base, "token_type": "Bearer"}
        return Reply(200, {**answer, "issued_at": "1772443800000", "signature": "x"})

    def _rest(self, call: Call, parts: list[str]) -> Reply:
        if call.method in ("POST", "PATCH") and self._take("locked"):
            return _failed(400, "UNABLE_TO_LOCK_ROW")
        match call.method, parts:
            case "GET", ["query"]:
                return self._query(call.query.get("q", ""))
            case "POST", ["sobjects", "Task"]:
                return self._made(call, {})
            case "GET" | "PATCH", ["sobjects", "Task", field, value] if field == self._key_field:
                rows = [row for row in self.witness.all("Task") if row.get(field) == unquote(value)]
                if len(rows) > 1:
                    return Reply(300, [f"/services/data/v67.0/sobjects/Task/{row['Id']}" for row in rows])
                if call.method == "GET":
                    return Reply(200, rows[0]) if rows else _failed(404, "NOT_FOUND")
                if self._take("unsaved"):
                    return Reply(200, {"id": None, "success": False, "errors": [{"statusCode": "INVALID"}]})
                if not rows:
                    return self._made(call, {field: unquote(value)})
                self.witness.put("Task", rows[0]["Id"], {**rows[0], **call.json()})
                return Reply(200, {"id": rows[0]["Id"], "success": True, "errors": [], "created": False})
            case "GET", ["sobjects", kind, name]:
                found = self.witness.get(kind, name)
                wanted = set(call.query.get("fields", "Id").split(","))
                if found is None:
                    return _failed(404, "NOT_FOUND")
                if not wanted <= self._fields | {"Id"}:
                    return _failed(400, "INVALID_FIELD")
                return Reply(200, {"Id": name, **{field: found.get(field) for field in wanted}})
            case "PATCH", ["sobjects", kind, name]:
                found = self.witness.get(kind, name)
                if found is None:
                    return _failed(404, "NOT_FOUND")
                if not set(call.json()) <= self._fields:
                    return _failed(400, "INVALID_FIELD")
                self.witness.put(kind, name, {**found, **call.json()})
                self.witness.effect(name, {"object": kind, **call.json()})
                return Reply(204)
        return _failed(404, "NOT_FOUND")

    def _made(self, call: Call, more: Mapping[str, str]) -> Reply:
        body = call.json()
        if "WhoId" in body and not body["WhoId"].startswith(("003", "00Q")):
            return _failed(400, "FIELD_INTEGRITY_EXCEPTION")
        name = f"00T{len(self.witness.all('Task')) + 1:012d}AAA"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        self.witness.put(
            "Task", name, {"Status": "Not Started", **body, **more, "Id": name, "CreatedDate": now}
        )
        self.witness.effect(self.key(call), {"object": "Task", "id": name, **body})
        return Reply(201, {"id": name, "success": True, "errors": [], "created": True})

    def _query(self, text: str) -> Reply:
        if "Description" in text.partition(" WHERE ")[2]:
            return _failed(400, "INVALID_FIELD")
        asked = _QUERY.fullmatch(text)
        if asked is None:
            return _failed(400, "MALFORMED_QUERY")
        columns, kind, field, value, since, most = asked.groups()
        begin = datetime.fromisoformat(since)
        rows = [
            {"attributes": {"type": kind}, **{name: row.get(name) for name in columns.split(", ")}}
            for row in self.witness.all(kind)
            if row.get(field) == value and datetime.fromisoformat(row["CreatedDate"]) >= begin
        ]
        found = rows[: int(most)]
        return Reply(200, {"totalSize": len(found), "done": True, "records": found})

    def _take(self, name: str) -> bool:
        self._left[name] -= 1
        return self._left[name] >= 0


def _failed(status: int, code: str, message: str = "the double says no") -> Reply:
    return Reply(status, [{"errorCode": code, "message": message, "fields": []}])


if __name__ == "__main__":
    main(Salesforce)
