"""A small year, whole: everything that a dashboard shows has happened in it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue import Retinue
from retinue.demo import make_demo
from retinue.demo.workspace import Sample, write_workspace
from retinue.runs.privacy import Privacy
from retinue.sample import remove_demo
from retinue.store.deliveries import counted
from retinue.store.job_runs import newest_result
from retinue.store.responses import counts
from retinue.store.reviews import list_reviews

END = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.slow
def test_a_year_leaves_no_view_empty(tmp_path: Path) -> None:
    left = tmp_path / "demo.draft"
    write_workspace(left, Sample.of(7))  # of one that was killed
    made = make_demo(tmp_path / "demo", customers=1_500, seed=7, end=END, campaigns=2)
    assert (made.runs, left.exists()) == (3, False)
    with Retinue(made.folder, clock=END) as retinue:
        states = Counter(row["state"] for row in retinue.campaigns().rows())
        assert states["finished"] == 1
        assert states["planned"] == 1  # that of the last day waits for an approval
        store = retinue.store
        assert counted(store)["sent"] > 20
        assert set(counts(store)) == {"billing", "email"}
        cases = Counter(case.state for case in list_reviews(store, states=("waiting", "approved")))
        assert cases["waiting"] > 0
        assert cases["approved"] > 0
        assert {one.state for one in Privacy(retinue, who="test").requests()} == {"open", "done"}
        assert [one.action for one in retinue.stops()] == ["resume", "stop"]
        assert newest_result(store, "drift") is not None
        assert retinue.quarantine_list(limit=1)
        facts = json.loads((retinue.last_run().folder / "run.json").read_bytes())
        arms = {arm["arm"]: arm["customers"] for arm in facts["earned"]["arms"]}
        assert arms["treatment"] > arms["holdout"] > 0
        assert retinue.audit_verify().whole
        assert retinue.settings.project.sample
    files = [made.folder / "mailbox" / f"{name}.jsonl" for name in ("email", "billing", "team")]
    sent = sum(len(file.read_text("utf-8").splitlines()) for file in files)
    with Retinue(made.folder, clock=END) as retinue:
        assert sent == counted(retinue.store)["sent"]
    assert remove_demo(made.folder) == []
