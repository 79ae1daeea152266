"""The example of the documentation runs and says what the page promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "off-policy.md"


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.startswith("Promoted. The challenger is better: ")
