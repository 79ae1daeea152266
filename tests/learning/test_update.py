"""The nightly update: from observations to a model, anew each time."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from retinue.incentives import Catalogue
from retinue.incentives.response import Learned
from retinue.learning import learn

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CUSTOMERS = pd.DataFrame({"attribute_channel": ["web", "shop"] * 50, "tenure_days": np.arange(100.0)})


def observations(n=3_000, seed=1, kept=0.6):
    """Only the web's customers can be kept."""
    rng = np.random.default_rng(seed)
    actions = np.array(Catalogue.default().actions)
    channel = rng.choice(["web", "shop"], n)
    action = actions[rng.integers(0, len(actions), n)]
    risk = rng.uniform(0.3, 0.9, n)
    share = np.where((action != "none") & (channel == "web"), kept, 0.0)
    return pd.DataFrame(
        {
            "decision_id": [f"D{i}" for i in range(n)],
            "customer_id": [f"C{i}" for i in range(n)],
            "decided_at": pd.Timestamp(2026, 1, 1),
            "incentive": action,
            "risk": risk,
            "held_out": False,
            "under_offer": False,
            "sent": True,
            "exposure": 1.0,
            "left": rng.random(n) < risk * (1 - share),
            "attribute_channel": channel,
            "tenure_days": rng.uniform(0, 100, n),
        }
    )


def taught(seen, **changes):
    return learn(seen, Catalogue.default(), CUSTOMERS, as_of=NOW, drift=changes.pop("drift", 0.5))


def test_it_finds_who_can_be_kept_and_tells_what_from():
    found = taught(observations())
    model = found.learned.response
    effect = dict(zip(model.context, model.mean[model.kept], strict=True))
    assert effect["attribute_channel=web"] - effect["attribute_channel=shop"] > 1.0
    assert found.facts["observations"] == 3_000
    assert found.facts["without_offer"] + sum(o["tried"] for o in found.facts["offers"]) == 3_000
    assert all(o["low"] < o["kept"] < o["high"] for o in found.facts["offers"])


def test_the_same_log_gives_the_same_bytes_in_any_order():
    seen = observations(500)
    again = seen.sample(frac=1.0, random_state=3).sort_values("decision_id", ignore_index=True)
    first = seen.sort_values("decision_id", ignore_index=True)
    assert taught(first).learned.to_bytes() == taught(again).learned.to_bytes()
    assert Learned.from_bytes(taught(seen).learned.to_bytes()).response.learned_from == 500


def test_an_offer_that_is_no_longer_made_is_left_out():
    seen = observations(400)
    seen.loc[:9, "incentive"] = "old_offer"
    assert taught(seen).facts["left_out"] == 10


def test_without_observations_it_is_the_catalogue():
    found = taught(observations().iloc[:0])
    assert found.facts["observations"] == 0
    assert [o["kept"] for o in found.facts["offers"]] == pytest.approx(
        [o["believed_before"] for o in found.facts["offers"]]
    )


def test_old_evidence_says_less_about_today():
    seen = observations(2_000)
    seen["decided_at"] -= pd.Timedelta(days=400)
    still, moving = (taught(seen, drift=drift).facts["offers"] for drift in (0.0, 1.0))
    for before, after in zip(still, moving, strict=True):
        assert after["high"] - after["low"] > before["high"] - before["low"]
