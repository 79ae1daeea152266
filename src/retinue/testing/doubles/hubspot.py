"""A double of HubSpot: tasks with links, contacts by a unique property, a search that learns late.

* `POST …/tasks` makes a task each time, whatever its properties; `hs_timestamp` and a link must be there.
* `POST …/contacts/batch/upsert` is 200, or 207 with `errors` for values it does not take.
* The search finds a task only when `late` is over.
* `throttled` is 429 with a `policyName`; every answer but the search's counts the day's calls in headers.

An effect is a task that was made (its key: the property `retinue_key`) or a contact that was written (its
key: `objectWriteTraceId`).

| set | what it does |
| --- | --- |
| `at` | faults strike only calls of which `METHOD PATH` contains this, reading ones too |
| `late` | `true`: the search does not know of anything yet |
| `policy` | the policy of a 429: `TEN_SECONDLY_ROLLING` or `DAILY` |
| `remaining` | calls left of 1000 in a day |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retinue.testing.doubles.faults import Injection
from retinue.testing.doubles.server import Call, Double, Reply, main
from retinue.testing.doubles.witness import Witness

__all__ = ["TOKEN", "HubSpot"]

TOKEN = "pat-eu1-double"  # noqa: S105 - of the double
"""The token that it takes."""

_TASK_PROPERTIES = frozenset(
    {
        "hs_timestamp",
        "hs_task_subject",
        "hs_task_body",
        "hs_task_status",
        "hs_task_priority",
        "hs_task_type",
        "hubspot_owner_id",
        "retinue_key",
    }
)
_CONTACT_PROPERTIES = frozenset({"email", "churn_risk", "value_tier", "customer_number"})


class HubSpot(Double):
    """One account."""

    def __init__(self, witness: Witness, options: Mapping[str, str]) -> None:
        super().__init__(witness, options)
        self._state: dict[str, Any] = {
            "at": "",
            "late": False,
            "policy": "TEN_SECONDLY_ROLLING",
            "remaining": 990,
        }

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take the keys of this module's table."""
        if not set(changes) <= set(self._state):
            super().set(changes)
        self._state.update(changes)

    def acts(self, call: Call) -> bool:
        """Writes, or the calls that `at` names."""
        if self._state["at"]:
            return self._state["at"] in f"{call.method} {call.path}"
        return call.method == "POST" and not call.path.endswith("/search")

    def key(self, call: Call) -> str | None:
        """The key among a task's properties, or a contact's trace id."""
        body = call.json()
        if not isinstance(body, dict):
            return None
        if "inputs" in body:
            return str(body["inputs"][0].get("objectWriteTraceId"))
        found = (body.get("properties") or {}) if call.path.endswith("/tasks") else {}
        return found.get("retinue_key")

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """A failure in HubSpot's form."""
        match injection.fault:
            case "throttled" | "throttled_wait":
                return _failed(429, "RATE_LIMITS", policyName=self._state["policy"])
            case "unauthorised":
                return _failed(401, "INVALID_AUTHENTICATION")
            case "invalid":
                return _failed(400, "VALIDATION_ERROR", context=call.body.decode("utf-8", "replace"))
            case "error_before":
                return _failed(500, "INTERNAL_ERROR")
            case "failure_in_ok":
                error = {"status": "error", "category": "VALIDATION_ERROR", "message": "no"}
                return Reply(207, {"status": "COMPLETE", "results": [], "errors": [error], "numErrors": 1})
        return None

    def answer(self, call: Call) -> Reply:
        """Read or write."""
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return _failed(401, "INVALID_AUTHENTICATION")
        if call.path == "/crm/v3/objects/tasks/search":
            return self._search(call.json())
        reply = self._other(call)
        left = str(self._state["remaining"])
        limits = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": left}
        return Reply(reply.status, reply.body, limits)

    def _other(self, call: Call) -> Reply:
        match call.method, call.path:
            case "GET", "/crm/v4/associations/tasks/contacts/labels":
                labels = [
                    {"category": "USER_DEFINED", "typeId": 31, "label": "Reviewer"},
                    {"category": "HUBSPOT_DEFINED", "typeId": 204, "label": None},
                ]
                return Reply(200, {"results": labels})
            case "POST", "/crm/v3/objects/tasks":
                return self._task(call)
            case "POST", "/crm/v3/objects/contacts/batch/upsert":
                return self._upsert(call)
        return _failed(404, "OBJECT_NOT_FOUND")

    def _task(self, call: Call) -> Reply:
        body = call.json()
        properties, links = body["properties"], body.get("associations") or []
        types = [kind["associationTypeId"] for link in links for kind in link["types"]]
        if not set(properties) <= _TASK_PROPERTIES or "hs_timestamp" not in properties or types != [204]:
            return _failed(400, "VALIDATION_ERROR")
        name = str(1000 + len(self.witness.all("task")))
        row = {"id": name, "properties": properties, "associations": links}
        self.witness.put("task", name, row)
        self.witness.effect(self.key(call), {"object": "task", **row})
        return Reply(201, {**row, "archived": False})

    def _upsert(self, call: Call) -> Reply:
        results, errors = [], []
        for one in call.json()["inputs"]:
            if not set(one["properties"]) <= _CONTACT_PROPERTIES:
                words = f"Property values were not valid for {one['id']}"
                errors.append({"status": "error", "category": "VALIDATION_ERROR", "message": words})
                continue
            place = f"{one['idProperty']}={one['id']}"
            before = self.witness.get("contact", place)
            row = before or {"id": str(500 + len(self.witness.all("contact"))), "properties": {}}
            row["properties"] |= one["properties"]
            self.witness.put("contact", place, row)
            self.witness.effect(one.get("objectWriteTraceId"), {"object": "contact", **one})
            results.append({**row, "new": before is None, "archived": False})
        answer = {"status": "COMPLETE", "results": results}
        if errors:
            return Reply(207, {**answer, "numErrors": len(errors), "errors": errors})
        return Reply(200, answer)

    def _search(self, body: Any) -> Reply:
        (wanted,) = body["filterGroups"][0]["filters"]
        name, value = wanted["propertyName"], wanted["value"]
        rows = [row for row in self.witness.all("task") if row["properties"].get(name) == value]
        found = [] if self._state["late"] else rows
        return Reply(200, {"total": len(found), "results": found[: body["limit"]]})


def _failed(status: int, category: str, **more: Any) -> Reply:
    body = {"status": "error", "category": category, "message": "the double says no", "correlationId": "x"}
    return Reply(status, {**body, **more})


if __name__ == "__main__":
    main(HubSpot)
