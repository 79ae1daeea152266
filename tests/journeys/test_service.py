"""The service beside runs, as a machine, a customer and a browser meet it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from retinue.app import Retinue
from retinue.campaigns.cancel_moment import sign_token
from retinue.campaigns.cancel_moment.facts import Facts
from retinue.store import Store, cancel_moments, inbox

SECRET = "a-secret-for-the-journey"  # noqa: S105
BOLD = {
    "RETINUE_DECISIONS__ACT_ABOVE": "0.15",
    "RETINUE_DECISIONS__MONITOR_UP_TO": "0.25",
    "RETINUE_INCENTIVES__CAUTION": "0",
    "RETINUE_API__CANCEL_SECRET": SECRET,
    "RETINUE_CANCEL__FACTS_DAYS": "100000",
    "RETINUE_CANCEL__ADDRESS_PER_MINUTE": "100000",
}


def environment(**more: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")} | BOLD | more


def retinue(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "retinue", *arguments],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(workspace: Path, **more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The service in processes of its own, until the end of the block."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "retinue", "serve", "-w", str(workspace), "--port", str(port)],
        cwd=workspace.parent,
        env=environment(**more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{base}/healthz")
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the service ended"
                time.sleep(0.1)
        yield base, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small business after its first run."""
    folder = tmp_path_factory.mktemp("service")
    retinue("simulate", "--customers", "400", "--years", "1.5", "--seed", "3", "--out", "data", cwd=folder)
    retinue("run", "--data", "data", "--as-of", "2026-01-01", cwd=folder)
    return folder


def facts_of(workspace: Path) -> Facts:
    (path,) = (workspace / ".retinue" / "runs").glob("*/cancel.sqlite")
    found = Facts.read(path)
    assert found is not None
    return found


def customers(workspace: Path) -> list[str]:
    import sqlite3

    connection = sqlite3.connect(facts_of(workspace).path)
    try:
        return [row[0] for row in connection.execute("SELECT customer_id FROM customers ORDER BY 1")]
    finally:
        connection.close()


def token(customer: str) -> str:
    return sign_token(customer, secrets.token_urlsafe(9), expires=int(time.time()) + 600, secret=SECRET)


def test_outcomes_survive_a_kill_and_are_collected_beside_the_service(workspace: Path) -> None:
    rows = [
        {"outcome_id": f"J{n}", "customer_id": name, "retained": True, "observed_at": "2026-01-05"}
        for n, name in enumerate(customers(workspace)[:20])
    ]
    with served(workspace) as (base, process):
        answer = httpx.post(f"{base}/api/v1/feedback/outcome", json=rows)
        assert answer.status_code == 202, answer.text
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    with served(workspace) as (base, _):
        assert httpx.post(f"{base}/api/v1/feedback/outcome", json=rows).json()["unchanged"] == 20
        found = json.loads(retinue("outcomes", "collect", "--now", "2026-01-06", "--json", cwd=workspace))
        assert found["reported"] == {"loaded": 20, "corrected": 0, "unchanged": 0, "quarantined": 0}
        assert httpx.get(f"{base}/healthz").json()["status"] == "ok"
    store = Store(workspace / ".retinue" / "store.sqlite")
    assert inbox.counts(store) == {"received": 20, "waiting": 0}
    store.close()


def test_decisions_at_the_button_follow_the_run_and_replay(workspace: Path) -> None:
    assert facts_of(workspace).shared.carried["basis"] == "observed"
    answers: dict[str, dict[str, Any]] = {}
    with served(workspace) as (base, _), httpx.Client(base_url=base) as client:
        for customer in customers(workspace):
            found = client.post("/api/v1/cancel/offer", json={"token": token(customer)})
            assert found.status_code == 200
            answers[customer] = found.json()
        retinue("stop", "--reason", "prices are wrong", cwd=workspace)
        again = client.post("/api/v1/cancel/offer", json={"token": token(customers(workspace)[0])}).json()
        assert again["answer"] == "none"
        retinue("resume", cwd=workspace)
    kinds = {answer["answer"] for answer in answers.values()}
    assert kinds == {"offer", "none"}
    chosen = [
        [answer["occasion"] for _, answer in sorted(answers.items()) if answer["answer"] == kind][:4]
        for kind in kinds
    ]
    with Retinue(workspace) as opened:
        for occasion in [one for part in chosen for one in part]:
            moment = cancel_moments.find(opened.store, occasion)
            assert moment is not None
            result = opened.replay(str(moment.decision_id))
            assert result.same, [str(one) for one in result.differences][:5]


# --- The script in a browser ----------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

DRIVE = """
const log = [], out = () => { document.getElementById("out").textContent = JSON.stringify(log); };
document.addEventListener("securitypolicyviolation", e => {
  log.push("violation " + e.violatedDirective);
  out();
});
window.addEventListener("error", e => { log.push("error " + e.message); out(); });
document.addEventListener("retinue:accepted", () => log.push("accepted"));
const wait = ms => new Promise(done => setTimeout(done, ms));
const until = async found => { for (let n = 0; n < 200 && !found(); n++) await wait(20); };
const host = () => [...document.body.children].find(e => e.shadowRoot);
const root = () => host() && host().shadowRoot;
const texts = () => root() ? [...root().querySelectorAll("button")].map(b => b.textContent) : [];
const press = text => [...root().querySelectorAll("button")].find(b => b.textContent === text).click();
window.addEventListener("load", async () => {
  const button = document.getElementById("cancel");
  button.addEventListener("click", () => log.push("cancelled"));
  button.focus();
  button.click();
  await until(() => root() && root().querySelector("dialog[open]"));
  STEPS
  out();
});
"""
STEPS = {
    "accept": """
      const box = root().querySelector("dialog");
      log.push(box.matches(":modal"), root().getElementById(box.getAttribute("aria-labelledby")).textContent);
      log.push(root().querySelectorAll("input[type=radio]").length, texts());
      root().querySelector("input[value=too_expensive]").click();
      press("Continue to cancel");
      await until(() => texts().length === 3);
      log.push(texts());
      const size = b => { const s = getComputedStyle(b), r = b.getBoundingClientRect();
        return [s.color, s.backgroundColor, s.fontSize, s.fontWeight, s.border, r.width, r.height].join(); };
      log.push(new Set([...root().querySelectorAll("button")].map(size)).size);
      press("Take the offer and stay");
      await until(() => texts().length === 1);
      log.push(texts(), root().querySelector("[role=status]") !== null);
      press("Close");
      log.push(root() === undefined, document.activeElement === button);
    """,
    "none": """
      press("Continue to cancel");
      await until(() => !host());
      await wait(50);
    """,
    "cancel anyway": """
      press("Continue to cancel");
      await until(() => texts().length === 3);
      press("Cancel my subscription");
      await until(() => !host());
      await wait(50);
    """,
    "escape": """
      root().querySelector("dialog").dispatchEvent(new Event("cancel", { cancelable: true }));
      await wait(50);
      log.push(root() === undefined, document.activeElement === button);
    """,
}


class Shop(BaseHTTPRequestHandler):
    """A business's page with a strict policy: no style and no script but its own and the service's."""

    pages: ClassVar[dict[str, tuple[str, str]]] = {}
    policy: ClassVar[str] = ""

    def do_GET(self) -> None:
        kind, text = self.pages.get(self.path, ("text/plain", ""))
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Security-Policy", self.policy)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to try the script in")
def test_the_script_in_a_browser(workspace: Path) -> None:
    assert CHROMIUM is not None
    shop = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{shop.server_port}"

    def visit(service: str, customer: str, steps: str) -> list[Any]:
        tag = f'<script src="{service}/cancel.js" data-token="{token(customer)}"></script>'
        Shop.policy = (
            f"default-src 'none'; script-src 'self' {service}; connect-src {service}; style-src 'none'"
        )
        Shop.pages = {
            "/": (
                "text/html",
                '<!doctype html><html lang="en"><body><button id="cancel" data-retinue-cancel>End</button>'
                f'<p id="out"></p><script src="/drive.js"></script>{tag}</body></html>',
            ),
            "/drive.js": ("text/javascript", DRIVE.replace("STEPS", STEPS[steps])),
        }
        done = subprocess.run(
            [
                str(CHROMIUM),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=20000",
                "--dump-dom",
                f"{here}/",
            ],
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )
        text = done.stdout.split('<p id="out">')[1].split("</p>")[0]
        found: list[Any] = json.loads(text or "[]")
        return found

    with served(workspace, RETINUE_API__CORS_ORIGINS=json.dumps([here])) as (base, _):
        offered, without = [], []
        with httpx.Client(base_url=base) as client:
            for customer in customers(workspace):
                found = client.post("/api/v1/cancel/offer", json={"token": token(customer)}).json()
                (offered if found["answer"] == "offer" else without).append(customer)
        assert visit(base, offered[0], "accept") == [
            True,
            "Before you go",
            7,
            ["Continue to cancel", "Keep my subscription"],
            ["Take the offer and stay", "Cancel my subscription", "Keep my subscription"],
            1,  # all three look the same
            "accepted",
            ["Close"],
            True,
            True,
            True,
        ]
        assert visit(base, offered[1], "cancel anyway") == ["cancelled"]
        assert visit(base, without[0], "none") == ["cancelled"]
        assert visit(base, offered[2], "escape") == [True, True]
    shop.shutdown()
    shop.server_close()
    store = Store(workspace / ".retinue" / "store.sqlite")
    chosen = cancel_moments.summary(store)["choice"]
    assert (chosen["accepted"], chosen["cancelled"], chosen["closed"]) == (1, 2, 1)
    store.close()
