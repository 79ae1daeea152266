"""The harness must tell the truth about a process before anybody may believe its ratios."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.harness import Contender, Failed, Result, Unequal, Usage, compare, measure, render, row_of

BUSY = """
import time
until = time.process_time() + {seconds}
while time.process_time() < until:
    pass
"""
GROWING = "block = bytearray({megabytes} * 1_000_000); block[::4096] = b'x' * len(block[::4096])"


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def test_a_busy_child_uses_cpu() -> None:
    used = measure(python(BUSY.format(seconds=0.5)))
    assert 0.45 <= used.cpu_seconds <= 1.0
    assert used.wall_seconds >= 0.45


def test_a_sleeping_child_uses_wall_time_only() -> None:
    used = measure(python("import time; time.sleep(0.5)"))
    assert used.cpu_seconds < 0.25
    assert used.wall_seconds >= 0.5


def test_work_of_a_grandchild_counts() -> None:
    busy = BUSY.format(seconds=0.5)
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-S', '-c', {busy!r}])"
    assert measure(python(nested)).cpu_seconds >= 0.45


def test_peak_memory_is_seen_although_it_was_given_back() -> None:
    modest = measure(python("pass")).peak_bytes
    used = measure(python(GROWING.format(megabytes=200) + "; del block"))
    assert 195e6 <= used.peak_bytes - modest <= 230e6


def test_memory_of_the_measuring_process_does_not_count() -> None:
    ballast = np.ones(40_000_000)  # 320 MB, resident in this process
    assert measure(python("pass")).peak_bytes < 60e6
    assert ballast[-1] == 1


def test_a_failing_command_is_an_error_with_its_last_words() -> None:
    with pytest.raises(Failed, match="no such luck"):
        measure(python("raise SystemExit('no such luck')"))


def test_a_killed_command_is_an_error() -> None:
    with pytest.raises(Failed, match="137"):
        measure(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))


def test_contenders_take_turns(tmp_path: Path) -> None:
    order = tmp_path / "order"
    contenders = [
        Contender(name, python(f"open({str(order)!r}, 'a').write('{name}')")) for name in ("A", "B")
    ]
    checks: list[int] = []
    results = compare(contenders, repeats=3, check=lambda: checks.append(1))
    assert order.read_text() == "ABABABAB", "one warm-up round and three measured ones, alternating"
    assert [len(result.runs) for result in results] == [3, 3]
    assert len(checks) == 2


def test_unequal_outputs_are_never_timed(tmp_path: Path) -> None:
    one, two, log = tmp_path / "one", tmp_path / "two", tmp_path / "log"
    writing = "open({path!r}, 'w').write({text!r}); open({log!r}, 'a').write('.')"
    contenders = [
        Contender(path.name, python(writing.format(path=str(path), text=text, log=str(log))))
        for path, text in ((one, "1.0"), (two, "1.1"))
    ]

    def check() -> None:
        if one.read_text() != two.read_text():
            raise Unequal("one says 1.0 and two says 1.1")

    with pytest.raises(Unequal, match=r"1\.1"):
        compare(contenders, repeats=5, check=check)
    assert log.read_text() == "..", "it stops after the first round"


def test_outputs_that_come_apart_later_are_noticed(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    drifting = Contender("drifting", python(f"open({str(counter)!r}, 'a').write('.')"))

    def check() -> None:
        if len(counter.read_text()) > 2:
            raise Unequal("it drifted")

    with pytest.raises(Unequal):
        compare([drifting], repeats=3, check=check)


def test_each_run_is_prepared(tmp_path: Path) -> None:
    state = tmp_path / "state"
    contender = Contender(
        "once", python(f"open({str(state)!r}, 'x')"), prepare=lambda: state.unlink(missing_ok=True)
    )
    assert len(compare([contender], repeats=2, check=lambda: None)[0].runs) == 2


def test_rows_are_medians_spreads_and_ratios() -> None:
    ours = Result(
        "ours", [Usage(1.0, 2.0, 100_000_000), Usage(9.0, 3.0, 300_000_000), Usage(2.0, 2.5, 200_000_000)]
    )
    peer = Result("peer", [Usage(4.0, 5.0, 400_000_000)])
    row = row_of(ours, peer)
    assert row["cpu_seconds"] == {"median": 2.0, "low": 1.0, "high": 9.0}
    assert (row["cpu_ratio"], row["wall_ratio"], row["memory_ratio"]) == (0.5, 0.5, 0.5)
    table = render([row, row_of(peer, peer)], "peer")
    assert "| ours | 2.00 (1.00–9.00) | 0.50 | 2.50 (2.00–3.00) | 0.50 | 200 | 0.50 |" in table


def test_nothing_to_repeat_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        compare([], repeats=0, check=lambda: None)
