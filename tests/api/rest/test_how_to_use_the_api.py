"""The commands of the page on using the API work as they stand, and the answers it shows are the answers."""

from __future__ import annotations

import json
import re
import shlex
import time
from pathlib import Path
from typing import Any

from tests.api.rest.conftest import CAMPAIGN
from tests.api.rest.test_insights import leave

EVENT = {"customer_id": "C1", "event_type": "login", "timestamp": "2026-02-14T08:00:00Z"}
FILES = {"@ids.csv": "customer_id\nC12345\n", "@events.ndjson": json.dumps(EVENT)}
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "use-the-api.md"


def test_every_command_of_the_page_works(campaigning: Any, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    leave(tmp_path, CAMPAIGN)
    commands = re.findall(r"^curl .*$", text, re.M)
    assert len(commands) >= 20
    answers: list[Any] = []
    variables = {"api": "/api/v1"}
    for command in commands:
        while "$job/" in command and campaigning.get(variables["job"]).json()["state"] != "done":
            time.sleep(0.02)
        answer = type_(campaigning, command, variables)
        assert answer.status_code in (200, 201, 202), (command, answer.text)
        variables["etag"] = answer.headers.get("etag", "")
        variables["job"] = answer.headers.get("location", variables.get("job", ""))
        if answer.headers["content-type"] == "application/json":
            answers += [answer.json(), answer.json().get("missing")]
    shown = re.findall(r"```json\n(.*?)\n```", text, re.S)
    assert shown
    for one in shown:
        assert json.loads(one) in answers


def type_(client: Any, command: str, variables: dict[str, str]) -> Any:
    """What curl would send; variables are filled in as a shell does it."""
    words = iter(shlex.split(command)[1:])
    url, body, method, headers = "", None, "GET", {}
    for word in words:
        filled = re.sub(r"\$(\w+)", lambda match: variables[match[1]], word)
        if word in ("-H", "-X", "--json", "-o", "--data-binary"):
            value = re.sub(r"\$(\w+)", lambda match: variables[match[1]], next(words))
            if word == "-H":
                name, _, content = value.partition(": ")
                headers[name] = content
            elif word == "-X":
                method = value
            elif word == "--json":
                method, body, headers["content-type"] = "POST", value, "application/json"
            elif word == "--data-binary":
                method, body = "POST", FILES[value]
        elif not word.startswith("-"):
            url = filled
    return client.request(method, url, content=body, headers=headers)
