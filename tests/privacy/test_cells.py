"""No figure of a breakdown is that of fewer than five customers, also by subtraction."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retinue.privacy.cells import LEAST, OTHERS, with_small_together

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
