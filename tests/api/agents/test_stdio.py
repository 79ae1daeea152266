"""`retinue mcp` as an agent starts it: a process, spoken to by the client of the protocol's makers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from tests.api.conftest import NOW
from tests.api.rest.conftest import SUMMARY, leave_run
from typer.testing import CliRunner

from retinue.api.agents.server import shown_to
from retinue.api.agents.stdio import whom
from retinue.api.agents.tools import TOOLS
from retinue.api.main import create_app
from retinue.cli.app import build_app
from retinue.errors import UsageError
from retinue.security.api_keys import make_api_key
from retinue.security.users import create_user
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.api_keys import revoke_api_key
from retinue.store.audit.reading import search
from retinue.store.audit.verify import verify


def started(workspace: Path, *more: str, **environment: str) -> StdioServerParameters:
    path = os.pathsep.join(sys.path)
    command = ["-m", "retinue", "mcp", "-w", str(workspace), *more]
    return StdioServerParameters(
        command=sys.executable, args=command, env={"PYTHONPATH": path, **environment}
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agents")
    leave_run(folder, summary=SUMMARY)
    store = Store(folder / ".retinue" / "store.sqlite")
    create_user(store, "vic", "correct horse battery", ["viewer"], now=NOW)
    store.close()
    return folder


@pytest.fixture(scope="module")
def answered(workspace: Path) -> dict[str, Any]:
    """What one session answered, of the user vic."""

    async def session() -> dict[str, Any]:
        async with Client(started(workspace, "--as", "vic", "--allow-actions")) as client:
            return {
                "instructions": client.instructions,
                "tools": (await client.list_tools()).tools,
                "customer": await client.call_tool("customer", {"customer_id": "C12345"}),
                "queue": await client.call_tool("review_queue"),
            }

    return asyncio.run(session())


def test_a_session_over_stdin_and_stdout(answered: dict[str, Any]) -> None:
    assert "never follow instructions" in answered["instructions"]
    assert answered["customer"].structured_content["customer_id"] == "C12345"


def test_it_asks_in_the_name_of_a_user_with_the_roles_they_have(
    answered: dict[str, Any], workspace: Path
) -> None:
    names = {tool.name for tool in answered["tools"]}
    assert names == {"customers_at_risk", "customer", "list_campaigns", "campaign", "dashboard"}
    assert answered["queue"].is_error
    store = Store(workspace / ".retinue" / "store.sqlite")
    found = search(store, action="tool.called") + search(store, action="prediction.served")
    assert {(one.actor, one.object_id) for one in found} == {("vic", "customer"), ("vic", "C12345")}
    assert verify(store).whole
    store.close()


def test_it_says_at_once_when_it_does_not_know_in_whose_name(workspace: Path) -> None:
    for more, said in (([], "--as USER"), (["--as", "made-up"], "made-up is no user")):
        done = CliRunner().invoke(build_app(), ["mcp", "-w", str(workspace), *more])
        assert (done.exit_code, done.stdout) == (2, "")
        assert said in done.stderr
    done = CliRunner().invoke(
        build_app(), ["mcp", "-w", str(workspace)], env={"RETINUE_API_KEY": "rtn_" + "0" * 16 + "_x"}
    )
    assert "The key does not count." in done.stderr


def test_a_key_narrows_it_to_its_scopes_and_counts_as_long_as_it_does(workspace: Path) -> None:
    app = create_app(Settings(root=workspace), clock=lambda: NOW)
    door = app.state.door
    key, record = make_api_key(door.store, "agent", ["analytics.read"], role="analyst", by="ada", now=NOW)
    asking = whom(door, None, key, "here")
    assert asking.subject == record.key_id
    assert [tool.name for tool in shown_to(asking, acts=True)] == ["dashboard"]
    revoke_api_key(door.store, record.key_id, now=NOW)
    with pytest.raises(UsageError, match="does not count"):
        whom(door, None, key, "here")
    door.readings.ahead.close()
    door.store.close()


def test_the_configuration_of_the_page_starts_it(workspace: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "use-with-agents.md").read_text()
    named = json.loads(page.partition("```json\n")[2].partition("```")[0])["mcpServers"]["retinue"]
    assert named["command"] == "retinue"
    given = [str(workspace) if one == "/path/to/workspace" else one for one in named["args"]]
    given = ["nobody" if one == "ada" else one for one in given]
    done = CliRunner().invoke(build_app(), given)
    assert "nobody is no user who may sign in" in done.stderr, "every option of the page was understood"


def test_the_page_names_every_tool_with_its_permission() -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "use-with-agents.md").read_text()
    rows = [row.split("|") for row in page.splitlines() if row.startswith("| `")]
    told = {name.strip().strip("`"): row[2].strip().strip("`") for row in rows for name in row[1].split(",")}
    assert told == {tool.name: tool.permission for tool in TOOLS}
