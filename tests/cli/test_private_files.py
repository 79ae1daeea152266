"""Files with somebody's data are for whoever asked for them alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from retinue.cli.output import write_private
from retinue.errors import UsageError


def test_a_file_is_this_users_alone_also_where_one_was_there(tmp_path: Path) -> None:
    old = tmp_path / "copies" / "copy.zip"
    write_private(old, b"longer")
    old.chmod(0o644)
    write_private(old, b"new")
    assert old.read_bytes() == b"new"
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be written") as raised:
        write_private(tmp_path / "file" / "copy.zip", b"x")
    assert "choose another place" in raised.value.fix
