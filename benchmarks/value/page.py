"""What was found about the value models, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["section"]

TIMES, SECONDS = 15.0, 1.0
FITS = ("BG/NBD", "MBG/NBD", "Gamma-Gamma", "contracts")
"""Without the rows that add something up or draw intervals."""
SHAPES = {
    "days": "whole days",
    "fractions": "times with fractions, hardly two histories equal",
    "many": "whole days, up to thousands of purchases",
}
HEAD = (
    "| customers | model | Retinue, CPU s | wall s | peer, CPU s | wall s | CPU × | wall × |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def section(found: Mapping[str, Any]) -> str:
    """The comparison with its targets, met or not."""
    parts = ["## Value models", _method(found)]
    if not found["peers"]:
        parts.append("Beside `lifetimes`: not measured, the peers' environment is not there.")
    for shape, words in SHAPES.items():
        entries = [entry for entry in found["entries"] if entry["shape"] == shape]
        if entries:
            rows = [row for entry in entries for row in _rows(entry)]
            parts += [f"**{words[0].upper()}{words[1:]}**", "\n".join([HEAD, *rows])]
    parts.append(_targets(found["entries"]))
    parts.append(_processes(found["entries"]))
    parts.append(_agreement(found["entries"]))
    parts.append(_threads(found["entries"]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _method(found: Mapping[str, Any]) -> str:
    return (
        "Fits alone, timed inside each side's process after its imports and one fit of 2,000 customers; the "
        "sides' processes take turns, each with its libraries' default threads. Ours include the grouping of "
        "equal histories; the row with intervals adds 400 resamples, for which there is no peer. The peer is "
        "`lifetimes` with its defaults, whose fit includes standard errors. It has no model of contracts: "
        "there the peer is the definition taken literally, one row per contract, maximised by SciPy. Medians "
        f"of {found['repeats']} run(s) at 100,000 customers (the peer has one run at a million), in brackets "
        "the least and the most; × is the peer's over ours."
    )


def _rows(entry: Mapping[str, Any]) -> list[str]:
    rows = []
    for model, ours in entry["sides"]["ours"]["models"].items():
        peer = _peer(entry, model)
        cells = [
            f"{entry['customers']:,}",
            model,
            _seconds(ours["cpu_seconds"]),
            _seconds(ours["wall_seconds"]),
        ]
        if peer is None:
            cells += ["–"] * 4
        else:
            cells += [_seconds(peer["cpu_seconds"]), _seconds(peer["wall_seconds"])]
            cells += [f"{_ratio(peer, ours, key):.0f}" for key in ("cpu_seconds", "wall_seconds")]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def _peer(entry: Mapping[str, Any], model: str, suffix: str = "") -> Mapping[str, Any] | None:
    """The peer's times of a model; None where there is no peer (it does not resample, for one)."""
    for name in (f"lifetimes{suffix}", f"literal{suffix}"):
        models = entry["sides"].get(name, {}).get("models", {})
        if model in models:
            found: Mapping[str, Any] = models[model]
            return found
    return None


def _targets(entries: list[Mapping[str, Any]]) -> str:
    lines = []
    ratios = [
        (min(_ratio(peer, ours, key) for key in ("cpu_seconds", "wall_seconds")), entry, model)
        for entry in entries
        if entry["customers"] == 100_000
        for model, ours in entry["sides"]["ours"]["models"].items()
        if (peer := _peer(entry, model)) is not None
    ]
    if ratios:
        least, entry, model = min(ratios, key=lambda item: item[0])
        lines.append(
            f"- At least {TIMES:.0f} × at 100,000 customers, each model by itself, CPU and wall: "
            f"**{'met' if least >= TIMES else 'missed'}**; the least is {least:.1f} × "
            f"({model}, {SHAPES[entry['shape']]})."
        )
    large = [
        (ours["wall_seconds"], ours["cpu_seconds"], entry, model)
        for entry in entries
        if entry["customers"] == 1_000_000
        for model, ours in entry["sides"]["ours"]["models"].items()
        if model in FITS
    ]
    if large:
        wall, cpu, entry, model = max(large, key=lambda item: float(item[0]["median"]))
        lines.append(
            f"- A million customers in under a second of wall time, each model by itself: "
            f"**{'met' if wall['median'] < SECONDS else 'missed'}**; the slowest took {wall['median']:.2f} s "
            f"({wall['low']:.2f}–{wall['high']:.2f}) with {cpu['median']:.2f} CPU seconds "
            f"({model}, {SHAPES[entry['shape']]}). A wall time far above the CPU time means that others used "
            "the machine."
        )
    return "Targets:\n\n" + "\n".join(lines) if lines else ""


def _processes(entries: list[Mapping[str, Any]]) -> str:
    pairs = [
        f"{entry['sides']['ours']['process_cpu_seconds']:.1f} against "
        f"{entry['sides']['lifetimes']['process_cpu_seconds']:.1f} ({entry['customers']:,} customers, "
        f"{SHAPES[entry['shape']]})"
        for entry in entries
        if "lifetimes" in entry["sides"]
    ]
    if not pairs:
        return ""
    return (
        "Whole processes, with start-up, imports, reading, warm-up and every fit of the table (ours draws "
        "intervals and fits contracts besides), CPU seconds of Retinue against `lifetimes`: "
        + "; ".join(pairs)
        + "."
    )


def _agreement(entries: list[Mapping[str, Any]]) -> str:
    pairs = [pair for entry in entries for pair in entry["agreed"].values()]
    if not pairs:
        return ""
    worst = max(pair["largest_difference"] for pair in pairs)
    gain = min(pair["gain"] for pair in pairs)
    return (
        f"Compared first: parameters differ by {worst:.0e} at most (allowed 1e-3, a tenth of a standard "
        "error at 100,000 customers; the peer stops at a slope of 1e-7, ours at the last digits). By the "
        "likelihood as the papers print it, summed over customers, ours are nowhere less likely than the "
        f"peer's (least gain per customer {gain:.0e}, allowed −1e-8 for rounding)."
    )


def _threads(entries: list[Mapping[str, Any]]) -> str:
    """What one BLAS thread changes: nothing in the parameters (checked), and this much in time."""
    ours, theirs = [], []
    for entry in entries:
        for model, default in entry["sides"]["ours"]["models"].items():
            alone = entry["sides"]["ours, one thread"]["models"][model]
            ours.append(_ratio(default, alone, "cpu_seconds"))
            peer, alone_peer = _peer(entry, model), _peer(entry, model, ", one thread")
            if peer is not None and alone_peer is not None:
                theirs.append(_ratio(peer, alone_peer, "cpu_seconds"))
    text = (
        "BLAS threads: with one thread instead of the default our parameters have the same bits (checked), "
        f"and the default takes {min(ours):.2f} to {max(ours):.2f} × the CPU time of one thread."
    )
    if theirs:
        text += f" For the peer it is {min(theirs):.2f} to {max(theirs):.2f} ×."
    return text


def _ratio(above: Mapping[str, Any], below: Mapping[str, Any], key: str) -> float:
    return float(above[key]["median"]) / float(below[key]["median"])


def _seconds(found: Mapping[str, float]) -> str:
    return f"{found['median']:.3f} ({found['low']:.3f}–{found['high']:.3f})"
