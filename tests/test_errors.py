"""Every error says what, where and how to mend it, under a code that never changes."""

from __future__ import annotations

import pickle

import pytest

from retinue import errors
from retinue.errors import RetinueError

ALL = [getattr(errors, name) for name in errors.__all__]


def test_codes_are_unique_and_stable() -> None:
    assert {kind.__name__: kind.code for kind in ALL} == {
        "RetinueError": "RTN-0000",
        "UsageError": "RTN-0100",
        "SettingsError": "RTN-0110",
        "RulesError": "RTN-0120",
        "NotFoundError": "RTN-0130",
        "StateError": "RTN-0140",
        "LimitError": "RTN-0150",
        "DataError": "RTN-0200",
        "MappingError": "RTN-0210",
        "NotEnoughData": "RTN-0220",
        "WarehouseBusy": "RTN-0230",
        "StoreUnavailable": "RTN-0310",
        "ArtefactError": "RTN-0300",
        "AuditError": "RTN-0320",
        "BudgetError": "RTN-0400",
        "PluginError": "RTN-0500",
        "RequestError": "RTN-0600",
    }


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_text_and_json_say_the_same(kind: type[RetinueError]) -> None:
    error = kind("Broken.", where="file:3", fix="Mend it.")
    assert str(error) == "Broken.\n  where: file:3\n  fix:   Mend it."
    assert error.as_dict() == {"code": kind.code, "what": "Broken.", "where": "file:3", "fix": "Mend it."}
    assert error.exit_code == (2 if issubclass(kind, errors.UsageError) else 1)
    assert str(kind("Broken.")) == "Broken."


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_error_survives_the_way_from_another_process(kind: type[RetinueError]) -> None:
    error = pickle.loads(pickle.dumps(kind("Broken.", where="file:3", fix="Mend it.")))
    assert type(error) is kind
    assert error.as_dict()["fix"] == "Mend it."


def test_every_code_is_in_the_drawn_tree() -> None:
    drawing = errors.__doc__ or ""
    assert all(kind.__name__ in drawing for kind in ALL)
