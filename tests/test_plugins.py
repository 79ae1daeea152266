"""Adapters are found by name, imported only when asked for, and missed with a helpful word."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from retinue import plugins
from retinue.errors import PluginError


def test_the_built_in_adapters_come_through_the_same_door():
    from retinue.sources import FilesSource
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    assert plugins.load("retinue.sources", "files") is FilesSource
    assert plugins.load("retinue.engines", "duckdb") is DuckDBEngine
    assert "files" in plugins.known("retinue.sources")


def test_an_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(PluginError) as caught:
        plugins.load("retinue.sources", "file")
    assert "Did you mean 'files'?" in caught.value.fix
    assert "no source called 'file'" in caught.value.what
    assert caught.value.as_dict()["code"] == "RTN-0500"


def test_an_adapter_that_cannot_be_imported_is_named(monkeypatch):
    broken = EntryPoint("broken", "retinue.no_such_module:Thing", "retinue.channels")
    monkeypatch.setattr(plugins, "_registered", lambda group: {"broken": broken})
    with pytest.raises(PluginError, match="no_such_module") as caught:
        plugins.load("retinue.channels", "broken")
    assert "retinue.no_such_module:Thing" in caught.value.where


def test_nothing_heavy_is_imported_before_an_adapter_is_asked_for():
    code = (
        "import sys, retinue.plugins, retinue.sources, retinue.ingest, retinue.privacy; "
        "print([m for m in ('duckdb', 'pyarrow', 'pandas', 'ibis', 'sqlglot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
