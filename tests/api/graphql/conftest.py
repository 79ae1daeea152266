"""One service for the tests that only ask: a finished run, and a key for each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import NOW, TestClient
from tests.api.rest.conftest import SUMMARY, leave_run

from retinue.api.main import create_app
from retinue.security import PERMISSIONS, ROLES, api_keys
from retinue.settings import Settings
from retinue.store import Store

URL = "/api/v1/graphql"


def key_of(store: Store, role: str) -> str:
    """A key with all that a role may."""
    able = [name for name, one in PERMISSIONS.items() if role in one.roles]
    return api_keys.make_api_key(store, role, able, role=role, by="test", now=NOW)[0]


class Graph:
    """The service, asked from elsewhere by a key; each role's is in `keys`."""

    def __init__(self, root: Path, **sections: Any) -> None:
        self.root = root
        limits = {"per_minute": 100_000, "address_per_minute": 100_000}
        auth = {**limits, **sections.pop("auth", {})}
        settings = Settings.model_validate({"root": root, "auth": auth, **sections})
        self.app = create_app(settings, clock=lambda: NOW)
        self.client = TestClient(
            self.app,
            base_url="http://127.0.0.1",
            client=("203.0.113.5", 50_000),
            raise_server_exceptions=False,
        )
        self.store: Store = self.app.state.door.store
        self.keys = {role: key_of(self.store, role) for role in ROLES}

    def post(self, query: str, role: str = "approver", **more: Any) -> Any:
        """The answer to a question; more: of its body."""
        headers = {"X-API-Key": self.keys[role]}
        return self.client.post(URL, json={"query": query, **more}, headers=headers)

    def data(self, query: str, role: str = "approver", **variables: Any) -> Any:
        """What was asked for; there are no errors."""
        answer = self.post(query, role, variables=variables)
        body = answer.json()
        assert answer.status_code == 200, body
        assert "errors" not in body, body
        return body["data"]

    def rest(self, path: str, role: str = "approver") -> Any:
        """What REST answers."""
        return self.client.get(f"/api/v1{path}", headers={"X-API-Key": self.keys[role]}).json()


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """A service with a finished run of 60 customers; nothing in it is changed."""
    root = tmp_path_factory.mktemp("graph")
    leave_run(root, 60, summary=SUMMARY)
    made = Graph(root)
    with made.client:
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Callable[..., Graph]]:
    """Settings' sections → a service of the test's own, with a finished run."""
    opened: list[Graph] = []

    def make(**sections: Any) -> Graph:
        if not opened:
            leave_run(tmp_path, summary=SUMMARY)
        made = Graph(tmp_path, **sections)
        made.client.__enter__()
        opened.append(made)
        return made

    yield make
    for one in opened:
        one.client.__exit__(None, None, None)


def codes(body: dict[str, Any]) -> list[int]:
    """The statuses of an answer's errors."""
    return [error["extensions"]["status"] for error in body.get("errors", ())]
