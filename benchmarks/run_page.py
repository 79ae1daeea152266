"""The measurements of `benchmarks.run` as the page `docs/benchmarks.md`; a pure function of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.harness import render

__all__ = ["page"]

Found = Mapping[str, Any]

HEAD = """\
# Benchmarks

This page is written by `make bench` (`python -m benchmarks.run`), not by hand. Contenders run in turns
(A B A B …) as whole processes in one sitting; figures are medians, in brackets the least and the most. CPU
seconds are user and system time of a process and its descendants, start-up included; memory is the peak of
its resident set. Absolute figures belong to the machine and the hour: compare the ratios (×), where less is
better. Outputs are compared before times are; when they differ, nothing is written.
"""

FEATURES = """\
The features in `benchmarks/features/core.py` of every customer, as of one date and as of twelve month-ends.
Retinue and the SQL read the same DuckDB file, pandas the same tables from Parquet; each writes Parquet.
All heed when each version of a row was known. Counts must agree exactly, the rest to 1e-9. Beside them stands
Retinue building its whole catalogue. Start-up and imports, a second or two for Retinue, are in every figure;
they weigh less the larger the data are.
"""

RUN = """\
`retinue run` on the raw files, in an empty workspace, beside a script of the usual stack
(`benchmarks/whole_run.py`): pandas builds the features of `benchmarks/features/core.py` at the same training
dates, one LightGBM model is trained, and the thousand best are offered ten per cent. The two do not do the
same work: Retinue builds its whole catalogue, and the script leaves out quarantine and repeatable loading,
calibration and evaluation beside baselines, value models and segments, reasons, the choice among offers,
holdout and receipts. Both see at each date only what was known by then. What can be compared is how both rank
the same customers, judged by who left afterwards.
"""


def page(found: Found) -> str:
    """The page; a comparison that was not made is left out."""
    machine = found["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    rows = ", ".join(f"{count:,} {name}" for name, count in found["rows"].items())
    load = "" if found["busy"] is None else f" Load at the start: {found['busy']:.1f} processes per core."
    parts = [
        HEAD,
        f"Machine: {machine['cores']} cores ({machine['processor']}), {machine['memory']}, "
        f"{machine['system']}, Python {machine['python']}; {packages}.{load}\n",
        f"Data: the simulated business, {found['customers']:,} customers over two years with "
        f"{found['events_per_customer_year']:g} events per customer and year; loaded: {rows}. "
        f"{found['repeats']} measured runs of each contender.\n",
    ]
    if "features" in found:
        parts += ["## Feature build\n", FEATURES, _features(found["features"])]
    if "run" in found:
        parts += ["## Whole run\n", RUN, _run(found["run"])]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _features(found: Found) -> str:
    parts = []
    for size in found["sizes"]:
        parts.append(
            f"{size['dates']} date{'s' if size['dates'] > 1 else ''}: {size['features']} features, "
            f"{size['values']:,} values equal on all sides.\n\n{render(size['rows'], 'SQL')}\n"
        )
    return "\n".join(parts)


def _run(found: Found) -> str:
    ranked, summary = found["ranking"], found["summary"]
    lines = [
        f"As of {found['as_of']}, trained on {len(found['dates'])} dates "
        f"({found['dates'][0]} to {found['dates'][-1]}).",
        "",
        render(found["rows"], "the usual stack"),
        "",
        f"Both scored {ranked['agreed']:.1%} of the customers that either scored. Judged on "
        f"{ranked['customers']:,} of them, {ranked['churned']:,} of whom left:",
        "",
        "| | AUC | log loss | calibration error | lift at 10 % |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, words in (("model", "Retinue"), ("usual", "the usual stack")):
        measures = ranked["models"].get(name, {})
        cells = [
            _measure(measures.get(key)) for key in ("auc", "log_loss", "calibration_error", "lift_at_10")
        ]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    if ranked["difference"]:
        lines += ["", f"Difference of the AUCs: {_measure(ranked['difference'], sign='+')}."]
    spent = ", ".join(f"{stage['stage']} {stage['wall']:.1f}" for stage in found["stages"])
    lines += [
        "",
        f"Where the time of the last run went, wall seconds: {spent}. It decided on {summary['at_risk']:,} "
        f"customers at risk of {summary['active']:,} active, and made {summary['offers']:,} offers.",
    ]
    return "\n".join(lines) + "\n"


def _measure(found: Mapping[str, Any] | None, *, sign: str = "") -> str:
    if not found or found.get("value") is None:
        return "–"
    text = f"{found['value']:{sign}.3f}"
    return (
        text
        if found.get("low") is None
        else f"{text} ({found['low']:{sign}.3f} to {found['high']:{sign}.3f})"
    )
