"""The map of every place: nothing can be added to the house without saying how it leads to a person."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

from retinue.privacy.places import FILES, STORE, WAREHOUSE, Linked, Unlinked, file_kind
from retinue.store.base import declared
from retinue.store.erasing import _DELETED, KEPT
from retinue.store.subjects import _PARTS
from retinue.warehouse.base import declared_tables
from retinue.warehouse.tables import BOOKKEEPING


def test_every_table_of_the_warehouse_is_on_the_map_and_no_other() -> None:
    tables = {one.name: one for one in declared_tables()}
    assert set(WAREHOUSE) == set(tables)
    for name, place in WAREHOUSE.items():
        columns = {*tables[name].column_names, *(one.name for one in BOOKKEEPING)}
        assert isinstance(place, Unlinked) or place.column in columns, name
        # Whatever has a customer's id leads to them.
        assert "customer_id" not in columns or (isinstance(place, Linked) and place.column == "customer_id")


def test_every_table_of_the_store_is_on_the_map_and_no_other() -> None:
    tables = declared().metadata.tables
    assert set(STORE) == set(tables)
    for name, place in STORE.items():
        columns = {column.name for column in tables[name].columns}
        assert isinstance(place, Unlinked) or place.column in columns, name
        ids = columns & {"customer_id", "decision_id", "delivery_id"}
        assert not ids or isinstance(place, Linked), f"{name} has {ids}: how does it lead to a person?"


def test_a_place_without_anybody_says_why() -> None:
    for places in (WAREHOUSE, STORE, FILES):
        for name, place in places.items():
            assert isinstance(place, Linked) or len(place.why) > 4, name


def test_what_is_erased_of_the_store_is_all_that_leads_to_a_person() -> None:
    renamed = {"budget_entries", "decision_fates", "cancel_moments", "responses", "deliveries"}
    linked = {name for name, place in STORE.items() if isinstance(place, Linked)}
    assert linked == {*KEPT, *_DELETED, *renamed, *_PARTS, "review_steps", "prediction_jobs"}


def test_every_file_that_the_code_writes_below_its_state_has_a_kind() -> None:
    """The names of files and folders that the sources join to the state folder, one or two levels deep."""
    root = Path(__file__).parents[2] / "src" / "retinue"
    joined = re.compile(r'\bstate / "([\w.]+)"(?: / "([\w.]+)")?')
    found = {pair for path in root.rglob("*.py") for pair in joined.findall(path.read_text(encoding="utf-8"))}
    assert ("audit", "ahead") in found
    for first, second in found:
        name = f"{first}/{second}" if second else first
        matching = [kind for kind in FILES if fnmatchcase(name, kind) or kind.startswith(f"{name}/")]
        assert matching, f"{name} is on no map: what of a person may stand there?"
    assert file_kind("secrets.txt") is None
