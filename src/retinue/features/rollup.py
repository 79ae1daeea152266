"""From cells to windows: for each date, add up the cells that lie in each window.

The mapping (key → date, weight of each window) is a small table; cells are joined to it and every window is
`sum(partial × weight)`. Distinct days do not add where two visible cells share a day (a head and the body
that follows it, or a natural cell and a late one): for those few, `day_corrections` adds what the sum has
too much, as cells of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import numpy.typing as npt

from retinue.features.calendar import Calendar, Window
from retinue.features.expressions import Measure
from retinue.features.kinds import KindWords
from retinue.features.partials import bits_set
from retinue.features.rows import Plan
from retinue.features.scratch import Scratch

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["column_of", "day_corrections", "mapping", "roll_up"]


def column_of(name: str, window: Window) -> str:
    """Column of a measure over a window in the roll-up."""
    return f"{name}_{window.column}"


def _single(calendar: Calendar, index: int) -> int:
    """The variant that is visible at one date only; used by corrections."""
    total = len(calendar.dates)
    return (total + 1) ** 2 + index


def mapping(
    calendar: Calendar, windows: Iterable[Window], keys: Iterable[int], *, corrections: bool
) -> dict[str, Any]:
    """Which keys each date sees, with the weight of each window.

    `keys` are the keys in use; `corrections` adds those of `day_corrections`.
    """
    windows = list(windows)
    cells = calendar.cells
    total = len(calendar.dates)
    late = np.array(sorted(k for k in keys if k >= cells), dtype=np.int64)
    late_cell, variant = late % cells, late // cells
    seen_from, dropped = variant // (total + 1), variant % (total + 1)
    parts: dict[str, list[npt.NDArray[Any]]] = {"map_key": [], "date_no": []}
    for window in windows:
        parts[window.column] = []
    for index in range(total):
        size = calendar.visible(index)
        sees = (seen_from <= index) & (index < total - dropped) & (late_cell < size)
        natural = np.arange(size, dtype=np.int64)
        parts["map_key"] += [natural, late[sees]]
        if corrections:
            parts["map_key"].append(natural + cells * _single(calendar, index))
        count = (2 if corrections else 1) * size + int(sees.sum())
        parts["date_no"].append(np.full(count, index, dtype=np.int32))
        for window in windows:
            weight = calendar.weight(index, window)
            parts[window.column] += [weight, weight[late_cell[sees]], *([weight] if corrections else [])]
    return {name: np.concatenate(values) for name, values in parts.items()}


def roll_up(cells: ir.Table, plan: Plan, words: Mapping[Measure, KindWords], places: ir.Table) -> ir.Table:
    """One row per customer and date that sees any of the customer's rows; a column per measure and window."""
    joined = cells.inner_join(places, [cells.key == places.map_key])
    columns: dict[str, Any] = {}
    for measure, name in plan.measures.items():
        for window in plan.windows[measure]:
            weight = joined[window.column]
            if measure.aggregate == "kinds":
                for word in words[measure].columns(name) if measure in words else ():
                    bits = joined[word] if window == Window(None) else joined[word] * weight.cast("int64")
                    columns[column_of(word, window)] = bits.bit_or()
                continue
            value = joined[name]
            if measure.aggregate in ("min", "first", "first_day"):
                columns[column_of(name, window)] = _inside(value, weight, window).min()
            elif measure.aggregate in ("max", "last", "last_day"):
                columns[column_of(name, window)] = _inside(value, weight, window).max()
            else:
                weighed = value if window == Window(None) else value * weight
                columns[column_of(name, window)] = weighed.sum()
    return joined.group_by("customer_id", "date_no").aggregate(**columns)


def _inside(value: Any, weight: Any, window: Window) -> Any:
    return value if window == Window(None) else ibis.ifelse(weight > 0, value, None)


def day_corrections(
    cells: ir.Table, plan: Plan, calendar: Calendar, visible: ir.Table, scratch: Scratch
) -> ir.Table:
    """Cells that take back the days counted twice, with the columns of `cells`.

    A head H and the body B behind it share the day of the cut. With several variants of a cell, sets of days
    overlap. For each (customer, block, date) where that can be, the true counts are taken from the OR of the
    visible bits, and the difference to the plain sums goes into one cell for the head and one for the body:
    body: |∪B| − Σ|B|; head: [H] − Σ[H] − [H and B has the day of the cut].
    """
    names = [plan.measures[m] for m in plan.of("days")]
    cell_no = np.arange(calendar.cells, dtype=np.int64)
    heads = set(calendar.heads())
    # A body is filed under the head that opened it; one that no cut opened stands alone.
    block = np.array(
        [_block(int(b), c) for c, b in zip(cell_no.tolist(), calendar.block.tolist(), strict=True)],
        dtype=np.int64,
    )
    body = np.array([c + 1 if c in heads else c for c in cell_no.tolist()], dtype=np.int64)
    is_head = np.array([int(c in heads) for c in cell_no.tolist()], dtype=np.int64)
    places = scratch.keep({"cell_no": cell_no, "block": block, "is_head": is_head})
    total = calendar.cells
    filed = cells.select("customer_id", "key", *names, *(f"bits_{n}" for n in names))
    filed = filed.mutate(at_cell=filed.key % total)
    filed = filed.inner_join(places, [filed.at_cell == places.cell_no])
    filed = filed.select("customer_id", "key", "block", "is_head", *names, *(f"bits_{n}" for n in names))
    suspect = filed.filter((filed.is_head == 1) | (filed.key >= total))
    suspect = suspect.select(suspect_customer=suspect.customer_id, suspect_block=suspect.block).distinct()
    filed = filed.semi_join(
        suspect,
        [filed.customer_id == suspect.suspect_customer, filed.block == suspect.suspect_block],
    )
    seen = filed.inner_join(visible, [filed.key == visible.map_key])
    sums: dict[str, Any] = {}
    for name in names:
        bits, counted, head = seen[f"bits_{name}"], seen[name], seen.is_head == 1
        sums[f"or_{name}"] = bits.bit_or(where=~head).fill_null(0)
        sums[f"sum_{name}"] = counted.sum(where=~head).fill_null(0.0)
        sums[f"heads_{name}"] = counted.sum(where=head).fill_null(0.0)
    found = seen.group_by("customer_id", "block", "date_no").aggregate(**sums)
    found = bits_set(found, {f"true_{n}": f"or_{n}" for n in names})
    found = found.mutate(
        **{f"body_{n}": found[f"true_{n}"] - found[f"sum_{n}"] for n in names},
        **{
            f"head_{n}": ibis.ifelse(
                found[f"heads_{n}"] > 0,
                1.0 - found[f"heads_{n}"] - (found[f"or_{n}"] & 1).cast("float64"),
                0.0,
            )
            for n in names
        },
    )
    single = total * ((len(calendar.dates) + 1) ** 2 + found.date_no.cast("int64"))
    own = block == cell_no
    opened = scratch.keep({"block_cell": cell_no[own], "block_body": body[own]})
    found = found.mutate(single=single).inner_join(opened, [found.block == opened.block_cell])
    body_cells = _as_cells(found, found.block_body + found.single, "body", names, cells)
    head_cells = _as_cells(found, found.block + found.single, "head", names, cells)
    return body_cells.union(head_cells)


def _block(opener: int, cell: int) -> int:
    return cell if opener < 0 else opener


def _as_cells(found: ir.Table, key: Any, part: str, names: list[str], like: ir.Table) -> ir.Table:
    wrong = [found[f"{part}_{n}"] != 0 for n in names]
    condition = wrong[0]
    for other in wrong[1:]:
        condition = condition | other
    columns: dict[str, Any] = {"customer_id": found.customer_id, "key": key}
    for name, kind in like.schema().items():
        if name in columns:
            continue
        if name in names:
            columns[name] = found[f"{part}_{name}"]
        elif "_word" in name or name.startswith("bits_"):
            columns[name] = ibis.literal(0, kind)
        else:
            columns[name] = ibis.null(kind)
    return found.filter(condition).select(**columns)
