"""Text that is code elsewhere is text here: in every parameter of the description, also a new one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.api.graphql.conftest import Graph
from tests.api.rest.conftest import SUMMARY, leave_run

QUOTES = ("'", '"', "')", '")', "'))", "`", "\\'", "%27", "\u02bc", "\uff07", "$$", "]")
CLAUSES = (
    " OR 1=1",
    " OR '1'='1",
    " AND 1=0",
    " UNION SELECT 1",
    " UNION ALL SELECT NULL,NULL,NULL",
    "; DROP TABLE runs",
    "; SELECT pg_sleep(9)",
    " AND randomblob(100000000)",
    "||(SELECT sql FROM sqlite_master)",
    " ORDER BY 99",
    " LIMIT 1 OFFSET 1",
    ";ATTACH DATABASE '/tmp/evil' AS evil",
    " LIKE '%",
    " GLOB '*",
)
ENDS = ("", "--", "/*", "#")
PAYLOADS = [mark + clause + end for mark, clause, end in itertools.product(QUOTES, CLAUSES, ENDS)]
SAMPLE = [PAYLOADS[n] for n in range(0, len(PAYLOADS), 131)] + ["%", "_", "*", "a' OR '1'='1' --"]
PLAIN = "nobody-of-that-name"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """A service with a finished run."""
    root = tmp_path_factory.mktemp("injection")
    leave_run(root, summary=SUMMARY)
    made = Graph(root)
    with made.client:
        yield made


def places(graph: Graph) -> Iterator[tuple[str, str, str]]:
    """Each parameter of a reading that takes any text: its path, where it stands, its name."""
    described = graph.client.get("/api/v1/openapi.json").json()
    for path, item in described["paths"].items():
        for one in item.get("get", {}).get("parameters", ()):
            if one["in"] in ("query", "path") and takes_text(one["schema"]):
                yield path, one["in"], one["name"]


def takes_text(schema: dict[str, Any]) -> bool:
    kinds = [schema, *schema.get("anyOf", ())]
    return any(kind.get("type") == "string" and "enum" not in kind and "const" not in kind for kind in kinds)


def answer(graph: Graph, path: str, where: str, name: str, text: str) -> tuple[int, str]:
    """What is answered; without what was sent, which may stand in it."""
    asked = path
    for other in re.findall(r"{([^}]*)}", path):
        asked = asked.replace(
            f"{{{other}}}", quote(text, safe="") if other == name and where == "path" else "C12345"
        )
    params = {name: text} if where == "query" else {}
    found = graph.client.get(asked, params=params, headers={"X-API-Key": graph.keys["approver"]})
    return found.status_code, found.text


def hold(graph: Graph, payloads: list[str]) -> int:
    """No payload is answered otherwise than a name that nobody has, or than what cannot be a name."""
    asked = 0
    for path, where, name in places(graph):
        plain = answer(graph, path, where, name, PLAIN)
        for payload in payloads:
            status, body = answer(graph, path, where, name, payload)
            asked += 1
            assert status < 500, (path, name, payload)
            if status == 200:
                assert (status, body) == plain, (path, name, payload)
            else:
                assert status in (400, 403, 404, 422), (path, name, payload, status)
                assert not re.search(r"sqlite|psycopg|syntax error", body.replace(payload, "")), body
    return asked


def test_no_parameter_takes_text_for_code(graph: Graph) -> None:
    assert len(list(places(graph))) >= 30
    assert hold(graph, SAMPLE) >= 300


@pytest.mark.slow
def test_no_parameter_takes_any_of_five_hundred_for_code(graph: Graph) -> None:
    assert len(PAYLOADS) >= 500
    hold(graph, PAYLOADS)


@pytest.mark.parametrize("payload", SAMPLE)
def test_no_question_takes_text_for_code(graph: Graph, payload: str) -> None:
    """The variables of GraphQL that are texts: as a name that nobody has."""
    question = "query($t: String!) { customer(customerId: $t) { customerId } }"
    for text in (PLAIN, payload):
        found = graph.post(question, variables={"t": text})
        assert found.status_code == 200
        assert (found.json().get("data") or {}).get("customer") is None, found.text
        assert "sqlite" not in found.text
