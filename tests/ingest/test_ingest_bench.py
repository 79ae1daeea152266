"""The bench of a load: queries whose joins must stay as they are written."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from retinue.ingest.bench import Bench, workbench

DISABLED = "SELECT current_setting('disabled_optimizers')"
# The file looks smaller than the few rows looked up in it: only as written are the few held in memory.
QUERY = "SELECT count(*) FROM whole w SEMI JOIN few f ON w.n = f.n"


def held(bench: Bench) -> str:
    """The table on the side of the join that is held in memory: the right one."""
    plan = json.loads(bench.rows(f"EXPLAIN (FORMAT json) {QUERY}")[0][1])
    nodes = list(plan)
    while "JOIN" not in nodes[0]["name"]:
        nodes = [*nodes[1:], *nodes[0]["children"]]
    right = json.dumps(nodes[0]["children"][1])
    return "whole" if "whole" in right else "few"


def test_a_query_runs_as_written_and_the_optimiser_comes_back(tmp_path: Path) -> None:
    with workbench(tmp_path, key=b"k" * 32, threads=1) as bench:
        bench.run("CREATE TABLE whole AS SELECT range AS n FROM range(1000)")
        bench.run("CREATE TABLE few AS SELECT range * 7 AS n FROM range(100_000)")
        before = bench.rows(DISABLED)
        assert held(bench) == "whole"
        with bench.as_written():
            assert held(bench) == "few"
            assert bench.number(QUERY) == 143
        with pytest.raises(duckdb.Error), bench.as_written():
            bench.run("SELECT * FROM nowhere")
        assert bench.rows(DISABLED) == before
