"""The page of real logs: halves kept apart, valid intervals, peers named when they are not there."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from benchmarks.bandit import clicks, coupons, measure, ours
from benchmarks.bandit.page import page
from benchmarks.exchange import PeerMissing, ask


@pytest.fixture(scope="module")
def data():
    """Five items, of which the last is clicked far more often."""
    rng = np.random.default_rng(0)
    n, items = 1_500, 5
    item = rng.integers(0, items, n)
    click = (rng.random(n) < np.where(item == 4, 0.30, 0.03)).astype(float)
    position = rng.integers(0, 3, n)
    context = np.column_stack([np.eye(3)[position], rng.integers(0, 2, (n, 2))]).astype(float)
    return clicks.Clicks(
        "men",
        item,
        click,
        position,
        context,
        np.zeros((n, items)),
        np.eye(items),
        np.full((3, items), 1 / items),
        click[:500],
    )


@pytest.fixture(scope="module")
def households(tmp_path_factory):
    """Households of which those that buy more get more campaigns."""
    rng = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("journey")
    start = pd.Timestamp(2017, 1, 1)
    many, rows = 300, 9_000
    zeal = rng.normal(size=many)
    buyer = rng.choice(many, rows, p=np.exp(zeal) / np.exp(zeal).sum())
    bought = pd.DataFrame(
        {
            "household_id": buyer,
            "basket_id": np.arange(rows),
            "product_id": rng.integers(0, 500, rows),
            "sales_value": rng.gamma(2.0, 3.0, rows),
            "retail_disc": rng.random(rows),
            "coupon_disc": np.zeros(rows),
            "transaction_timestamp": start + pd.to_timedelta(rng.integers(0, 150 * 24, rows), unit="h"),
        }
    )
    bought.to_parquet(folder / "transactions_2017h1.parquet")
    days = [5, 60, 90, 120]
    campaigns = pd.DataFrame(
        {
            "campaign_id": [1, 2, 3, 4],
            "campaign_type": ["Type A", "Type A", "Type B", "Type C"],
            "start_date": [start + pd.Timedelta(days=day) for day in days],
        }
    )
    campaigns.to_parquet(folder / "campaign_descriptions.parquet")
    got = [
        (c, h)
        for c in (1, 2, 3, 4)
        for h in range(many)
        if rng.random() < 1 / (1 + np.exp(1 - 1.5 * zeal[h]))
    ]
    mailed = pd.DataFrame(got, columns=["campaign_id", "household_id"])
    mailed.to_parquet(folder / "campaigns.parquet")
    used = mailed[rng.random(len(mailed)) < 0.4].assign(redemption_date=start + pd.Timedelta(days=130))
    used.to_parquet(folder / "coupon_redemptions.parquet")
    return coupons.read(folder)


def test_the_response_model_finds_the_item_that_is_clicked(data):
    centred = data.context - data.context.mean(axis=0)
    chance = ours.items_by_chance(ours.response(data.item, data.click, centred, data.items))
    assert chance.sum() == pytest.approx(1)
    assert chance[4] > 0.95


def test_the_page_tells_apart_what_can_be_told_and_names_who_is_absent(data, households, tmp_path):
    found = measure.measure(data, lambda line: None, python=None, work=tmp_path)
    rows = {row["policy"]: row for row in found["rows"]}
    assert set(found["missing"]) == set(measure.PEERS)
    assert rows[measure.OURS]["over_uniform"][1] > 0
    assert rows[measure.OURS]["gate"]["promote"]
    assert rows["bts, as logged"]["over_ours"][2] < 0
    text = page([found], coupons.measure(households))
    assert "Not measured: MABWiser LinUCB: the peers' environment is not there" in text
    assert f"{measure.OURS} (better)" in text
    assert "## The Complete Journey" in text


def test_a_policy_never_learns_from_the_half_it_is_judged_on(data):
    half = np.arange(len(data.item)) % 2
    seen = []

    def learned(rest, own):
        seen.append((set(half[rest]), set(half[own])))
        return np.full((len(own), data.items), 1 / data.items)

    measure._by_half(half, data.items, learned)
    assert seen == [({1}, {0}), ({0}, {1})]


def test_coupons_are_told_as_of_the_morning_they_were_sent(households):
    # The first campaign has no four weeks before it.
    assert households.campaigns == 3
    before = households.X[:, households.names.index("campaigns before")]
    first = households.X[:, households.names.index("day")] == 60
    assert before[first].max() == 1
    assert households.X[:, households.names.index("redemptions before")].max() == 0
    found = coupons.measure(households)
    assert found["gets"]["auc"][1] > 0.6
    assert 0.7 < found["gets"]["slope"] < 1.3


def test_an_answer_is_kept_and_a_failure_told(tmp_path):
    script = tmp_path / "side.py"
    script.write_text(
        "import sys, numpy as np\n"
        "given = np.load(sys.argv[1])['a']\n"
        "assert given.sum() < 10, 'too much'\n"
        "np.savez(sys.argv[2], twice=2 * given)\n"
    )
    from pathlib import Path

    python = Path(sys.executable)
    work = tmp_path / "kept"
    for _ in range(2):
        answer = ask(script, {"a": np.arange(3)}, python=python, work=work)
        assert answer["twice"].tolist() == [0, 2, 4]
    assert len(list(work.iterdir())) == 1
    with pytest.raises(PeerMissing, match="too much"):
        ask(script, {"a": np.arange(9)}, python=python, work=work)
    with pytest.raises(PeerMissing):
        ask(script, {"a": np.arange(3)}, python=tmp_path / "nobody", work=tmp_path / "other")
