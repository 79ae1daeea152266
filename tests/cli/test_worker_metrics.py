"""A worker shows its metrics where it is told to, and nowhere else."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from retinue.telemetry.metrics import Meter, Sample
from retinue.telemetry.metrics.serving import serving


def test_a_worker_shows_what_it_counts_and_what_the_store_says(tmp_path: Path) -> None:
    (tmp_path / "retinue.toml").write_text("", encoding="utf-8")
    command = [sys.executable, "-m", "retinue", "worker", "-w", str(tmp_path), "--metrics-port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)/metrics", worker.stderr.readline())
            assert found is not None
            with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/metrics", timeout=10) as answer:
                text = answer.read().decode()
            assert "retinue_up 1.0" in text
            assert "# TYPE retinue_job_seconds histogram" in text
        finally:
            worker.terminate()
            assert worker.wait(20) == 0


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    (tmp_path / "retinue.toml").write_text("", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "retinue", "worker", "-w", str(tmp_path), "--metrics-port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "--metrics-port" in done.stderr


def test_only_metrics_are_served() -> None:
    with serving(Meter(lambda: [Sample("retinue_up", 1)]), host="127.0.0.1", port=0) as port:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics?x=1", timeout=5) as answer:
            assert b"retinue_up 1.0" in answer.read()
