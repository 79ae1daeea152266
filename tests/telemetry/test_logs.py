"""Logs go to stderr, one line each, and are silent unless asked for."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest

from retinue.telemetry import logger, peak_memory_mb, timed

TALK = """
from retinue.telemetry import logger
log = logger("test")
log.debug("debug"); log.info("info", stage="train\\nfake line \\x1b[31m"); log.warning("warning")
print("data")
"""


def talk(level: str | None) -> tuple[str, list[str]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
    if level is not None:
        environment["RETINUE_LOG"] = level
    done = subprocess.run(
        [sys.executable, "-c", TALK], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout, done.stderr.splitlines()


@pytest.mark.parametrize(("level", "count"), [(None, 1), ("info", 2), ("debug", 3), ("json", 2)])
def test_levels_and_streams(level: str | None, count: int) -> None:
    out, lines = talk(level)
    assert out == "data\n"
    assert len(lines) == count
    assert not any("\x1b[31m" in line for line in lines)


def test_json_lines_are_json_and_keep_the_value_readable() -> None:
    _, lines = talk("json")
    first = json.loads(lines[0])
    assert first["message"] == "info"
    assert first["retinue.stage"] == "train\\nfake line \\x1b[31m"
    assert first["@timestamp"].endswith("Z")


def test_a_replaced_stderr_is_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    logger("test").warning("seen here")
    assert "seen here" in capsys.readouterr().err


def test_timing_is_filled_even_when_the_work_fails() -> None:
    with contextlib.suppress(RuntimeError), timed() as timing:
        time.sleep(0.01)
        raise RuntimeError
    assert timing.wall >= 0.01
    assert timing.cpu >= 0


def test_peak_memory_is_in_megabytes() -> None:
    assert 10 < peak_memory_mb() < 100_000


PERSONAL = """
import logging
from retinue.telemetry import bound, logger
log = logger("test")
with bound(request_id="0f8fad5bd9cb469fa16570867728950e", job="drift"):
    log.warning("call to ada@example.com failed", customer_email="ada@example.com", route="/x", seconds=0.25)
try:
    raise ValueError("row: ada@example.com, +49 170 1234567")
except ValueError as error:
    log.error("row failed", exc_info=error)
logging.getLogger("some.library").warning("cannot reach %s", "ada@example.com")
"""


def test_json_lines_carry_what_elastic_and_datadog_read_and_nobodys_data() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
    done = subprocess.run(
        [sys.executable, "-c", PERSONAL],
        env={**environment, "RETINUE_LOG": "json"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    called, failed, foreign = (json.loads(line) for line in done.stderr.splitlines())
    assert "ada" not in done.stderr
    assert "1234567" not in done.stderr
    assert called["message"] == "call to [hidden] failed"
    assert called["log.level"] == called["level"] == "warning"
    assert called["service.name"] == called["dd.service"] == "retinue"
    assert called["http.request.id"] == "0f8fad5bd9cb469fa16570867728950e"
    assert (called["url.template"], called["retinue.job"], called["event.duration"]) == (
        "/x",
        "drift",
        250_000_000,
    )
    assert "http.request.id" not in failed
    assert failed["error.type"] == "ValueError"
    assert failed["error.stack_trace"].startswith("<string>:")
    assert foreign["log.logger"] == "some.library"
    for line in (called, failed, foreign):
        # A name that is a value here and an object there is refused by Elasticsearch.
        names = set(line)
        assert not [n for n in names if any(other.startswith(f"{n}.") for other in names)]
