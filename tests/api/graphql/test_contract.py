"""Drawn questions: each is understood or refused for a reason, and none is a crash."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query
from hypothesis import HealthCheck, Phase, given, settings
from tests.api.graphql.conftest import Graph

REFUSED = {404, 409, 422}


@pytest.mark.parametrize("many", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_drawn_questions_are_answered_or_refused_for_a_reason(graph: Graph, many: int) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    told = graph.data(get_introspection_query(input_value_deprecation=True))
    schema = schemathesis.graphql.from_dict(told)
    found: list[str] = []
    for operation in schema.get_all_operations():
        one = operation.ok()
        if one.definition.root_type.name == "QUERY":  # what acts do has tests of its own
            found += asked(one, graph, many)
    assert len(found) >= 20
    assert "answered" in found
    assert "refused" in found


def asked(operation: Any, graph: Graph, many: int) -> list[str]:
    """Ask a few drawn questions of one field; what became of each."""
    found: list[str] = []

    @settings(
        max_examples=many,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = graph.post(case.body, "admin")
        assert answer.status_code in (200, 422), (case.body, answer.text)
        body = answer.json()
        statuses = {error["extensions"]["status"] for error in body.get("errors", ())}
        assert statuses <= REFUSED, (case.body, answer.text)
        found.append("refused" if statuses else "answered")

    ask()
    return found
