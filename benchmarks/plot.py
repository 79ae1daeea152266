"""A small drawing of lines on two logarithmic axes, as SVG: three points need no plotting library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Line", "Panel", "draw"]

WIDTH, HEIGHT = 450, 360
LEFT, RIGHT, TOP, BOTTOM = 62, 128, 58, 48
INK, GRID = "#333333", "#e4e4e4"
LABEL_GAP = 15


@dataclass(frozen=True, slots=True)
class Line:
    """A named series of points (x, y), all above 0."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes with its lines."""

    title: str
    across: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from `low` to `high` that is drawn from pixel `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """1, 2 and 5 of each power of ten within; only the powers themselves on an axis that holds many."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        steps = (1, 2, 5) if last - first <= 3 else (1,)
        return [
            m * 10.0**e for e in range(first, last + 1) for m in steps if self.low <= m * 10.0**e <= self.high
        ]


def draw(panels: Sequence[Panel], title: str) -> str:
    """The panels side by side under a title; the name of each line stands at its end.

    >>> line = Line("ours", [(1, 2), (4, 8)], "#0072b2")
    >>> draw([Panel("seconds", "rows", [line])], "Growth").count("<circle")
    2
    """
    width = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" '
        f'height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="{INK}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="14" y="22" font-size="14" font-weight="600">{escape(title)}</text>',
    ]
    for place, panel in enumerate(panels):
        parts += [f'<g transform="translate({place * WIDTH} 0)">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel) -> list[str]:
    xs = [x for line in panel.lines for x, _ in line.points]
    ys = [y for line in panel.lines for _, y in line.points]
    across = Axis(min(xs) / 1.15, max(xs) * 1.1, LEFT, WIDTH - RIGHT)
    up = Axis(min(ys) / 1.3, max(ys) * 1.3, HEIGHT - BOTTOM, TOP)
    parts = [f'<text x="{LEFT}" y="{TOP - 12}" font-weight="600">{escape(panel.title)}</text>']
    for value in up.ticks():
        y = up.at(value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>')
    for value in sorted(set(xs)):
        x = across.at(value)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="{GRID}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_short(value)}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(panel.across)}</text>'
    )
    for line in panel.lines:
        spots = [(across.at(x), up.at(y)) for x, y in line.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        look = 'stroke-width="1.3" stroke-dasharray="5 4"' if line.dashed else 'stroke-width="2.2"'
        parts.append(f'<path d="M{path}" fill="none" stroke="{line.colour}" {look} stroke-linejoin="round"/>')
        if not line.dashed:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{line.colour}"/>' for x, y in spots]
    return parts + _names(panel.lines, across, up)


def _names(lines: Sequence[Line], across: Axis, up: Axis) -> list[str]:
    """Names at the ends of lines, moved apart where they overlap; a dashed line is named at its start."""
    parts = []
    ends = []
    for line in lines:
        if line.dashed:
            x, y = line.points[0]
            parts.append(
                f'<text x="{across.at(x) + 8:.1f}" y="{up.at(y) + 13:.1f}" fill="{line.colour}" '
                f'font-style="italic" stroke="#ffffff" stroke-width="4" '
                f'paint-order="stroke">{escape(line.name)}</text>'
            )
        else:
            x, y = line.points[-1]
            ends.append((up.at(y), across.at(x), line))
    lowest = math.inf
    for y, x, line in sorted(ends, key=lambda end: -end[0]):
        lowest = min(y, lowest - LABEL_GAP)
        parts.append(
            f'<text x="{x + 9:.1f}" y="{lowest + 4:.1f}" fill="{line.colour}">{escape(line.name)}</text>'
        )
    return parts


def _short(value: float) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:g}"
