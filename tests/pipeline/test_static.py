"""The wide table of a business without dates is read anew by each run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from retinue import Retinue
from retinue.privacy import workspace_key
from retinue.privacy.erased import Line, erasure_list, erasure_token

STATIC = """
[churn]
definition = "static"
[static]
path = "customers.csv"
customer_id = "id"
label = "left"
"""


def test_whoever_was_erased_is_not_taken_from_the_table_again(tmp_path: Path) -> None:
    (tmp_path / "retinue.toml").write_text(STATIC)
    rows = "".join(f"c{i},{i},{'Yes' if i % 2 else 'No'}\n" for i in range(10))
    (tmp_path / "customers.csv").write_text("id,visits,left\n" + rows)
    with Retinue(tmp_path) as retinue:
        token = erasure_token("c4", workspace_key(retinue.settings.state))
        erasure_list(retinue.settings).add(Line(token, "2026-01-01T00:00:00Z", "prv_1"))
        found = retinue.stages(datetime(2026, 1, 2, tzinfo=UTC)).require_static()
        assert found.frame["customer_id"].tolist() == [f"c{i}" for i in range(10) if i != 4]
        assert found.labels.tolist() == [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]
