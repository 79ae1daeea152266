"""The commands of the page on asking with GraphQL work as they stand, and the answers it shows are theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api.rest.test_how_to_use_the_api import type_

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "ask-with-graphql.md"


class InQuotes(dict[str, str]):
    """Variables of the shell; a name that is none stands in single quotes, where it stays."""

    def __missing__(self, name: str) -> str:
        return f"${name}"


def test_every_command_of_the_page_works(own: Callable[..., Any]) -> None:
    made = own()
    made.client.headers["X-API-Key"] = made.keys["approver"]
    text = PAGE.read_text(encoding="utf-8")
    commands = re.findall(r"^curl .*$", text, re.M)
    assert len(commands) >= 6
    answers: list[Any] = []
    for command in commands:
        if " -N " in command:
            continue  # it goes on; a test with a server of its own listens to it
        answer = type_(made.client, command, InQuotes(api="/api/v1"))
        assert answer.status_code == 200, (command, answer.text)
        assert "nobody" in command or "errors" not in answer.json(), (command, answer.text)
        answers.append(answer.json())
    shown = re.findall(r"```json\n(.*?)\n```", text, re.S)
    assert len(shown) == 2
    for one in shown:
        assert json.loads(one) in answers
