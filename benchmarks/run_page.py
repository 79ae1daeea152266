"""The findings of `benchmarks.run` as the page `docs/results.md`; a pure function of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.areas import AREAS, load

__all__ = ["drawings", "page"]

HEAD = """\
# Results

This page is written by `make bench` (`python -m benchmarks.run`), not by hand. Contenders run in turns
(A B A B …) on the same data in one sitting; figures are medians, in brackets the least and the most. CPU
seconds are user and system time of a process and its descendants, start-up included, unless a section says
otherwise; memory is the peak of the resident set. Absolute figures belong to the machine and the hour:
compare the ratios (×), where less is better. Outputs are compared before times are; contenders that disagree
are not timed. What Retinue is worth on real data is on a [page of its own](real-data.md).
"""

BUSY = 1.0
WARNING = """\
*Other work wanted the cores at that time: wall times are too long, and threads that spin while they wait, as
those of LightGBM do, use CPU for nothing. Measure again on an idle machine before relying on these.*"""


def page(
    records: Sequence[Mapping[str, Any]],
    machine: Mapping[str, str],
    ours: Mapping[str, str],
    peers: Mapping[str, str] | None,
) -> str:
    """The page of all records; `ours` and `peers` are versions of packages, None without peers."""
    theirs = "not there, see `make peers`" if peers is None else _versions(peers)
    parts = [
        HEAD,
        f"Machine: {machine['cores']} cores ({machine['processor']}), {machine['memory']}, "
        f"{machine['system']}, Python {machine['python']}. With Retinue: {_versions(ours)}. "
        f"The peers' environment: {theirs}.\n",
        *(_section(record) for record in records),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def drawings(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The pictures that sections refer to, by file name; an area that draws has a function `drawings`."""
    found: dict[str, str] = {}
    for record in records:
        draws = getattr(load(AREAS[record["area"]]), "drawings", None)
        if draws is not None and "found" in record:
            found |= draws(record["found"])
    return found


def _section(record: Mapping[str, Any]) -> str:
    area = AREAS[record["area"]]
    if "failed" in record:
        return f"## {area.title}\n\n**Not measured: {record['failed']}.** ({record['when']})\n"
    module = load(area)
    if module is None:
        raise LookupError(f"{area.module} was measured, but is not there to tell what it found")
    runs = record["plan"]["repeats"]
    busy = "" if record["busy"] is None else f", load at the start {record['busy']:.1f} processes per core"
    foot = f"*{runs} measured run{'s' if runs > 1 else ''} of each contender on {record['when']}{busy}.*"
    if (record["busy"] or 0) > BUSY:
        foot += "\n\n" + WARNING
    return f"{module.section(record['found']).rstrip()}\n\n{foot}\n"


def _versions(packages: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in packages.items())
