"""No figure of a breakdown is that of fewer than five customers, also by subtraction."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from retinue.privacy.cells import LEAST, OTHERS, may_tell, with_small_together

COUNTS = st.lists(st.integers(0, 30), max_size=8)


@given(COUNTS)
def test_every_row_has_enough_or_none_and_sums_stay(counts: list[int]) -> None:
    rows = [{"tier": f"T{n}", "customers": many, "value": many * 2} for n, many in enumerate(counts)]
    found = with_small_together(rows, "tier")
    assert all(row["customers"] == 0 or row["customers"] >= LEAST for row in found)
    if sum(counts) >= LEAST or not any(0 < many < LEAST for many in counts):
        assert sum(row["customers"] for row in found) == sum(counts)
        assert sum(row["value"] for row in found) == 2 * sum(counts)
    else:
        assert found == []
    names = {row["tier"]: row for row in rows}
    assert all(row == names[row["tier"]] for row in found if row["tier"] != OTHERS)


def test_without_small_groups_nothing_changes() -> None:
    rows = [{"tier": "A", "customers": 5}, {"tier": "B", "customers": 0}]
    assert with_small_together(rows, "tier") == rows


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_no_two_sums_that_are_told_leave_a_small_group(counts: list[int]) -> None:
    sizes = {f"T{n}": many for n, many in enumerate(counts)}
    parts = [set(part) for size in range(len(sizes) + 1) for part in combinations(sizes, size)]
    told = [part for part in parts if may_tell(part, sizes)]
    for whole in told:
        for part in told:
            if part < whole:
                left = sum(sizes[name] for name in whole - part)
                assert left == 0 or left >= LEAST
    if sum(counts) >= LEAST:
        assert set(sizes) in told
