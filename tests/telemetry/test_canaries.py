"""A customer's data put in at one end come out in no log, trace or metric at the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.campaigns.witness import Business, Witness, action

from retinue.channels import Refused
from retinue.telemetry.metrics import Meter, counting
from retinue.telemetry.tracing import traced

EMAIL, PHONE, IBAN = "ada.canary@example.com", "+49 170 7654321", "DE89 3704 0044 0532 0130 00"


def bare(text: str) -> str:
    """Without what could part a number."""
    return text.replace(" ", "").replace("-", "")


def test_a_channel_that_breaks_or_refuses_is_told_without_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = Witness()
    witness.plan = [
        ("before", ValueError(f"no mailbox of {EMAIL}")),
        ("before", Refused(f"{EMAIL} ({PHONE}) is not known here")),
        ("", None),
    ]
    business = Business(tmp_path, [witness])
    business.start(*(action(n) for n in (1, 2, 3)))
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    meter = Meter()
    with traced(provider), counting(meter):
        business.sender("w").pump()
    business.store.close()
    said, shown = capsys.readouterr().err, meter.shown()[0].decode()
    spans = "\n".join(span.to_json() for span in exporter.get_finished_spans())
    assert said.count("delivery not sent") == 2
    for outcome in ("unknown", "failed", "sent"):
        assert f'retinue_channel_call_seconds_count{{channel="email",outcome="{outcome}"}} 1.0' in shown
        assert f'"retinue.outcome": "{outcome}"' in spans
    for canary in (EMAIL, PHONE, "c1@", '"C1"', "customer_id=C1"):
        assert bare(canary) not in bare(said + spans + shown)


def test_rows_that_cannot_be_read_are_logged_without_what_they_hold(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "customers.csv").write_text(
        "customer_id,account_created_date,email,phone\n"
        f"C1,2025-01-01T00:00:00Z,{EMAIL},{PHONE}\n"
        f"C2,{EMAIL},{EMAIL},{PHONE}\n"
        f"{EMAIL},{IBAN},{EMAIL},{PHONE}\n",
        encoding="utf-8",
    )
    (data / "transactions.csv").write_text(
        "transaction_id,customer_id,date,amount\n"
        f"T1,C1,2025-02-01T00:00:00Z,{PHONE}\nT2,{EMAIL},{IBAN},12.50\n",
        encoding="utf-8",
    )
    (tmp_path / "retinue.toml").write_text("", encoding="utf-8")
    command = [sys.executable, "-m", "retinue", "load", "--data", str(data), "-w", str(tmp_path)]
    for level in ("json", "debug"):
        environment = {**os.environ, "RETINUE_LOG": level}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        lines = [line for line in done.stderr.splitlines() if line.startswith("{")]
        assert all(json.loads(line)["service.name"] == "retinue" for line in lines)
        assert "quarantined" in done.stdout
        for canary in (EMAIL, PHONE, IBAN):
            assert bare(canary) not in bare(done.stderr + done.stdout)
