"""What can be checked of the examples without their data."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from retinue.settings import load_settings, parse_section
from retinue.sources.mapping import FileSettings
from retinue.warehouse.tables import table

NAMES = ("cdnow", "complete_journey", "online_retail", "ravenstack", "telco")


def test_every_folder_is_an_example_and_is_told_of(
    examples: dict[str, Path], dates: dict[str, datetime]
) -> None:
    assert sorted(examples) == sorted(NAMES)
    assert sorted(dates) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_mapping_is_valid(name: str, examples: dict[str, Path]) -> None:
    settings = load_settings(examples[name].parent)
    assert settings.churn.definition != "auto", "an example says what churn means"
    for source, raw in settings.sources.items():
        mapping = parse_section(FileSettings, raw, path=("sources", source), root=examples[name].parent)
        declared = table(mapping.table)
        unknown = set(mapping.columns) - set(declared.column_names)
        assert not unknown, f"{source} maps columns that {mapping.table} does not have"
        missing = set(declared.required) - set(mapping.columns) - {declared.key}
        assert not missing, f"{source} lacks required columns of {mapping.table}"


@pytest.mark.parametrize("name", NAMES)
def test_a_mapping_names_no_place_but_the_variable(name: str, examples: dict[str, Path]) -> None:
    text = examples[name].read_text(encoding="utf-8")
    paths = re.findall(r'(?:path|file) = "([^"]+)"', text)
    assert paths
    assert all(path.startswith("${RETINUE_DATA}/") for path in paths)
