"""The Python on a concept page runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CONCEPTS = Path(__file__).parents[2] / "docs" / "concepts"


@pytest.mark.parametrize(
    ("page", "said"),
    [("outcomes.md", ["False", "0.44"]), ("incentives.md", ["persuadable", "True <svg 51", "(8, 3) True"])],
)
def test_the_example_runs(page: str, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (CONCEPTS / page).read_text(encoding="utf-8"), re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), {})  # noqa: S102 - our own page
    assert capsys.readouterr().out.splitlines()[1:] == said
