"""The description of the service against the service: what is drawn from it is answered as it says.

`TEST_CONTRACT_CASES` is how many requests the long tests draw, over all operations and roles (200,000 for
a release); a sample of them runs each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from tests.api.graphql.conftest import key_of
from tests.api.rest.conftest import SUMMARY, leave_run
from tests.servers import serving

from retinue.security import ROLES
from retinue.store import Store

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

CASES = int(os.environ.get("TEST_CONTRACT_CASES", "20000"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
REFUSES = "negative_data_rejection"
TEXT = ("text/csv", "application/x-ndjson")
"""Bodies that are any text: what they hold is judged row by row, and told in the answer."""

LIMITS = ("AUTH_", "AUTH__ADDRESS", "AUTH__FAILURES", "CANCEL__CUSTOMER", "CANCEL__ADDRESS")


@dataclass(frozen=True)
class Served:
    """A service in processes of its own. keys: of each role, with all that it may."""

    base: str
    schema: Any
    keys: dict[str, str]


@contextmanager
def offered(root: Path) -> Iterator[Served]:
    """The service of a workspace with a finished run; its cancel moment is on."""
    store = Store(root / ".retinue" / "store.sqlite")
    keys = {role: key_of(store, role) for role in ROLES}
    store.close()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
    environment |= {f"RETINUE_{name}_PER_MINUTE": "1000000" for name in LIMITS}
    environment["RETINUE_API__CANCEL_SECRET"] = "a-secret-of-the-contract"  # noqa: S105
    with serving(root, environment) as base:
        yield Served(base, schemathesis.openapi.from_url(f"{base}/api/v1/openapi.json"), keys)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What a run leaves, without the run."""
    root = tmp_path_factory.mktemp("contract")
    leave_run(root, summary=SUMMARY)
    with offered(root) as found:
        yield found


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A small business after a real run, with models, receipts and everything."""
    root = tmp_path_factory.mktemp("worked")
    for words in (
        ("simulate", "--customers", "300", "--years", "1.5", "--seed", "3", "--out", "data"),
        ("run", "--data", "data", "--as-of", "2026-01-01"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "retinue", *words], cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    with offered(root) as found:
        yield found


def test_a_sample_of_requests_is_answered_as_described(served: Served) -> None:
    assert sum(ask_all(served, "admin", 1).values()) >= 120


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_answered_as_described(worked: Served, role: str) -> None:
    many = sum(1 for _ in worked.schema.get_all_operations())
    each = max(1, CASES // (2 * many * len(ROLES)))
    found = ask_all(worked, role, each)
    assert sum(found.values()) >= many
    assert found[200] > 0


@pytest.mark.slow
def test_requests_that_follow_from_answers_are_answered_as_described(worked: Served) -> None:
    class Following(worked.schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": {"X-API-Key": worked.keys["approver"]}}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            judge(case, response)

    from hypothesis.stateful import run_state_machine_as_test

    rounds = settings(max_examples=max(5, CASES // 400), derandomize=True)
    run_state_machine_as_test(Following, settings=settings(rounds, suppress_health_check=list(HealthCheck)))


def ask_all(served: Served, role: str, each: int) -> Counter[int]:
    """Ask each operation what fits its description and what does not; how often each status came."""
    found: Counter[int] = Counter()
    for operation in served.schema.get_all_operations():
        for mode in schemathesis.GenerationMode:
            found += ask(operation.ok(), mode, {"X-API-Key": served.keys[role]}, each)
    return found


def ask(operation: Any, mode: Any, headers: dict[str, str], many: int) -> Counter[int]:
    found: Counter[int] = Counter()

    @settings(
        max_examples=many,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def drawn(case: Any) -> None:
        answer = case.call(headers=headers)
        judge(case, answer)
        found[answer.status_code] += 1

    with suppress(Unsatisfiable):  # where nothing is sent, nothing can be wrong
        drawn()
    return found


def judge(case: Any, answer: Any) -> None:
    from schemathesis.checks import CHECKS as KNOWN

    names = CHECKS if case.media_type in TEXT else (*CHECKS, REFUSES)
    case.validate_response(answer, checks=[KNOWN.get_one(name) for name in names])
