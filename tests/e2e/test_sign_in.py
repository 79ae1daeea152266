"""Somebody signs in to the dashboard, comes back to where they wanted to go, and signs out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import NEEDED, Looking, serving

pytestmark = NEEDED

PASSWORD = "correct horse battery staple"  # noqa: S105 - of nobody


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A project with one user, an admin."""
    folder = tmp_path_factory.mktemp("guarded")
    subprocess.run(
        [sys.executable, "-m", "retinue", "users", "create", "ada", "--role", "admin", "--password-stdin"],
        cwd=folder,
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
    )
    with serving(folder) as base:
        yield base


def sign_in(page: Any) -> None:
    page.get_by_role("link", name="Sign in with name and password").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_in_and_out(guarded: str, look: Callable[..., Looking]) -> None:
    window = look(guarded)
    page = window.go("/settings?tab=users")
    expect(page.get_by_role("heading", name="Sign in to Retinue")).to_be_visible()
    window.shot("sign-in")
    assert not window.violations()
    sign_in(page)
    page.wait_for_url(re.compile(r"/settings\?tab=users"))
    expect(page.get_by_role("heading", name="Settings & roles")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    kept = [one for one in window.context.cookies() if one["name"].startswith("retinue")]
    assert kept
    assert all(one["httpOnly"] for one in kept)
    refused = page.evaluate(
        "fetch('/api/v1/stop', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify({reason: 'no guard'})}).then((answer) => answer.status)"
    )
    assert refused == 403, "an act without the guard of the session"
    window.errors = [error for error in window.errors if "status of 403" not in error]
    page.get_by_role("button", name="Signed in as ada").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Retinue")).to_be_visible()
    assert page.evaluate("fetch('/api/v1/users').then((answer) => answer.status)") == 401
    window.errors = [error for error in window.errors if "status of 401" not in error]
