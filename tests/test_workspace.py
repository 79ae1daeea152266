"""`retinue init` and `retinue doctor`: a fresh workspace is whole, and every fault is named with its fix."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.pipeline.artefacts import Artefacts
from retinue.privacy import workspace_key
from retinue.settings import Settings, load_settings
from retinue.store import Store
from retinue.store.runs import open_run
from retinue.testing import arrow_rows
from retinue.warehouse import Warehouse, open_warehouse
from retinue.workspace import diagnose, init_workspace

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RETINUE_"):
            monkeypatch.delenv(name)


def retinue(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(build_app(), [str(a) for a in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def checks(workspace: Path) -> dict[str, dict[str, Any]]:
    code, out, _ = retinue("doctor", "-w", workspace, "--json")
    found = {check["name"]: check for check in json.loads(out)}
    assert code == (0 if all(check["ok"] for check in found.values()) else 1)
    return found


def event(key: str) -> dict[str, Any]:
    moment = NOW.replace(tzinfo=None)
    return {
        "event_id": key,
        "customer_id": "c",
        "event_type": "login",
        "timestamp": moment,
        "source": "test",
        "recorded_at": moment,
    }


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A workspace with a key, facts, a run and a finished stage."""
    folder = tmp_path / "shop"
    init_workspace(folder)
    settings = load_settings(folder)
    workspace_key(settings.state)
    with open_warehouse(settings) as warehouse:
        fill(warehouse, 3)
    store = Store(settings.state / "store.sqlite")
    open_run(store, "a", as_of=NOW, clock=NOW)
    store.close()

    def build(draft: Path) -> dict[str, Any]:
        (draft / "model.txt").write_text("weights")
        return {"rows": 1}

    Artefacts(settings.state / "artefacts").get_or_build("train", {}, build)
    return folder


def fill(warehouse: Warehouse, count: int) -> None:
    warehouse.engine.append("events", arrow_rows("events", [event(f"e{i}") for i in range(count)]))


def test_init_writes_settings_that_are_the_defaults(tmp_path: Path) -> None:
    code, out, err = retinue("init", tmp_path / "shop")
    assert code == 0
    assert out.splitlines() == [
        str(tmp_path / "shop" / "retinue.toml"),
        str(tmp_path / "shop" / ".gitignore"),
    ]
    assert "Next:" in err
    settings = load_settings(tmp_path / "shop")
    assert settings.project.name == "shop"
    default = Settings(root=tmp_path / "shop")
    body = settings.model_dump(exclude={"project": {"name"}})
    assert body == default.model_dump(exclude={"project": {"name"}})


def test_every_line_that_init_leaves_commented_out_is_true(tmp_path: Path) -> None:
    init_workspace(tmp_path / "shop")
    text = (tmp_path / "shop" / "retinue.toml").read_text(encoding="utf-8")
    ours = [part for part in text.split("\n\n") if "[sources" not in part]
    lines = [line.removeprefix("# ") for part in ours for line in part.splitlines()]
    kept = [line for line in lines if line.startswith("[") or " = " in line.split("#")[0]]
    uncommented = "\n".join(kept).replace("[incentives.catalogue.fixed_credit]\nvalue = 25\n", "")
    given = tomllib.loads(uncommented)
    assert len(kept) > 20
    (tmp_path / "shop" / "retinue.toml").write_text(uncommented, encoding="utf-8")
    settings = load_settings(tmp_path / "shop")
    # As attributes, since some keys are left out of a dump: they decide nothing.
    default = Settings(root=tmp_path)
    for section, values in given.items():
        for key in values:
            if (section, key) not in {
                ("project", "name"),
                ("outcomes", "window_days"),
                ("store", "url"),
                ("warehouse", "threads"),
                ("warehouse", "memory_limit"),
                ("warehouse", "spill_path"),
            }:
                found, known = getattr(settings, section), getattr(default, section)
                assert getattr(found, key) == getattr(known, key), f"{section}.{key}"


@pytest.mark.parametrize("name", ['my "shop"', "back\\slash", "a b", "naïve", "{name}", "tab\there"])
def test_init_takes_any_folder_name(tmp_path: Path, name: str) -> None:
    init_workspace(tmp_path / name)
    assert load_settings(tmp_path / name).project.name == name.replace("\t", "")


def test_init_leaves_what_is_there_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    retinue("init", tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    (tmp_path / "retinue.toml").write_text("# mine\n")
    code, out, err = retinue("init", tmp_path)
    assert (code, out) == (2, "")
    assert "already" in err
    assert (tmp_path / "retinue.toml").read_text() == "# mine\n"
    code, _, err = retinue("init", tmp_path / ".gitignore")
    assert code == 2
    assert "cannot be written" in err
    code, _, err = retinue("init", tmp_path, "--json")
    assert json.loads(err)["error"]["code"] == "RTN-0100"


def test_doctor_is_content_with_a_fresh_and_with_a_used_workspace(tmp_path: Path, used: Path) -> None:
    init_workspace(tmp_path / "fresh")
    assert all(check["ok"] for check in checks(tmp_path / "fresh").values())
    found = checks(used)
    assert all(check["ok"] for check in found.values()), found
    assert found["warehouse"]["detail"] == "events 3"
    assert list(found) == [
        "python",
        "workspace",
        "disk",
        "settings",
        "key",
        "warehouse",
        "store",
        "keys",
        "artefacts",
    ]
    code, out, _ = retinue("doctor", "-w", used)
    assert code == 0
    assert out.count("ok  ") == len(found)


def test_doctor_changes_nothing(used: Path) -> None:
    before = {p: p.read_bytes() for p in used.rglob("*") if p.is_file() and "sqlite-" not in p.name}
    checks(used)
    assert {p: p.read_bytes() for p in used.rglob("*") if p.is_file() and "sqlite-" not in p.name} == before


def settings_text(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "retinue.toml").write_text(text, encoding="utf-8") and None


def key_mode(folder: Path) -> None:
    (folder / ".retinue" / "key").chmod(0o644)


def key_damaged(folder: Path) -> None:
    (folder / ".retinue" / "key").write_text("not a key")


def warehouse_damaged(folder: Path) -> None:
    (folder / ".retinue" / "warehouse.duckdb").write_bytes(b"\x00" * 20_000)


def warehouse_cut(folder: Path) -> None:
    path = folder / ".retinue" / "warehouse.duckdb"
    path.write_bytes(path.read_bytes()[:9000])


def store_damaged(folder: Path) -> None:
    for left in (folder / ".retinue").glob("store.sqlite-*"):
        left.unlink()
    (folder / ".retinue" / "store.sqlite").write_bytes(b"no database" * 1000)


def store_page(folder: Path) -> None:
    path = folder / ".retinue" / "store.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):  # an empty table's page would not be missed
        content[page + 8 : page + 4096] = b"\xff" * (4096 - 8)
    path.write_bytes(content)


def store_newer(folder: Path) -> None:
    with sqlite3.connect(folder / ".retinue" / "store.sqlite") as connection:
        connection.execute("UPDATE store_version SET version_num = '9999'")
    connection.close()


def artefact_altered(folder: Path) -> None:
    next((folder / ".retinue" / "artefacts").rglob("model.txt")).write_text("other weights")


FAULTS: list[tuple[str, Callable[[Path], None], str, str, str]] = [
    ("broken toml", settings_text("[churn\n"), "settings", "retinue.toml:1:7", "section"),
    (
        "unknown key",
        settings_text("[churn]\nhorizn_days = 1\n"),
        "settings",
        "retinue.toml:2",
        "horizon_days",
    ),
    (
        "ill-typed key",
        settings_text("[churn]\nhorizon_days = 'x'\n"),
        "settings",
        "retinue.toml:2",
        "Correct",
    ),
    ("open key", key_mode, "key", "644", "chmod 600"),
    ("damaged key", key_damaged, "key", "damaged", "backup"),
    ("damaged warehouse", warehouse_damaged, "warehouse", "warehouse.duckdb", "backup"),
    ("cut warehouse", warehouse_cut, "warehouse", "warehouse.duckdb", "backup"),
    ("unknown engine", settings_text("[warehouse]\nengine = 'duckbd'\n"), "warehouse", "duckbd", "duckdb"),
    ("damaged store", store_damaged, "store", "not a database", "backup"),
    ("damaged page", store_page, "store", "", "backup"),
    ("newer store", store_newer, "store", "newer", "Upgrade"),
    ("altered artefact", artefact_altered, "artefacts", "train", "Delete"),
    ("no static section", settings_text("[churn]\ndefinition = 'static'\n"), "static", "[static]", "Add"),
    (
        "no static file",
        settings_text(
            "churn.definition = 'static'\n[static]\npath = 'x.csv'\ncustomer_id = 'a'\nlabel = 'b'\n"
        ),
        "static",
        "x.csv",
        "static.path",
    ),
    (
        "missing source file",
        settings_text("[sources.shop]\nkind = 'files'\npath = 'orders_*.csv'\ntable = 'transactions'\n"),
        "source shop",
        "orders_*.csv",
        "path",
    ),
    ("unknown source", settings_text("[sources.shop]\nkind = 'flies'\n"), "source shop", "flies", "files"),
]


@pytest.mark.parametrize(
    ("inject", "name", "detail", "fix"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_every_fault_is_named_with_its_fix(
    used: Path, inject: Callable[[Path], None], name: str, detail: str, fix: str
) -> None:
    inject(used)
    failed = [check for check in checks(used).values() if not check["ok"]]
    assert [check["name"] for check in failed] == [name]
    assert detail in failed[0]["detail"]
    assert fix in failed[0]["fix"]
    code, out, _ = retinue("doctor", "-w", used)
    assert code == 1
    assert f"FAIL  {name}: " in out
    assert "      fix: " in out


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    found = checks(tmp_path / "nowhere")
    assert not found["workspace"]["ok"]
    assert "retinue init" in found["workspace"]["fix"]


def test_little_space_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init_workspace(tmp_path)
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=10_000_000))
    found = checks(tmp_path)
    assert not found["disk"]["ok"]
    assert "Free some space" in found["disk"]["fix"]


def test_the_installed_command_does_the_same(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("retinue")
    folder = tmp_path / "shop"
    for arguments, code in ((["init", folder], 0), (["init", folder], 2), (["doctor", "-w", folder], 0)):
        done = subprocess.run(
            [str(command), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("toml", "name", "says"),
    [
        ('[delivery]\nmessages = ["mail"]\n[channels.post]\nkind = "webhook"', "delivery", "no channel"),
        ('[channels.post]\nkind = "webhok"', "channel post", "no channel called 'webhok'"),
        ('[channels.mail]\nkind = "smtp"\nhost = "h"\nfrom_adress = "a@b.c"', "channel mail", "from_adress"),
        ('[channels.mail]\nkind = "smtp"\nhost = "h"\nfrom_address = "a@b.c"', "contacts", "of 0 customers"),
        (
            '[channels.mail]\nkind = "smtp"\nhost = "h"\nfrom_address = "${NOT_SET}"',
            "channel mail",
            "not set",
        ),
    ],
)
def test_doctor_names_what_keeps_deliveries_from_going_out(
    tmp_path: Path, toml: str, name: str, says: str
) -> None:
    (tmp_path / "retinue.toml").write_text(toml)
    found = {check.name: check for check in diagnose(tmp_path)}
    assert not found[name].ok
    assert says in found[name].detail
    assert found[name].fix


def test_doctor_is_silent_on_delivery_where_there_is_none(tmp_path: Path) -> None:
    names = {check.name for check in diagnose(tmp_path)}
    assert not {"delivery", "contacts"} & names
