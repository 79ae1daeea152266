"""`retinue doctor` says whether what is offered at the cancel button can be made real."""

from __future__ import annotations

import json
from pathlib import Path

from tests.campaigns.promises import take
from tests.campaigns.witness import Business, Witness
from typer.testing import CliRunner

from retinue.cli.app import build_app
from retinue.incentives.catalogue import TYPES
from retinue.runs.promised import promised
from retinue.settings import Settings, load_settings

SECTION = '[api]\ncancel_secret = "0123456789abcdef-secret"'


def workspace(folder: Path, mode: str, *types: str) -> Settings:
    grants = ", ".join(f'{kind} = "stripe"' for kind in types)
    (folder / "retinue.toml").write_text(f'{SECTION}\n[delivery]\nmode = "{mode}"\ngrants = {{ {grants} }}\n')
    return load_settings(folder)


def test_a_type_without_a_channel_is_named_and_its_fix(tmp_path: Path) -> None:
    settings = workspace(tmp_path, "live", *(kind for kind in TYPES if kind != "free_upgrade"))
    done = CliRunner().invoke(build_app(), ["doctor", "-w", str(tmp_path), "--json"])
    (check,) = [c for c in json.loads(done.stdout) if c["name"] == "cancel offers"]
    assert not check["ok"]
    assert "free_upgrade" in check["detail"]
    assert "[delivery] grants" in check["fix"]
    assert not (settings.state / "store.sqlite").exists(), "it only looks"


def test_all_types_have_a_channel_or_others_make_them_real(tmp_path: Path) -> None:
    whole = promised(workspace(tmp_path, "live", *TYPES))
    assert whole is not None
    assert whole.whole
    elsewhere = promised(workspace(tmp_path, "off"))
    assert elsewhere is not None
    assert elsewhere.whole


def test_taken_offers_are_counted(tmp_path: Path) -> None:
    assert promised(Settings(root=tmp_path)) is None
    settings = workspace(tmp_path, "live")
    b = Business(settings.state, [Witness()])
    take(b, 1)
    b.store.close()
    found = promised(settings)
    assert found is not None
    assert found.words.startswith("1 taken and not on their way")
