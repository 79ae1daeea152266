"""A real service on a simulated business, and the system's Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from tests.once import made_once

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "retinue" / "static" / "index.html"
AXE = ROOT / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = Path(os.environ.get("TEST_SHOTS", ROOT / "build" / "shots"))
"""Where pictures of the views are kept."""

NEEDED = pytest.mark.skipif(
    CHROMIUM is None or not BUILT.exists(), reason="there is no chromium, or the dashboard is not built"
)


def retinue(*arguments: str, cwd: Path) -> str:
    """What a command prints. It must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "retinue", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(workspace: Path) -> Iterator[str]:
    """The service of a workspace in processes of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = (workspace / "serve.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "retinue", "serve", "--port", str(port)],
        cwd=workspace,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{base}/healthz")
                break
            except httpx.HTTPError:
                assert process.poll() is None, (workspace / "serve.log").read_text()
                time.sleep(0.1)
        yield base
    finally:
        log.close()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file: while it is there, nothing else can run an event loop here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Looking:
    """One window. Errors in its console and requests to other hosts are kept."""

    def __init__(self, browser: Browser, base: str, *, width: int, theme: Any) -> None:
        self.base = base
        self.context = browser.new_context(
            base_url=base, viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-GB"
        )
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def go(self, path: str) -> Page:
        """To a view, until all that it asked for is there."""
        self.page.goto(path)
        self.page.wait_for_load_state("networkidle")
        self.page.get_by_role("heading", level=1).first.wait_for()
        return self.page

    def violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        )
        return [
            f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def sideways(self) -> int:
        """By how many pixels the page can be scrolled to the side."""
        found: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return found

    def shot(self, name: str) -> None:
        """Keep a picture."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def _said(self, message: ConsoleMessage) -> None:
        # A browser writes every answer of 404 there, also one that a view asks for and tells.
        if message.type == "error" and "status of 404" not in message.text:
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.elsewhere.append(url)


@pytest.fixture
def look(chromium: Browser) -> Iterator[Callable[..., Looking]]:
    """Opens windows: look(base, width=1440, theme="light"). In the end none of them may have an error."""
    opened: list[Looking] = []

    def opening(base: str, *, width: int = 1440, theme: str = "light") -> Looking:
        opened.append(Looking(chromium, base, width=width, theme=theme))
        return opened[-1]

    yield opening
    for window in opened:
        window.context.close()
    for window in opened:
        assert not window.errors, window.errors
        assert not window.elsewhere, window.elsewhere


@pytest.fixture(scope="session")
def business_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of a simulated business with some campaigns behind it, as `make demo` leaves it."""
    return made_once(tmp_path_factory, "demo", _make) / "demo"


@pytest.fixture(scope="session")
def business(business_folder: Path) -> Iterator[str]:
    """The service on it."""
    with serving(business_folder) as base:
        yield base


def _make(folder: Path) -> None:
    retinue("demo", "--out", str(folder / "demo"), "--customers", "1600", "--campaigns", "2", cwd=folder)
