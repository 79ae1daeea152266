"""The channel, the double and the test of the how-to run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-channel.md"


def test_the_example_keeps_the_promises_of_a_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel, double, check = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert "class Shop(Double)" in double
    (tmp_path / "shop_double.py").write_text(double, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, Any] = {"__name__": "shop"}
    exec(compile(channel + check, PAGE.name, "exec", dont_inherit=True), names)  # noqa: S102 - our own page
    names["test_it_keeps_the_promises_of_a_channel"]()
