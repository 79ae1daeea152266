"""How soon a view of the dashboard is whole: `python -m benchmarks.dashboard WORKSPACE [--write]`.

Needs a workspace with finished runs, as `make demo` leaves it, and Chromium; the workspace is copied. Each
view is opened in a new window with nothing in its cache, on the business as it is and on the same business
with its customers many times over and two years of runs (`benchmarks.crowd`), in turn. A view is whole when
its heading is there, nothing is a placeholder any more and the charts are drawn. The first opening of all,
right after the service has started, stands apart: nothing is in its memory then. `--write` writes
docs/dashboard-speed.md.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from benchmarks.crowd import crowd
from benchmarks.machine import busy, said_of_load
from benchmarks.risk import Server, copied, many_in

PAGE = Path(__file__).parents[1] / "docs" / "dashboard-speed.md"
VIEWS = {
    "Today": "/",
    "Customers": "/customers",
    "Customers behind a number": "/customers?stage=at_risk",
    "One customer": "/customers/{customer}",
    "Campaigns": "/campaigns",
    "One campaign": "/campaigns/{campaign}",
    "At-risk pipeline": "/pipeline",
    "Revenue impact": "/revenue",
    "Campaign effectiveness": "/effectiveness",
    "Experiments": "/experiments",
    "Segments": "/segments",
    "Model performance": "/model",
    "Rules": "/rules",
    "Sources and data quality": "/sources",
    "Audit": "/audit",
    "Privacy requests": "/privacy",
    "Settings": "/settings",
}
_WHOLE = """() => document.querySelector('main h1')
    && !document.querySelector('[aria-busy=true], .mantine-Skeleton-root')"""


def opened(browser: Browser, base: str, path: str) -> float:
    """Seconds from the address to the whole view."""
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(path, wait_until="commit")
    page.wait_for_function(_WHOLE, timeout=120_000)
    took: float = page.evaluate("performance.now()")
    context.close()
    return took / 1000


def paths(base: str) -> dict[str, str]:
    """The views' addresses, with one customer and one campaign."""
    with httpx.Client(base_url=f"{base}/api/v1", timeout=60) as client:
        customer = client.get("/customers", params={"limit": 1}).json()["customers"][0]["customer_id"]
        campaign = client.get("/campaigns", params={"limit": 1}).json()["campaigns"][0]["campaign_id"]
    return {name: path.format(customer=customer, campaign=campaign) for name, path in VIEWS.items()}


def measured(folders: Sequence[Path], rounds: int) -> tuple[list[float], dict[str, list[float]]]:
    """Of each workspace the seconds of the very first view; and of each view the median seconds."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    servers = [Server(folder, None, None) for folder in folders]
    try:
        bases = [f"http://127.0.0.1:{server.port}" for server in servers]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            opened(browser, bases[0], "/no-such-view")  # the browser itself warms up
            first = [opened(browser, base, "/") for base in bases]
            found: dict[str, list[float]] = {}
            each = [paths(base) for base in bases]
            for name in VIEWS:
                took: list[list[float]] = [[] for _ in bases]
                for _ in range(rounds):
                    for times, base, known in zip(took, bases, each, strict=True):
                        times.append(opened(browser, base, known[name]))
                found[name] = [statistics.median(times) for times in took]
            browser.close()
    finally:
        for server in servers:
            server.stop()
    return first, found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args(arguments)
    before = busy()
    with tempfile.TemporaryDirectory(prefix="retinue-dashboard-") as scratch:
        folders = [Path(scratch) / "few", Path(scratch) / "many"]
        for folder in folders:
            copied(given.workspace, folder)
            shutil.copy(given.workspace / "retinue.toml", folder)
        few, many = many_in(folders[0]), crowd(folders[1], given.customers)
        first, found = measured(folders, given.rounds)
    rows = {"Today, right after the start": first, **found}
    page = "\n".join(
        [
            "# How soon a view of the dashboard is whole",
            "",
            "Written by `python -m benchmarks.dashboard WORKSPACE --write`. Seconds from typing the address",
            "to the whole view, charts included, with nothing in the browser's cache; the median of"
            f" {given.rounds}.",
            f"Browser and service share the machine. Left: a business of {few:,} active customers. Right:",
            f"it with {many:,} and two years of runs, measured in turn with it.",
            "",
            *said_of_load(before),
            "",
            f"| view | {few:,} | {many:,} | ratio |",
            "| --- | --- | --- | --- |",
            *(f"| {name} | {a:.2f} s | {b:.2f} s | {b / a:.2f} |" for name, (a, b) in rows.items()),
            "",
        ]
    )
    print(page)
    if given.write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
