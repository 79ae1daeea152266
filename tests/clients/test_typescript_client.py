"""The client in TypeScript: its types are those of the description, and it works against a real server."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[2] / "dashboard"
NODE, NPM = shutil.which("node"), shutil.which("npm")
BIN = DASHBOARD / "node_modules" / ".bin"
SCRIPT = """
import { answered, connect, pages, Refused } from "./api/client.js";
const api = connect({ url: process.argv[2] });
const path = "/api/v1/customers/{customer_id}/risk";
const risk = (customer_id) => answered(api.GET(path, { params: { path: { customer_id } } }));
let customers = 0;
for await (const page of pages((cursor) =>
  api.GET("/api/v1/customers", { params: { query: { limit: 15, cursor, value_tier: ["Premium"] } } }))) {
  customers += page.customers.length;
}
const stopped = await answered(api.POST("/api/v1/stop", { body: { reason: "try" } }));
await answered(api.POST("/api/v1/resume", { body: { reason: "tried" } }));
const refused = await risk("C1/../C2").catch((error) => error);
console.log(JSON.stringify({
  risk: (await risk("C12345")).risk_assessment.churn_probability,
  customers, stopped: stopped.action, refused: refused instanceof Refused && refused.status,
}));
"""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tools() -> None:
    """What `package-lock.json` names, installed."""
    if NODE is None or NPM is None:
        pytest.skip("Node and npm are not on this machine")
    if not BIN.is_dir():
        done = subprocess.run([NPM, "ci", "--no-progress"], cwd=DASHBOARD, capture_output=True, text=True)
        if done.returncode:  # no registry from here, say
            pytest.skip(f"npm ci does not work: {done.stderr.strip().splitlines()[-1:]}")


@pytest.mark.usefixtures("tools")
def test_its_types_are_those_of_the_description() -> None:
    schema = ("../docs/reference/openapi.json", "-o", "src/api/schema.d.ts")
    run(BIN / "openapi-typescript", *schema, "--check", cwd=DASHBOARD)


@pytest.mark.usefixtures("tools")
def test_what_is_right_has_its_types_what_is_wrong_is_found_and_it_works(served: str, tmp_path: Path) -> None:
    """`tsc` checks all of it, also that what `types.check.ts` says is wrong is wrong; then Node runs it."""
    project = {
        "extends": str(DASHBOARD / "tsconfig.json"),
        "compilerOptions": {
            "noEmit": False,
            "rootDir": str(DASHBOARD / "src"),
            "outDir": str(tmp_path),
            "types": [],
        },
        "include": [str(DASHBOARD / "src" / "api")],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(project))
    run(BIN / "tsc", "--project", tmp_path, cwd=DASHBOARD)
    (tmp_path / "node_modules").symlink_to(DASHBOARD / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "try.js").write_text(SCRIPT)
    found = json.loads(run(str(NODE), "try.js", served, cwd=tmp_path))
    assert found == {"risk": 0.78, "customers": 20, "stopped": "stop", "refused": 404}


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (DASHBOARD / "package-lock.json").read_text(encoding="utf-8")
