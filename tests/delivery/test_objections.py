"""A customer objects while a worker sends: nothing more goes to them, and others get theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.delivery.harness import SECRET, Trial

from retinue.campaigns.objecting import objection
from retinue.store.deliveries import list_deliveries
from retinue.testing.doubles import Running

SETTINGS = """
[delivery]
mode = "live"
messages = ["hook"]
at_once = 1
per_minute = 6
quiet_from = "00:00"
quiet_until = "00:00"
[channels.hook]
kind = "webhook"
url = "{url}"
secrets = ["{secret}"]
allow_private = true
[schedule.run]
enabled = false
"""


@pytest.mark.slow
def test_a_running_worker_heeds_objections_within_a_minute(careful: Running, tmp_path: Path) -> None:
    """The worker may send six a minute: of twelve customers, those still waiting object but for two."""
    (tmp_path / "retinue.toml").write_text(SETTINGS.format(url=careful.url, secret=SECRET))
    state = tmp_path / ".retinue"
    trial = Trial(state, careful.url, True, "objecting", 12, 0)
    trial.step("plan")
    trial.step("start")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "retinue", "worker", "-w", str(tmp_path)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as worker:
        try:
            _until(lambda: len(_mine(careful)) >= 6, 60)
            b = trial.business()
            waiting = [d.customer_id for d in list_deliveries(b.store, states=("queued",))]
            objectors, patient = waiting[:-2], waiting[-2:]
            assert objectors
            began = time.monotonic()
            under_way = [
                one
                for customer in objectors
                for one in objection(b.store, customer, who="dpo", clock=datetime.now(UTC)).under_way
            ]
            assert time.monotonic() - began < 60
            _until(lambda: sum(c in _mine(careful) for c in patient) == 2, 100)
            for customer in objectors:
                (delivery,) = list_deliveries(b.store, customer_id=customer)
                allowed = "sent" if delivery.delivery_id in under_way else "cancelled"
                assert delivery.state == allowed
                assert (customer in _mine(careful)) == (allowed == "sent")
            b.store.close()
        finally:
            worker.terminate()
            assert worker.wait(30) == 0


def _mine(running: Running) -> set[str]:
    """Customers to whom something was sent."""
    return {
        f"C_objecting_{n}"
        for n in range(12)
        for effect in running.effects()
        if f'"C_objecting_{n}"' in str(effect).replace("'", '"')
    }


def _until(done, seconds: float) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)
