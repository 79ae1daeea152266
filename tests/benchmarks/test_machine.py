"""The facts of the machine are printed in public: they name no place on it."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

from benchmarks.machine import busy, facts, versions


def test_facts_name_no_host_user_or_path() -> None:
    printed = " ".join(facts().values())
    assert int(facts()["cores"]) >= 1
    assert socket.gethostname() not in printed
    assert str(Path.home()) not in printed
    assert "/" not in printed
    assert getpass.getuser() not in printed.split()


def test_versions_leave_out_what_is_not_there() -> None:
    assert set(versions(["numpy", "no-such-package-anywhere"])) == {"numpy"}


def test_load_is_a_share_of_the_cores() -> None:
    found = busy()
    assert found is None or found >= 0
