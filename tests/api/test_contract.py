"""The description of the service against the service: drawn requests get documented answers, no crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.api.rest.conftest import SUMMARY, leave_run

from retinue.api.main import create_app
from retinue.settings import Settings

pytestmark = pytest.mark.slow


def test_every_answer_is_documented_and_none_is_a_crash(tmp_path: Path) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    leave_run(tmp_path, summary=SUMMARY)
    app = create_app(Settings(root=tmp_path))
    schema: Any = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    asked = sum(_ask(found.ok()) for found in schema.get_all_operations())
    assert asked >= 150


def _ask(operation: Any) -> int:
    """Send a few drawn requests of one operation; how many."""
    documented = {int(status) for status in operation.definition.raw["responses"]}
    statuses: list[int] = []

    @settings(
        max_examples=5,
        derandomize=True,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = case.call(base_url="http://127.0.0.1")
        assert answer.status_code in documented, (operation.label, answer.status_code)
        assert answer.status_code < 500, (operation.label, answer.text)
        statuses.append(answer.status_code)

    ask()
    return len(statuses)
