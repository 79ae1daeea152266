"""Settings: where they come from, which wins, and what a mistake is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from retinue.errors import SettingsError
from retinue.settings import Settings, expand_variables, load_settings, parse_section
from retinue.settings.positions import key_lines, line_of


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("RETINUE_"):
            monkeypatch.delenv(name)


def workspace(folder: Path, text: str | bytes) -> Path:
    (folder / "retinue.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def complaint(folder: Path, text: str | bytes) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(workspace(folder, text))
    return caught.value


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.churn.horizon_days == 90
    assert settings.holdout.share == 0.10
    assert settings.state == tmp_path / ".retinue"
    assert settings.warehouse_path == tmp_path / ".retinue" / "warehouse.duckdb"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n# only a comment\n",
        b"\xef\xbb\xbf[churn]\nhorizon_days = 30\n",
        b"[churn]\r\nhorizon_days = 30\r\n",
        "\"churn\".'horizon_days' = 30",
        "churn = { horizon_days = 30 }",
    ],
    ids=["empty", "comment", "byte-order mark", "windows", "quoted keys", "inline table"],
)
def test_every_way_of_writing_toml_is_read(tmp_path: Path, text: str | bytes) -> None:
    expected = 30 if b"30" in (text if isinstance(text, bytes) else text.encode()) else 90
    assert load_settings(workspace(tmp_path, text)).churn.horizon_days == expected


@pytest.mark.parametrize(
    ("text", "where", "near"),
    [
        ("[churn]\nhorizon_dys = 30", ":2", "horizon_days"),
        ("\n\n[chrun]\nhorizon_days = 30", ":3", "churn"),
        ("churn.horizn_days = 30", ":1", "horizon_days"),
        ("[churn]\n'horizon_dayz' = 30", ":2", "horizon_days"),
        ("a = 1", ":1", None),
        ("[value]\n\nmargn = 0.5", ":3", "margin"),
        ("value = { margn = 0.5 }", ":1", "margin"),
        ("[holdout]\nshare = 0.1\n\n[holdout.more]\nx = 1", ":4", None),
        ("[static]\npath = 'a'\ncustomer_id = 'b'\nlable = 'c'", ":4", "label"),
        ('[project]\nname = """\n[churn]\nsede = 1\n"""\nsede = 2', ":6", "seed"),
        ("root = '/tmp'", ":1", None),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest(
    tmp_path: Path, text: str, where: str, near: str | None
) -> None:
    error = complaint(tmp_path, text)
    assert error.what.startswith("Unknown setting '")
    assert error.where == str(tmp_path / "retinue.toml") + where
    assert near is None or f"Did you mean '{near}'?" in error.fix
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ('[churn]\nhorizon_days = "90"', "churn.horizon_days", 2),
        ("[churn]\nhorizon_days = true", "churn.horizon_days", 2),
        ("[churn]\nhorizon_days = 90.5", "churn.horizon_days", 2),
        ("[churn]\nhorizon_days = 1", "churn.horizon_days", 2),
        ("[churn]\ntraining_spacing_days = '7'", "churn.training_spacing_days", 2),
        ("[churn]\nend_reasons = [\n 'payment',\n 5,\n]", "churn.end_reasons.1", 4),
        ("[churn]\nend_reasons = 'payment'", "churn.end_reasons", 2),
        ("[churn]\ndefinition = 'sometimes'", "churn.definition", 2),
        ("churn = 5", "churn", 1),
        ("[[churn]]\nhorizon_days = 90", "churn", 1),
        ("[value]\nmargin = nan", "value.margin", 2),
        ("[value]\nmargin = inf", "value.margin", 2),
        ("[value.tiers]\nBasic = 0\nGold = 'many'", "value.tiers.Gold", 3),
        ("[project]\ncurrency = 'euro'", "project.currency", 2),
        ("[static]\npath = 'x.csv'", "static.customer_id", 1),
        ("[holdout]\nshare = 0.9", "holdout.share", 2),
        ("\n[decisions]\nact_above = 0.9", "decisions", 2),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, text: str, key: str, line: int) -> None:
    error = complaint(tmp_path, text)
    assert error.what.startswith(f"Setting '{key}': ")
    assert error.where == f"{tmp_path / 'retinue.toml'}:{line}"
    assert error.fix


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[churn]\nhorizon_days = ", ":2:16"),
        ("[churn\nhorizon_days = 90", ":1:7"),
        ("a = 1\na = 2", ":2:6"),
        ('a = "open', ":1"),
        (b"[churn]\nname = '\xff'", ":2"),
    ],
)
def test_broken_toml_is_named_with_line_and_column(tmp_path: Path, text: str | bytes, where: str) -> None:
    error = complaint(tmp_path, text)
    assert error.where.startswith(str(tmp_path / "retinue.toml") + where)
    assert "at line" not in error.what, "the place is said once"


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "retinue.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


def test_arguments_win_over_environment_over_file_over_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace(tmp_path, "[churn]\nhorizon_days = 30\ngrace_days = 3")
    assert load_settings(tmp_path).churn.horizon_days == 30
    monkeypatch.setenv("RETINUE_CHURN__HORIZON_DAYS", "45")
    found = load_settings(tmp_path)
    assert (found.churn.horizon_days, found.churn.grace_days) == (45, 3)
    found = load_settings(tmp_path, {"churn": {"horizon_days": 60}})
    assert (found.churn.horizon_days, found.churn.grace_days, found.churn.training_dates) == (60, 3, 12)


def test_the_environment_takes_json_for_lists_tables_and_whole_sections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace(tmp_path, "[churn]\ngrace_days = 3")
    monkeypatch.setenv("RETINUE_CHURN__END_REASONS", '["payment"]')
    monkeypatch.setenv("RETINUE_VALUE", '{"tiers": {"Basic": 0, "Gold": 10}, "margin": 0.5}')
    monkeypatch.setenv("RETINUE_SOURCES__SHOP__PATH", "orders.csv")
    found = load_settings(tmp_path)
    assert found.churn.end_reasons == ("payment",)
    assert found.churn.grace_days == 3
    assert found.value.tiers == {"Basic": 0.0, "Gold": 10.0}
    assert found.sources == {"shop": {"path": "orders.csv"}}


@pytest.mark.parametrize(
    ("name", "value", "where", "says"),
    [
        (
            "RETINUE_CHURN__HORIZON_DAYS",
            "soon",
            "environment variable RETINUE_CHURN__HORIZON_DAYS",
            "integer",
        ),
        ("RETINUE_CHURN__HORIZN", "3", "environment variable RETINUE_CHURN__HORIZN", "'horizon_days'"),
        ("RETINUE_CHURN", '{"horizon_days": 3}', "environment variable RETINUE_CHURN", "7"),
        ("RETINUE_CHURN", '{"horizon_days": ', "environment variable RETINUE_CHURN", "JSON"),
        ("RETINUE_CHURN__END_REASONS", "payment", "environment variable RETINUE_CHURN__END_REASONS", "JSON"),
        ("RETINUE_CHURN_HORIZON_DAYS", "3", "environment", "RETINUE_CHURN__HORIZON_DAYS"),
        ("RETINUE_CHURM__HORIZON_DAYS", "3", "environment", "RETINUE_CHURN__"),
        ("RETINUE_ROOT", "/tmp", "environment", "RETINUE_ROOT"),  # noqa: S108
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, where: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    error = complaint(tmp_path, "[churn]\ngrace_days = 3")
    assert error.where == where
    assert says in str(error)


def test_the_file_is_blamed_for_what_the_environment_did_not_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETINUE_CHURN", '{"horizon_days": 30}')
    assert complaint(tmp_path, "[churn]\ngrace_days = -1").where.endswith("retinue.toml:2")


def test_variables_of_tests_and_logs_are_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RETINUE_DATA", "RETINUE_LOG", "RETINUE_FAULT"):
        monkeypatch.setenv(name, "x")
    assert load_settings(tmp_path).churn.horizon_days == 90


def test_a_wrong_argument_is_named(tmp_path: Path) -> None:
    for overrides, says in (
        ({"churn": {"horizon_days": 1}}, "churn.horizon_days"),
        ({"churn": {"horizon": 1}}, "churn.horizon"),
        ({"chrun": {}}, "'chrun'"),
        ({"static": {"path": "a"}}, "static.customer_id"),
    ):
        with pytest.raises(SettingsError) as caught:
            load_settings(tmp_path, overrides)
        assert says in caught.value.what
        assert caught.value.where == "command line"


class Plugin(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str
    columns: dict[str, str | dict[str, str]] = {}
    days: int = 1


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[sources.shop]\npath = 'x'\npaht = 'y'", 3, "Did you mean 'path'"),
        ('[sources."shop"]\npath = "x"\ndays = "many"', 3, "sources.shop.days"),
        ("[sources.shop]\ndays = 1", 1, "sources.shop.path"),
        ("[sources.shop]\npath = 'x'\n[sources.shop.columns]\na = 'b'\nc = 5", 5, "sources.shop.columns.c"),
    ],
)
def test_a_plugins_section_gets_the_same_complaints(tmp_path: Path, text: str, line: int, says: str) -> None:
    settings = load_settings(workspace(tmp_path, text))
    with pytest.raises(SettingsError) as caught:
        parse_section(Plugin, settings.sources["shop"], path=("sources", "shop"), root=tmp_path)
    assert caught.value.where == f"{tmp_path / 'retinue.toml'}:{line}"
    assert says in str(caught.value)


def test_static_without_its_section_is_named(tmp_path: Path) -> None:
    settings = load_settings(workspace(tmp_path, "[churn]\ndefinition = 'static'"))
    with pytest.raises(SettingsError, match=r"\[static\]"):
        settings.require_static()


def test_a_path_may_hold_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATA", "/data")
    assert expand_variables("${SHOP_DATA}/a.csv") == "/data/a.csv"
    with pytest.raises(SettingsError, match="NOT_SET_ANYWHERE"):
        expand_variables("${NOT_SET_ANYWHERE}/a.csv")


def test_the_fingerprint_leaves_out_where_and_how_fast(tmp_path: Path) -> None:
    one = load_settings(tmp_path, {"warehouse": {"threads": 1}})
    other = load_settings(tmp_path / "elsewhere", {"warehouse": {"threads": 2}})
    assert one.fingerprint_body() == other.fingerprint_body()
    changed = load_settings(tmp_path, {"churn": {"horizon_days": 60}})
    assert changed.fingerprint_body() != one.fingerprint_body()
    json.dumps(one.fingerprint_body(), allow_nan=False)


def test_every_setting_is_described() -> None:
    for section, field in Settings.model_fields.items():
        kinds = [
            k
            for k in getattr(field.annotation, "__args__", (field.annotation,))
            if hasattr(k, "model_fields")
        ]
        assert kinds or field.description, section
        for kind in kinds:
            assert kind.__doc__, section
            for name, inner in kind.model_fields.items():
                assert inner.description, f"{section}.{name}"


KEYS = st.text("abz_-9", min_size=1, max_size=3) | st.text("a.# ='[]{},é", min_size=1, max_size=4)


@given(st.lists(st.tuples(st.lists(KEYS, min_size=1, max_size=3), st.integers(0, 3)), max_size=6))
def test_the_line_of_every_key_is_found(entries: list[tuple[list[str], int]]) -> None:
    lines: list[str] = []
    expected: dict[tuple[str, ...], int] = {}
    for number, (keys, blank) in enumerate(entries):
        lines += ["# a = 1", "", "   "][:blank]
        path = (f"k{number}", *keys)
        shown = ".".join(json.dumps(k, ensure_ascii=False) for k in path)
        value = ["1", '"a = 2 # b"', "[1, 'x]', [2]]", '"""\na = 1\n"""'][number % 4]
        lines += f"{shown} = {value} # the end".split("\n")
        expected[path] = len(lines) - value.count("\n")
    found = key_lines("\n".join(lines))
    assert {path: found[path] for path in expected} == expected


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 3", ("a", "1", "x"), 4),
        ("[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 3", ("a", "1", "b", "y"), 6),
        ("[ 'a.b' . c ]\nd = 1", ("a.b", "c", "d"), 2),
        ("a = [\n  { b = 1 },\n  { c = 2 }, # d\n]\ne = 1", ("a", "1", "c"), 3),
        ("a = [\n  { b = 1 },\n  { c = 2 }, # d\n]\ne = 1", ("e",), 5),
        ("a = '''x''''\nb = 2", ("b",), 2),
        ('a = "\\"" # "\nb = 2', ("b",), 2),
        ("a = 2026-01-01T00:00:00Z\nb = 1", ("b",), 2),
        ("[a]\n[b]\n", ("b", "missing", "deeper"), 2),
    ],
)
def test_positions_in_the_odder_parts_of_toml(text: str, path: tuple[str, ...], line: int) -> None:
    assert line_of(text, path) == line


@given(st.text("ab=[]{}\"'#.,\n ", max_size=40))
def test_the_position_reader_ends_on_any_text(text: str) -> None:
    found: Any = key_lines(text)
    assert isinstance(found, dict)


@pytest.mark.parametrize("root", [Path("shop"), Path("/srv/shop")])
def test_the_folder_to_spill_to_stands_in_the_workspace(root: Path) -> None:
    assert Settings(root=root).spill == root / ".retinue" / "spill"
    given = Settings.model_validate({"root": root, "warehouse": {"spill_path": "aside"}})
    assert given.spill == root / "aside"
    elsewhere = Settings.model_validate({"root": root, "warehouse": {"spill_path": "/srv/aside"}})
    assert elsewhere.spill == Path("/srv/aside")
