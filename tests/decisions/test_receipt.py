"""Receipts: exact, self-contained, found quickly, and showing any later change."""

import copy
import hashlib
import json
import math

import numpy as np
import pandas as pd
import pytest

from retinue.decisions import (
    ReceiptParts,
    find_receipt,
    read_receipt,
    read_receipts,
    receipt_of,
    verify,
    write_receipts,
)
from retinue.decisions.receipt import SECTIONS, candidates_of, frame_of
from retinue.decisions.receipt_file import receipt_ids
from retinue.domain import Receipt
from retinue.errors import ArtefactError


@pytest.fixture
def receipt(make_parts):
    parts = make_parts(20)
    return receipt_of(parts.run(), next(parts.rows()))


def canonical_by_hand(value):
    """The canonical JSON by the standard library (its floats are the same shortest ones in this range)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_hashes_can_be_checked_without_retinue(receipt):
    body = json.loads(json.dumps(receipt.body))
    for name in SECTIONS:
        assert hashlib.sha256(canonical_by_hand(body[name])).hexdigest() == body["sections"][name]
    assert hashlib.sha256(canonical_by_hand(body["sections"])).hexdigest() == receipt.receipt_id


def test_floats_survive_exactly(make_parts):
    parts = make_parts(20)
    awkward = [0.1 + 0.2, 1e-310, 1.7976931348623157e308, -0.0, 5e-324, math.pi, 1e22, 123456789.123456789]
    parts.features["tenure_days"] = (awkward * 3)[:20]
    for row, sections in enumerate(parts.rows()):
        kept = frame_of(read_receipt(json.dumps(receipt_of(parts.run(), sections).body)))
        for name in ("tenure_days", "transaction_amount_365d", "login_count_30d", "mrr"):
            assert kept[name].to_numpy().tobytes() == parts.features[name].iloc[[row]].to_numpy().tobytes()


def test_missing_infinite_and_text_features_come_back(make_parts):
    parts = make_parts(3)
    features = parts.features.assign(
        odd=[math.nan, math.inf, -math.inf],
        plan=pd.Series(["Pro", None, "inf"], dtype="str"),
        count=np.array([1, 2, 3], dtype="int64"),
        flag=[True, False, True],
        maybe=pd.array([1, None, 3], dtype="Int64"),
    )
    parts = ReceiptParts(parts.batch, features, parts.assessments, parts.versions)
    frames = [frame_of(receipt_of(parts.run(), sections)) for sections in parts.rows()]
    again = pd.concat(frames, ignore_index=True)
    pd.testing.assert_frame_equal(again, features, check_dtype=True)


def test_it_holds_everything_that_decided(receipt, make_parts):
    body = receipt.body
    assert set(body) == {*SECTIONS, "sections", "receipt_id"}
    assert body["run"]["versions"]["models"] == {"churn": "a" * 64, "clv": "b" * 64}
    assert body["run"]["terms"]["seed"] == 7
    assert [c["id"] for c in candidates_of(receipt)] == list(make_parts(1).batch.weighed.catalogue.actions)
    assert math.isclose(sum(body["policy"]["propensities"].values()), 1.0)
    assert {"cost", "net", "retention_lift", "confidence", "removed_by"} <= set(body["candidates"][1])
    assert body["reasons"][0]["text"] == "Few logins in 30 days"


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("run", lambda b: b["run"]["terms"]["thresholds"].update(review_clv_above=9e9)),
        ("run", lambda b: b["run"].update(as_of="2026-02-15T00:00:00Z")),
        ("customer", lambda b: b["customer"].update(customer_id="C99999")),
        ("features", lambda b: b["features"].update(tenure_days=1.0)),
        ("assessment", lambda b: b["assessment"].update(clv=1.0)),
        ("reasons", lambda b: b["reasons"][0].update(text="No reason")),
        ("candidates", lambda b: b["candidates"][2].update(cost=0.01)),
        ("policy", lambda b: b["policy"].update(held_out=not b["policy"]["held_out"])),
        ("decision", lambda b: b["decision"].update(rule="budget")),
        ("receipt_id", lambda b: b.update(receipt_id="0" * 64)),
        ("sneaked", lambda b: b.update(sneaked=1)),
        ("run, customer", lambda b: b.update(sections=[])),
    ],
)
def test_any_change_is_named(receipt, section, change):
    body = copy.deepcopy(dict(receipt.body))
    change(body)
    with pytest.raises(ArtefactError, match=f"altered after it was made: {section}"):
        read_receipt(json.dumps(body))


def test_a_change_hidden_behind_its_own_hash_changes_the_id(receipt):
    body = copy.deepcopy(dict(receipt.body))
    body["assessment"]["clv"] = 1.0
    body["sections"]["assessment"] = hashlib.sha256(canonical_by_hand(body["assessment"])).hexdigest()
    with pytest.raises(ArtefactError, match="altered after it was made: receipt_id"):
        read_receipt(body)


def test_an_object_whose_id_differs_from_its_body_is_refused(receipt):
    with pytest.raises(ArtefactError, match="receipt_id"):
        verify(Receipt("0" * 64, receipt.decision_id, receipt.as_of, receipt.body))


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"customer": {}, "run": {}}', b"\xff", "null", '""'])
def test_what_is_no_receipt_is_refused(content):
    with pytest.raises(ArtefactError, match="not a receipt"):
        read_receipt(content)


def test_a_run_keeps_them_in_one_file(make_parts, tmp_path):
    parts = make_parts(50)
    ids = write_receipts(parts, tmp_path / "runs" / "receipts.parquet")
    assert ids == receipt_ids(parts)
    kept = list(read_receipts(tmp_path / "runs" / "receipts.parquet"))
    assert [r.receipt_id for r in kept] == ids
    assert kept[0] == receipt_of(parts.run(), next(parts.rows()))
    first = (tmp_path / "runs" / "receipts.parquet").read_bytes()
    write_receipts(parts, tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.parquet", "runs"]


def test_one_is_found_by_decision_customer_or_id(make_parts, tmp_path):
    parts = make_parts(4_100)  # more than two groups
    path = tmp_path / "receipts.parquet"
    ids = write_receipts(parts, path)
    decision = parts.batch.decisions[4_050]
    for name, by in (
        (decision.decision_id, "decision_id"),
        (decision.customer_id, "customer_id"),
        (ids[4_050], "receipt_id"),
    ):
        assert find_receipt(path, name, by=by).decision_id == decision.decision_id
    with pytest.raises(ArtefactError, match="no receipt with customer_id 'C_'"):
        find_receipt(path, "C_", by="customer_id")


def test_a_file_that_was_altered_or_is_none_is_refused(make_parts, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = make_parts(5)
    path = tmp_path / "receipts.parquet"
    write_receipts(parts, path)
    table = pq.read_table(path)
    swapped = table.set_column(0, "decision_id", pa.array(table["decision_id"].to_pylist()[::-1]))
    pq.write_table(swapped, path)
    with pytest.raises(ArtefactError, match="belongs to another decision"):
        find_receipt(path, parts.batch.decisions[0].decision_id, by="decision_id")
    pq.write_table(table.replace_schema_metadata(None), path)
    with pytest.raises(ArtefactError, match="does not hold receipts"):
        list(read_receipts(path))
    path.write_bytes(b"PAR1")
    with pytest.raises(ArtefactError, match="cannot be read"):
        list(read_receipts(path))
    with pytest.raises(ArtefactError, match="cannot be read"):
        find_receipt(tmp_path / "absent", "x", by="receipt_id")


def test_a_write_that_fails_leaves_nothing_behind(make_parts, tmp_path):
    parts = make_parts(5)
    broken = ReceiptParts(parts.batch, parts.features.iloc[:2], parts.assessments, parts.versions)
    with pytest.raises(ValueError, match="longer than argument 1"):
        write_receipts(broken, tmp_path / "receipts.parquet")
    assert list(tmp_path.iterdir()) == []


def test_nobody_at_risk_is_an_empty_file(make_parts, tmp_path):
    parts = make_parts(3)
    empty = ReceiptParts(
        type(parts.batch)(
            **{name: getattr(parts.batch, name) for name in parts.batch.__slots__} | {"decisions": ()}
        ),
        parts.features.iloc[:0],
        parts.assessments.iloc[:0],
        parts.versions,
    )
    assert write_receipts(empty, tmp_path / "none.parquet") == []
    assert list(read_receipts(tmp_path / "none.parquet")) == []


def test_a_frame_without_features_is_kept_too(make_parts):
    parts = make_parts(2)
    bare = ReceiptParts(parts.batch, parts.features[["customer_id"]], parts.assessments, parts.versions)
    assert [sections["features"] for sections in bare.rows()] == [{}, {}]
