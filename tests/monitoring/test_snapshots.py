"""Data without dates cannot drift, and the library says what to do instead."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue import Retinue
from retinue.errors import UsageError

STATIC = """
[churn]
definition = "static"
[static]
path = "customers.csv"
customer_id = "id"
label = "left"
"""


def test_data_without_dates_cannot_drift(tmp_path: Path) -> None:
    (tmp_path / "retinue.toml").write_text(STATIC)
    rows = "".join(f"c{i},{i},{'Yes' if i % 2 else 'No'}\n" for i in range(10))
    (tmp_path / "customers.csv").write_text("id,visits,left\n" + rows)
    with Retinue(tmp_path) as retinue, pytest.raises(UsageError, match="no dates") as caught:
        retinue.drift(datetime(2026, 1, 1, tzinfo=UTC))
    assert "monitoring.compare" in caught.value.fix
