"""Charts as inline SVG: no script, no network, readable in light and dark.

Every chart is drawn from the numbers that also stand in a table or tile beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

__all__ = ["bars", "calibration_curve", "effect_over_time", "funnel"]

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
