"""The reference pages are what the declarations in the code say, and leave nothing out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from retinue.features import CATALOGUE
from retinue.settings import Settings
from retinue.warehouse.tables import SYSTEM_TABLES, TABLES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "tables.md",
        "settings.md",
        "errors.md",
        "commands.md",
        "features.md",
        "channels.md",
        "openapi.json",
        "schema.graphql",
    ],
)
def test_the_written_page_is_up_to_date(generate: ModuleType, name: str) -> None:
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert written == generate.pages()[name], "run: make docs"


def test_no_page_is_left_over(generate: ModuleType) -> None:
    named = {
        p.name for p in (DOCS / "reference").glob("*.md") if generate.NOTE in p.read_text(encoding="utf-8")
    }
    assert named | {"features.md", "openapi.json", "schema.graphql"} == set(generate.pages())


def test_every_table_and_column_is_there(generate: ModuleType) -> None:
    page = generate.tables_page()
    for declared in (*TABLES, *SYSTEM_TABLES):
        part = page.split(f"### {declared.name}\n")[1].split("\n### ")[0]
        rows = [line for line in part.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows][: len(declared.columns)] == list(declared.column_names)
        for column, row in zip(declared.columns, rows, strict=False):
            _, _, kind, required, personal, known, _meaning, _ = (cell.strip() for cell in row.split("|"))
            assert kind == column.kind
            assert (required, personal) == ("yes" * column.required, "yes" * column.personal)
            assert known.strip("`") == (column.known_from or "")


def test_every_setting_is_there_with_its_default(generate: ModuleType) -> None:
    page = generate.settings_page()
    for name in Settings.model_fields:
        assert (f"## [{name}]" in page) or (f"| `{name}` |" in page) or name == "root"
    assert "| `horizon_days` | whole number ≥ 7, ≤ 730 | `90` |" in page
    assert "| `customer_id` | text | required |" in page
    assert '`["login", "session_start"]`' in page
    assert all(
        line.count("|") - line.count("\\|") == 5 for line in page.splitlines() if line.startswith("| `")
    )


def test_every_channel_is_there_with_its_keys(generate: ModuleType) -> None:
    page = generate.channels_page()
    for kind, section in generate.channel_sections().items():
        part = page.split(f'## kind = "{kind}"\n')[1].split("\n## ")[0]
        rows = [line for line in part.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == sorted(
            section.model_fields, key=lambda key: key not in section.__annotations__
        )
        assert all(field.description for field in section.model_fields.values())
    assert "| `secrets` | list of secret text | required |" in page


def test_what_every_channel_promises_is_said(generate: ModuleType) -> None:
    page = (DOCS / "concepts" / "channels.md").read_text(encoding="utf-8")
    table = page.split("## What each channel promises")[1].split("\n## ")[0]
    told = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert told == set(generate.channel_sections())


def test_every_feature_is_there(generate: ModuleType) -> None:
    page = generate.pages()["features.md"]
    assert all(f"`{feature.name}`" in page for feature in CATALOGUE)
