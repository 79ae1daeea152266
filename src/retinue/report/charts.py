"""Charts as inline SVG: no script, no network, readable in light and dark.

Every chart is drawn from the numbers that also stand in a table or tile beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["bars", "belief", "calibration_curve", "curves", "effect_over_time", "funnel"]

WIDTH = 520
LABEL = 118


def funnel(steps: Sequence[tuple[str, int]]) -> str:
    """Horizontal bars that narrow from the first step to the last, each with its share of the step before.

    >>> '20%' in funnel([("Customers", 100), ("At risk", 20)])
    True
    """
    shares = [
        f" ({count / before:.0%})" if before else ""
        for (_, count), (_, before) in zip(steps[1:], steps, strict=False)
    ]
    notes = [f"{count:,}{share}" for (_, count), share in zip(steps, ["", *shares], strict=False)]
    rows = [(label, float(count), note) for (label, count), note in zip(steps, notes, strict=True)]
    return _bars(rows, row=42, kind="b0", title="Funnel: " + ", ".join(f"{n} {c}" for n, c in steps))


def bars(rows: Sequence[tuple[str, float]], *, unit: str) -> str:
    """One horizontal bar per row, with its amount; no row, no chart.

    >>> bars([], unit="EUR")
    ''
    """
    shown = [(label, value, f"{value:,.0f}") for label, value in rows]
    return _bars(shown, row=36, kind="b1", title=f"Amounts in {unit}")


def calibration_curve(points: Sequence[tuple[float, float, float, float]]) -> str:
    """Observed churn against predicted, with the interval of each point; no point, no chart.

    `points` are (predicted, observed, low, high), all shares between 0 and 1.
    """
    known = [p for p in points if all(math.isfinite(v) for v in p)]
    if not known:
        return ""
    size, left, top = 300, 58, 14
    bottom = top + size

    def x(value: float) -> float:
        return left + size * min(1.0, max(0.0, value))

    def y(value: float) -> float:
        return bottom - size * min(1.0, max(0.0, value))

    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(
            f'<line x1="{x(tick):g}" y1="{bottom}" x2="{x(tick):g}" y2="{top}" class="grid"/>'
            f'<line x1="{left}" y1="{y(tick):g}" x2="{x(1):g}" y2="{y(tick):g}" class="grid"/>'
            f'<text x="{x(tick):g}" y="{bottom + 18}" class="tick" text-anchor="middle">{tick:.0%}</text>'
            f'<text x="{left - 8}" y="{y(tick) + 4:g}" class="tick" text-anchor="end">{tick:.0%}</text>'
        )
    parts.append(f'<line x1="{left}" y1="{bottom}" x2="{x(1):g}" y2="{top}" class="ideal"/>')
    line = " ".join(f"{x(predicted):.1f},{y(observed):.1f}" for predicted, observed, _, _ in known)
    parts.append(f'<polyline points="{line}" class="curve"/>')
    for predicted, observed, low, high in known:
        across = f"{x(predicted):.1f}"
        parts.append(
            f'<line x1="{across}" y1="{y(low):.1f}" x2="{across}" y2="{y(high):.1f}" class="whisker"/>'
            f'<circle cx="{across}" cy="{y(observed):.1f}" r="4" class="dot"/>'
        )
    middle = left + size / 2
    parts.append(
        f'<text x="{middle:g}" y="{bottom + 38}" class="tick" text-anchor="middle">predicted churn</text>'
    )
    turned = f"rotate(-90 12 {top + size / 2:g})"
    parts.append(
        f'<text x="12" y="{top + size / 2:g}" class="tick" text-anchor="middle" transform="{turned}">'
        "observed churn</text>"
    )
    return _svg(bottom + 46, "Calibration: observed churn against predicted", parts, width=left + size + 24)


def belief(before: float, now: float, low: float, high: float, *, most: float) -> str:
    """One share as believed before (a hollow diamond) and now (a dot on its interval), on a scale to `most`.

    >>> "before 5%, now 8%, 90 % interval 3% to 14%" in belief(0.05, 0.08, 0.03, 0.14, most=0.2)
    True
    """
    width, height, edge = 150, 18, 6
    room, middle = width - 2 * edge, height / 2

    def x(value: float) -> float:
        return edge + room * min(1.0, max(0.0, value / most if most > 0 else 0.0))

    at = x(before)
    diamond = (
        f"{at:.1f},{middle - 5:g} {at + 5:.1f},{middle:g} {at:.1f},{middle + 5:g} {at - 5:.1f},{middle:g}"
    )
    parts = [
        f'<line x1="{edge}" y1="{middle:g}" x2="{width - edge}" y2="{middle:g}" class="grid"/>',
        f'<rect x="{x(low):.1f}" y="{middle - 3:g}" width="{max(x(high) - x(low), 1):.1f}" height="6"'
        ' class="span"/>',
        f'<circle cx="{x(now):.1f}" cy="{middle:g}" r="4" class="dot"/>',
        f'<polygon points="{diamond}" class="before"/>',
    ]
    title = f"before {before:.0%}, now {now:.0%}, 90 % interval {low:.0%} to {high:.0%}"
    return _svg(height, title, parts, width=width)


def curves(lines: Mapping[str, Sequence[tuple[float, float, float, float]]], *, what: str) -> str:
    """Curves over a share from 0 to 1 with their bands, each named at its end, and the straight line to it.

    `lines`: name -> points (share, value, low, high). They differ in dashes as well as in colour.

    >>> curves({"uplift": [(0.0, 0.0, 0.0, 0.0), (1.0, 0.1, 0.05, 0.15)]}, what="Gain").count("polyline")
    1
    """
    left, top, width, height = 64, 14, 360, 260
    values = [v for points in lines.values() for p in points for v in p[1:]]
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low) or 1.0

    def at(share: float, value: float) -> str:
        return f"{left + width * share:.1f},{top + height * (high - value) / room:.1f}"

    def row(value: float) -> float:
        return top + height * (high - value) / room

    parts = [
        f'<line x1="{left}" y1="{row(v):.1f}" x2="{left + width}" y2="{row(v):.1f}" class="grid"/>'
        f'<text x="{left - 8}" y="{row(v) + 4:.1f}" class="tick" text-anchor="end">{v:.2g}</text>'
        for v in dict.fromkeys((low, 0.0, high))
    ]
    parts += [
        f'<text x="{left + width * s:g}" y="{top + height + 18}" class="tick" text-anchor="middle">{s:.0%}'
        "</text>"
        for s in (0.0, 0.5, 1.0)
    ]
    ends: list[float] = []
    for number, (name, points) in enumerate(lines.items()):
        band = [at(s, lo) for s, _, lo, _ in points] + [at(s, hi) for s, _, _, hi in reversed(points)]
        start, end = at(0.0, 0.0).split(","), at(*points[-1][:2]).split(",")
        parts.append(
            f'<polygon points="{" ".join(band)}" class="band c{number}"/>'
            f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" class="ideal"/>'
            f'<polyline points="{" ".join(at(s, v) for s, v, _, _ in points)}" class="curve c{number}"/>'
        )
        label = float(end[1]) + 4
        while any(abs(label - other) < 16 for other in ends):
            label += 16
        ends.append(label)
        parts.append(f'<text x="{left + width + 8}" y="{label:.1f}">{escape(name)}</text>')
    parts.append(
        f'<text x="{left + width / 2:g}" y="{top + height + 38}" class="tick" text-anchor="middle">'
        "share of customers targeted</text>"
    )
    told = "; ".join(f"{name} ends at {points[-1][1]:.3g}" for name, points in lines.items())
    return _svg(max(top + height + 46, *ends), f"{what}: {told}", parts, width=left + width + 150)


def effect_over_time(points: Sequence[tuple[str, float, float, float]]) -> str:
    """An effect with its interval at several dates, and the line of no effect; no point, no chart.

    `points` are (date as text, value, low, high) in shares, in the order of time.

    >>> 'class="ideal"' in effect_over_time([("2026-01", 0.03, -0.05, 0.11)])
    True
    """
    known = [p for p in points if all(math.isfinite(v) for v in p[1:])]
    if not known:
        return ""
    left, top, height, step = 64, 14, 240, 440 / max(len(known), 1)
    low, high = min(0.0, *(p[2] for p in known)), max(0.0, *(p[3] for p in known))
    room = (high - low) or 1.0

    def y(value: float) -> float:
        return top + height * (high - value) / room

    parts = [
        f'<line x1="{left}" y1="{y(0):.1f}" x2="{left + 440}" y2="{y(0):.1f}" class="ideal"/>',
        *(
            f'<text x="{left - 8}" y="{y(v) + 4:.1f}" class="tick" text-anchor="end">{v:+.1%}</text>'
            for v in (low, 0.0, high)
        ),
    ]
    for index, (label, value, down, up) in enumerate(known):
        across = f"{left + step * (index + 0.5):.1f}"
        parts.append(
            f'<line x1="{across}" y1="{y(down):.1f}" x2="{across}" y2="{y(up):.1f}" class="whisker"/>'
            f'<circle cx="{across}" cy="{y(value):.1f}" r="4" class="dot"><title>{escape(label)}: '
            f"{value:+.1%}</title></circle>"
        )
        if index in (0, len(known) - 1):
            parts.append(
                f'<text x="{across}" y="{top + height + 18}" class="tick" text-anchor="middle">'
                f"{escape(label)}</text>"
            )
    return _svg(top + height + 28, "Effect on retention over time", parts, width=left + 460)


def _bars(rows: Sequence[tuple[str, float, str]], *, row: int, kind: str, title: str) -> str:
    if not rows:
        return ""
    most = max((value for _, value, _ in rows if math.isfinite(value)), default=0.0)
    room = WIDTH - LABEL - 120
    parts = []
    for index, (label, value, note) in enumerate(rows):
        y = index * row
        share = value / most if most > 0 and math.isfinite(value) else 0.0
        width = max(2.0, room * max(0.0, share))
        shown = label if len(label) <= 16 else f"{label[:15]}…"
        parts.append(
            f'<text x="0" y="{y + row / 2 + 5:g}" class="label">{escape(shown)}'
            f"<title>{escape(label)}</title></text>"
            f'<rect x="{LABEL}" y="{y + 6}" width="{width:.1f}" height="{row - 12}" class="bar {kind}"/>'
            f'<text x="{LABEL + width + 8:.1f}" y="{y + row / 2 + 5:g}" class="value">{escape(note)}</text>'
        )
    return _svg(row * len(rows), title, parts)


def _svg(height: float, title: str, parts: Sequence[str], *, width: int = WIDTH) -> str:
    body = "".join(parts)
    return (
        f'<svg viewBox="0 0 {width} {height:.0f}" width="{width}" role="img" aria-label="{escape(title)}">'
        f"{body}</svg>"
    )
