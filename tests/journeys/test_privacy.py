"""A person's data from the first load to a restored backup: kept sealed, given out, explained, erased."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from retinue import Retinue, faults
from retinue.api.main import create_app
from retinue.decisions import read_receipts
from retinue.errors import ArtefactError, NotFoundError
from retinue.outcomes.costs import costs
from retinue.privacy.letters import as_html, as_pdf, as_text
from retinue.privacy.places import FILES, STORE, WAREHOUSE
from retinue.runs.privacy import Privacy
from retinue.runs.privacy.access import archive, collect
from retinue.runs.privacy.certificates import verify_certificate
from retinue.runs.privacy.erasing import erase, preview
from retinue.runs.privacy.letters import letter
from retinue.runs.privacy.opening import told
from retinue.runs.privacy.replaying import replay
from retinue.settings import load_settings
from retinue.store import inbox
from retinue.store.audit.reading import search
from retinue.store.base import declared
from retinue.testing.doubles import start

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
CAMPAIGN = "CAMP_2026_01_01_001"
CANARIES = ("Zebediah Quillfeather", "zeb.canary@example.org", "+4930765432100")
SETTINGS = """
[project]
name = "Small shop"
[decisions]
act_above = 0.15
monitor_up_to = 0.25
[incentives]
caution = 0.0
[delivery]
mode = "live"
messages = ["hook"]
quiet_from = "00:00"
quiet_until = "00:00"
[privacy]
contact = "privacy@shop.example"
[channels.hook]
kind = "webhook"
url = "{url}"
secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
allow_private = true
"""


def opened(folder: Path) -> Retinue:
    return Retinue(folder, clock=NOW)


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, undisturbed: tuple[Path, dict[str, Any]]
) -> Iterator[tuple[Path, str]]:
    """The undisturbed run with a campaign that went out to a customer with an address; and that customer."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(undisturbed[0] / ".retinue", folder / ".retinue")
    actions = json.loads((folder / f".retinue/runs/{CAMPAIGN}/campaign.json").read_bytes())["actions"]
    mine = [a["customer_id"] for a in actions if a["action_type"] == "auto_execute"]
    with start("provider", mode="honour-keys") as provider:
        (folder / "retinue.toml").write_text(SETTINGS.format(url=provider.url))
        (folder / "contacts.csv").write_text(
            "customer_id,name,email,phone\n"
            + "".join(
                f"{c},{CANARIES[0] if c == mine[0] else 'Somebody Else'},"
                f"{CANARIES[1] if c == mine[0] else 'other@example.org'},"
                f"{CANARIES[2] if c == mine[0] else ''}\n"
                for c in mine[:3]
            )
        )
        with opened(folder) as retinue:
            from retinue.ingest.contacts import load_contacts

            campaigns = retinue.campaigns()
            load_contacts(retinue.store, folder / "contacts.csv", clock=NOW)
            plan = campaigns.plan(CAMPAIGN, who="ada")
            campaigns.approve(CAMPAIGN, plan.plan_sha256 or "", who="bob")
            campaigns.start(CAMPAIGN, who="bob")
            sender = campaigns.sender("test", clock=lambda: NOW)
            sender.pump(limit=100)
            campaigns.close()
        (folder / "contacts.csv").unlink()
        yield folder, mine[0]


@pytest.fixture
def copy(shop: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    """The same, to be changed."""
    folder = tmp_path / "shop"
    shutil.copytree(shop[0], folder)
    return folder, shop[1]


def service(folder: Path) -> TestClient:
    app = create_app(load_settings(folder), clock=lambda: NOW)
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1))


def hits(folder: Path, *words: str) -> list[str]:
    """Files in which a word stands, in any of the forms that databases and JSON have."""
    forms = [form for word in words for form in (word.encode(), word.encode("utf-16-le"))]
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    )


def test_addresses_stand_nowhere_in_the_clear(
    shop: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, customer = shop
    client = service(folder)
    with client:
        seen = [
            client.get(path).text
            for path in (
                f"/api/v1/customers/{customer}",
                f"/api/v1/customers/{customer}/risk",
                f"/api/v1/deliveries?customer_id={customer}",
                f"/api/v1/customers/{customer}/explanation",
                "/api/v1/exports/customers",
                "/metrics",
                "/api/v1/customers/nobody",
            )
        ]
    with opened(folder) as retinue:
        retinue.audit_export(tmp_path / "trail.jsonl")
    assert hits(folder, *CANARIES) == hits(tmp_path, *CANARIES) == []
    printed = capsys.readouterr()
    for text in (*seen, printed.out, printed.err):
        assert not any(canary in text for canary in CANARIES)


def test_the_copy_has_everything_and_says_where_it_looked(shop: tuple[Path, str]) -> None:
    folder, customer = shop
    with opened(folder) as retinue:
        told(retinue, "ada", "copy of everything", customer)
        found = collect(retinue, customer, personal=True)
        hidden = collect(retinue, customer, personal=False)
        packed = archive(retinue, customer, found)
        assert packed == archive(retinue, customer, found)
        assert search(retinue.store, action="personal.read", object_id=customer)
        counted = _counted(retinue, customer)
    assert found["unknown_files"] == []
    places = {row["place"] for row in found["places"]}
    assert {f"warehouse table {name}" for name in WAREHOUSE} <= places
    assert {f"store table {name}" for name in STORE} <= places
    assert {f"file {kind}" for kind in FILES} <= places
    assert all("found" in row or row["nothing_because"] for row in found["places"])
    # Counted by another way: every column called customer_id of either database.
    assert counted == {name: len(found[name.split()[0]][name.split()[1]]) for name in counted}
    assert found["store"]["contacts"][0]["sealed"]["email"] == CANARIES[1]
    assert CANARIES[1] not in json.dumps(hidden)
    with zipfile.ZipFile(io.BytesIO(packed)) as archived:
        rows = list(csv.DictReader(io.StringIO(archived.read("csv/warehouse/events.csv").decode())))
        letters = [name for name in archived.namelist() if name.startswith("letters/")]
        assert json.loads(archived.read("everything.json")) == found
    assert len(rows) == len(found["warehouse"]["events"]) > 0
    assert len(letters) == 1


def _counted(retinue: Retinue, customer: str) -> dict[str, int]:
    raw, found = retinue.warehouse.engine.raw, {}
    tables = raw.execute(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'customer_id'"
    ).fetchall()
    for (name,) in tables:
        many = raw.execute(f'SELECT count(*) FROM "{name}" WHERE customer_id = ?', [customer]).fetchone()[0]
        found[f"warehouse {name}"] = many
    with closing(sqlite3.connect(retinue.settings.state / "store.sqlite")) as connection:
        for name, table in declared().metadata.tables.items():
            if "customer_id" in table.columns:
                query = f"SELECT count(*) FROM {name} WHERE customer_id = ?"
                found[f"store {name}"] = connection.execute(query, [customer]).fetchone()[0]
    return found


def test_every_decision_is_explained_and_the_same_letter_has_the_same_bytes(shop: tuple[Path, str]) -> None:
    _explained(shop[0], 12)


@pytest.mark.slow
def test_a_thousand_letters_have_the_same_bytes_again(shop: tuple[Path, str]) -> None:
    _explained(shop[0], 1_000)


def _explained(folder: Path, most: int) -> None:
    receipts = list(read_receipts(folder / f".retinue/runs/{CAMPAIGN}/receipts.parquet"))
    rules = {receipt.body["decision"]["rule"]: receipt for receipt in receipts}
    held = next(r for r in receipts if r.body["policy"]["held_out"])
    chosen = {r.decision_id: r for r in [*rules.values(), held, *receipts]}
    names = list(chosen)[:most]
    with opened(folder) as retinue:
        first = {name: letter(retinue, name)[1] for name in names}
    with Retinue(folder, clock=LATER) as retinue:
        again = {name: letter(retinue, name)[1] for name in names}
        quiet = (
            next(
                row["customer_id"]
                for row in retinue.score(NOW.replace(hour=0)).to_dict("records")
                if row["churn_probability"] < 0.15
            )
            if most < 100
            else None
        )
        if quiet is not None:
            assert "was below the threshold" in as_text(letter(retinue, quiet)[1])
    for name in names:
        text, body = as_text(first[name]), chosen[name].body
        assert as_html(first[name]) == as_html(again[name])
        assert as_pdf(first[name]) == as_pdf(again[name])
        assert f"{body['assessment']['churn_probability']:.0%}" in text
        assert all(reason["text"][1:] in text for reason in body["reasons"])
        assert "would have been" in text or "No single fact" in text
        assert "privacy@shop.example" in text
        if body["policy"]["held_out"]:
            assert "You are one of them." in text


def test_an_objector_is_not_profiled_any_more(copy: tuple[Path, str]) -> None:
    import pandas as pd

    folder, customer = copy
    with opened(folder) as retinue:
        _, done = Privacy(retinue, who="dpo").object(customer)
        assert done.words == 2
        # A run of a past date is made today: what was said since counts.
        stages = retinue.stages(NOW.replace(hour=0))
        assert customer in stages.left_out
        states = pd.read_parquet(stages.profiles().path("states.parquet")).set_index("customer_id")["state"]
        assert states[customer] == "objected"
        assert customer not in stages.active(stages.profiles())
    client = service(folder)
    with client:
        answer = client.get(f"/api/v1/customers/{customer}/risk")
    assert answer.status_code == 404
    assert "objected" in answer.json()["detail"]


@pytest.mark.slow
def test_no_model_is_trained_on_an_objector(copy: tuple[Path, str]) -> None:
    import pandas as pd

    folder, customer = copy
    with opened(folder) as retinue:
        Privacy(retinue, who="dpo").object(customer)
        stages = retinue.stages(NOW.replace(hour=0))
        labels = pd.read_parquet(stages.training().path("labels.parquet"))
    assert len(labels) > 0
    assert customer not in set(labels["customer_id"])


def _sums(retinue: Retinue) -> dict[str, Any]:
    report = retinue.outcomes_report(LATER)
    run = json.loads((retinue.settings.state / f"runs/{CAMPAIGN}/run.json").read_bytes())
    with closing(sqlite3.connect(retinue.settings.state / f"runs/{CAMPAIGN}/customers.sqlite")) as connection:
        cohort = connection.execute(
            "SELECT segment, count(*), round(sum(clv), 2), round(sum(revenue_at_risk), 2) FROM customers "
            "GROUP BY segment ORDER BY segment"
        ).fetchall()
    return {
        "arms": _rounded([asdict(arm) for arm in report.arms]),
        "incentives": _rounded([asdict(row) for row in report.incentives]),
        "saved": _rounded(report.saved.as_dict()),
        "costs": [row.as_dict() for row in costs(retinue.store, currency="EUR")],
        "summary": run["summary"],
        "tiers": run["tiers"],
        "segments": run["segments"],
        "cohort": cohort,
    }


def _effect(retinue: Retinue) -> tuple[float, float]:
    """The measured effect on retention, and the width of its interval."""
    found = retinue.outcomes_report(LATER).contrast()
    assert found is not None
    assert found.estimate is not None
    return found.estimate.value, found.estimate.high - found.estimate.low


def _rounded(value: Any) -> Any:
    """To the hundredth of a cent: the order in which floats are added is not part of a sum."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def test_the_erased_are_nowhere_sums_stay_and_a_backup_brings_nobody_back(copy: tuple[Path, str]) -> None:
    folder, customer = copy
    backup = folder.parent / "backup"
    shutil.copytree(folder, backup)
    safe = folder.parent / "erasures.jsonl"
    # What a killed process leaves of a file that it wrote, and what the customer still waits for.
    run = folder / ".retinue/runs" / CAMPAIGN
    shutil.copy(run / "customers.sqlite", run / ".customers.sqlite.4194305.draft")
    with opened(folder) as retinue:
        desk = Privacy(retinue, who="dpo")
        waiting = [desk.take_in("access", customer), desk.review(customer, says="It is about me.")]
        before, effect = _sums(retinue), _effect(retinue)
        planned = preview(retinue, customer)
        certificate = erase(retinue, customer, who="dpo", reason="letter of 1 January")
        assert _sums(retinue) == before
        # The split of an estimate follows the order of names: it may move, far within what it is sure of.
        assert abs(_effect(retinue)[0] - effect[0]) < 0.05 * effect[1]
        assert {row["place"] for row in certificate["places"]} >= {
            row["place"] for row in planned["places"] if not row["place"].startswith("store audit")
        } - {"store suppressed", "store privacy_requests"}
        verify_certificate(certificate, key=retinue.store.checkpoints.public_key())
        with pytest.raises(ArtefactError, match="another key"):
            verify_certificate(certificate, key="00" * 32)
        with pytest.raises(ArtefactError):
            verify_certificate({**certificate, "erased_at": "2025-01-01T00:00:00Z"})
        assert {desk.show(one.request_id).state for one in waiting} == {"refused"}
        assert retinue.audit_verify().whole
        with pytest.raises(NotFoundError):
            erase(retinue, customer, who="dpo")
        with pytest.raises(NotFoundError):
            letter(retinue, customer)
    text = json.dumps(certificate)
    assert customer not in text
    assert not any(canary in text for canary in CANARIES)
    assert hits(folder, *CANARIES) == []
    # The id itself stays in the audit trail alone.
    assert {name for name in hits(folder, customer) if "store.sqlite" not in name} == set()
    with closing(sqlite3.connect(folder / ".retinue/store.sqlite")) as connection:
        for name in declared().metadata.tables:
            rows = connection.execute(f"SELECT * FROM {name}").fetchall()
            assert name == "audit" or not any(customer in str(row) for row in rows), name
    shutil.copy(folder / ".retinue/privacy/erasures.jsonl", safe)

    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    with opened(folder) as retinue:
        found = replay(retinue, who="dpo", other=safe)
        assert (found["new"], len(found["erased_again"])) == (1, 1)
        assert replay(retinue, who="dpo")["erased_again"] == []
        assert retinue.audit_verify().whole
        with retinue.store.transaction() as session:
            told = {"customer_id": customer, "retained": True, "observed_at": "2025-12-30T00:00:00+00:00"}
            inbox.keep(session, [told], now=NOW)
        assert retinue.outcomes_collect().quarantined["erased"] == 1
        assert inbox.counts(retinue.store)["received"] == 0
    assert hits(folder, *CANARIES) == []
    assert {name for name in hits(folder, customer) if "store.sqlite" not in name} == set()


POINTS = (
    "store_erased",
    *(pytest.param(p, marks=pytest.mark.slow) for p in ("listed", "warehouse_erased", "files_erased")),
)


@pytest.mark.parametrize("point", POINTS)
def test_cut_short_an_erasure_is_finished_by_a_second_call(
    copy: tuple[Path, str], point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, customer = copy
    faults._reached.clear()
    monkeypatch.setenv("RETINUE_FAULT", f"privacy.{point}:1:raise")
    with opened(folder) as retinue, pytest.raises(RuntimeError, match="fault injected"):
        erase(retinue, customer, who="dpo")
    monkeypatch.delenv("RETINUE_FAULT")
    with opened(folder) as retinue:
        certificate = erase(retinue, customer, who="dpo")
        verify_certificate(certificate)
        assert retinue.audit_verify().whole
    counts = {row["place"]: row["rows_before"] for row in certificate["places"]}
    assert counts["store contacts"] == 1
    assert counts["warehouse customers"] >= 1
    assert hits(folder, *CANARIES) == []
    assert {name for name in hits(folder, customer) if "store.sqlite" not in name} == set()
