"""Run Retinue on the real data sets and write `docs/real-data.md`.

    python -m benchmarks.results [--data FOLDER] [--only NAME ...] [--out FILE]

Each set is run in a workspace of its own, empty but for the mapping under `examples/`, and in a process of
its own, so that time and memory are those of one run. `--only` prints the page instead of writing it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.datasets import DATASETS, EXAMPLES, Dataset, data_folder
from benchmarks.harness import measure
from benchmarks.machine import facts as machine_facts
from benchmarks.machine import versions
from benchmarks.results_page import page
from benchmarks.value_check import value_check

if TYPE_CHECKING:
    from retinue import Retinue
    from retinue.ingest import LoadReport

__all__ = ["gather", "main", "workspace_for"]

PAGE = EXAMPLES.parent / "docs" / "real-data.md"
COLUMNS = ("read", "loaded", "corrected", "duplicates", "skipped", "quarantined")
PACKAGES = ("retinue", "duckdb", "ibis-framework", "lightgbm", "scikit-learn", "pandas")
FOLDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 when the data are not there."""
    names = [dataset.name for dataset in DATASETS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.results", description=__doc__)
    parser.add_argument("--data", help="folder of the data sets (default: RETINUE_DATA, or ../shared/data)")
    parser.add_argument("--only", nargs="+", choices=names, help="these sets, and print the page")
    parser.add_argument("--out", type=Path, help=f"where the page goes (default: docs/{PAGE.name})")
    parser.add_argument("--facts", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    data = data_folder(chosen.data)
    if not data.is_dir():
        print(
            f"There is no folder {data}: name the data sets' folder with --data or RETINUE_DATA.",
            file=sys.stderr,
        )
        return 2
    os.environ["RETINUE_DATA"] = str(data)
    wanted = [dataset for dataset in DATASETS if chosen.only is None or dataset.name in chosen.only]
    if chosen.facts is not None:
        chosen.facts.write_text(json.dumps(gather(wanted[0]), allow_nan=False), encoding="utf-8")
        return 0
    found = []
    with tempfile.TemporaryDirectory(prefix="retinue-results-") as scratch:
        for dataset in wanted:
            file = Path(scratch) / f"{dataset.name}.json"
            used = measure(
                [sys.executable, "-m", "benchmarks.results", "--only", dataset.name, "--facts", str(file)],
                cwd=EXAMPLES.parent,
            )
            facts = json.loads(file.read_text(encoding="utf-8")) | {"peak_mb": used.peak_bytes / 1e6}
            found.append(facts)
            print(f"{dataset.name}: {used.wall_seconds:.1f} s, {facts['peak_mb']:,.0f} MB", file=sys.stderr)
    text = page(found, machine_facts(), versions(PACKAGES))
    if chosen.only is not None and chosen.out is None:
        print(text)
        return 0
    target = chosen.out or PAGE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    print(f"Written: {target.name}", file=sys.stderr)
    return 0


def workspace_for(dataset: Dataset, folder: Path) -> Path:
    """An empty workspace with the example's mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(EXAMPLES / dataset.name / "retinue.toml", folder)
    return folder


def gather(dataset: Dataset) -> dict[str, Any]:
    """Load, run and check one data set; everything the page shows of it, JSON-ready.

    The environment's `RETINUE_DATA` names the data folder, as the mappings expect.
    """
    from retinue import Retinue
    from retinue.pipeline.plain import plain

    with tempfile.TemporaryDirectory(prefix="retinue-") as scratch:
        root = workspace_for(dataset, Path(scratch) / dataset.name)
        with Retinue(root, clock=dataset.as_of) as retinue:
            wall, cpu = time.perf_counter(), time.process_time()
            report = retinue.load()
            loading = {
                "stage": "load",
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "reused": False,
            }
            result = retinue.run(dataset.as_of)
            stages = [loading, *(asdict(t) for t in result.timings if t.stage != "ingest")]
            facts = {
                "name": dataset.name,
                "title": dataset.title,
                "note": dataset.note,
                "claim": dataset.claim,
                "as_of": f"{dataset.as_of:%Y-%m-%d}",
                "currency": retinue.settings.project.currency,
                "tables": _tables(report),
                "reasons": report.reasons,
                "summary": result.summary,
                "evaluation": result.report.evaluation,
                "value_model": result.report.models["value"],
                "value": value_check(retinue, dataset),
                "stages": stages,
                "cross_validated": _folds(retinue, dataset),
            }
    return plain(facts)  # type: ignore[no-any-return]


def _tables(report: LoadReport) -> list[dict[str, Any]]:
    counts: dict[str, Counter[str]] = {}
    for file in report.files:
        counts.setdefault(file.table, Counter()).update({name: getattr(file, name) for name in COLUMNS})
    return [{"table": table, **{name: found[name] for name in COLUMNS}} for table, found in counts.items()]


def _folds(retinue: Retinue, dataset: Dataset) -> dict[str, Any] | None:
    if retinue.settings.churn.definition != "static":
        return None
    import pandas as pd

    from retinue.churn import cross_validated_auc
    from retinue.features import read_static

    given = retinue.settings.require_static()
    static = read_static(
        retinue.settings.root / given.path,
        customer_id=given.customer_id,
        label=given.label,
        positive=given.positive,
        drop=given.drop,
        as_of=dataset.as_of,
    )
    frame = static.frame.copy()
    for column, names in static.categories.items():
        # Names instead of codes: so every fold treats them as categories.
        frame[column] = frame[column].map(dict(enumerate(names)))
    labels = pd.DataFrame({"customer_id": frame["customer_id"], "churned": static.labels})
    found = cross_validated_auc(frame, labels, seed=retinue.settings.project.seed, folds=FOLDS)
    return {**found, "folds": FOLDS, "elsewhere": dataset.cross_validated}


if __name__ == "__main__":
    sys.exit(main())
