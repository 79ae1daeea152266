"""The loop over some weeks: decide, act, see what became of them, learn, decide again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from retinue import Retinue
from retinue.simulation import World
from retinue.simulation.parameters import Parameters

FIRST = datetime(2025, 11, 1, tzinfo=UTC)
SETTINGS = {
    "decisions": {"act_above": 0.15, "monitor_up_to": 0.15},
    "churn": {"training_dates": 4},
    "incentives": {"exploration": 0.3, "offer_gap_days": 90},
}


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """Three runs, four weeks apart; the second's outcomes are loaded as a file, twice."""
    folder = tmp_path_factory.mktemp("loop")
    world = World(1_500, years=1.5, seed=5, end=FIRST, dirt=0.0, laws=Parameters(pilot_waves=0))
    world.write(folder / "0")
    data, runs = folder / "0", []
    for number in range(3):
        with Retinue(folder / "w", overrides=SETTINGS, clock=world.now) as retinue:
            result = retinue.run(world.now, data=data)
            learned = retinue.stages(world.now).learn().facts
            on_record = retinue.warehouse.engine.connection.table("interventions").to_pyarrow().to_pylist()
        offers = {
            a["customer_id"]: a["incentive_id"]
            for a in result.campaign["actions"]
            if a["recommended_incentive"]
        }
        runs.append((world.now, result, learned, on_record, offers))
        step = world.step(offers, until=world.now + timedelta(days=28))
        data = folder / str(number + 1)
        step.write(data)
    return folder, world, runs


@pytest.mark.slow
def test_it_starts_from_the_catalogue_and_learns(weeks):
    _, _, runs = weeks
    first, second, third = (learned for _, _, learned, _, _ in runs)
    assert first["learned"]
    assert first["observations"] == 0
    assert 0 < second["observations"] < third["observations"]
    tried = [sum(offer["tried"] for offer in facts["offers"]) for facts in (first, second, third)]
    assert tried[0] == 0
    assert 0 < tried[1] <= tried[2]
    moved = [offer["kept"] - offer["believed_before"] for offer in third["offers"]]
    assert any(abs(change) > 1e-6 for change in moved)


@pytest.mark.slow
def test_what_was_decided_is_on_record_with_its_probabilities(weeks):
    _, _, runs = weeks
    _, result, _, on_record, offers = runs[0]
    actions = {a["decision_id"]: a for a in result.campaign["actions"]}
    assert on_record
    for row in on_record:
        action = actions[row["decision_id"]]
        assert row["incentive"] == action["incentive_id"]
        assert json.loads(row["propensities"]) == action["propensities"]
        assert row["propensity"] == action["propensities"][row["incentive"]] > 0
        assert action["action_type"] != "manual_review"
        assert action["clv"] <= 5_000  # in every arm, the held out too: above it a person decides
    sent = {r["customer_id"] for r in on_record if r["incentive"] != "none"}
    assert sent <= set(offers)


@pytest.mark.slow
def test_nobody_gets_one_offer_after_another(weeks):
    _, _, runs = weeks
    automatic = [
        {
            a["customer_id"]
            for a in result.campaign["actions"]
            if a["recommended_incentive"] and a["action_type"] == "auto_execute"
        }
        for _, result, _, _, _ in runs
    ]
    assert automatic[0]
    assert not automatic[0] & (automatic[1] | automatic[2])
    again = [a for a in runs[1][1].campaign["actions"] if a["customer_id"] in automatic[0]]
    assert all(a["rule"] in ("under_offer", "monitor_band") for a in again)


@pytest.mark.slow
def test_a_repeated_run_is_the_same_and_records_nothing_new(weeks):
    folder, _, runs = weeks
    for moment, result, _, _, _ in runs:
        with Retinue(folder / "w", overrides=SETTINGS, clock=moment) as retinue:
            before = retinue.warehouse.count("interventions")
            again = retinue.run(moment)
            assert again.campaign_bytes == result.campaign_bytes
            assert retinue.warehouse.count("interventions") == before


@pytest.mark.slow
def test_every_decision_replays_with_what_had_been_learned(weeks):
    folder, _, runs = weeks
    moment, result, _, _, _ = runs[2]
    with Retinue(folder / "w", overrides=SETTINGS, clock=moment) as retinue:
        for action in result.campaign["actions"][:12]:
            replayed = retinue.replay(action["decision_id"])
            assert replayed.same, replayed.differences


@pytest.mark.slow
def test_an_outcome_told_twice_is_told_once(weeks, tmp_path):
    folder, world, runs = weeks
    _, result, _, _, _ = runs[2]
    told = tmp_path / "outcomes.csv"
    lines = ["outcome_id,decision_id,customer_id,retained,observed_at"]
    for number, action in enumerate(result.campaign["actions"][:8]):
        left = number % 2 == 0
        lines.append(
            f"O{number},{action['decision_id']},{action['customer_id']},{str(not left).lower()},"
            f"{world.now:%Y-%m-%d %H:%M:%S}"
        )
    told.write_text("\n".join(lines) + "\n")
    later = world.now + timedelta(days=1)
    learned = []
    for _ in range(2):
        with Retinue(folder / "w", overrides=SETTINGS, clock=later) as retinue:
            retinue.outcomes_load(told)
            learned.append(retinue.stages(later).learn().path("response.model").read_bytes())
    assert learned[0] == learned[1]


@pytest.mark.slow
def test_each_action_says_how_the_customer_would_respond(weeks):
    folder, _, runs = weeks
    moment, result, _, _, _ = runs[2]
    actions, counts = result.campaign["actions"], result.summary["response_labels"]
    labelled = [a for a in actions if a["response_label"] is not None]
    assert sum(counts.values()) == len(labelled) > 0
    for name, count in counts.items():
        assert count == sum(a["response_label"] == name for a in labelled)
    for action in labelled:
        assert 0.25 <= action["response_probability"] <= 1
        assert action["incentive_id"] in ("none", action["response_offer"])
    first = labelled[0]
    with Retinue(folder / "w", overrides=SETTINGS, clock=moment) as retinue:
        story = retinue.explain(first["decision_id"])
    assert "Response to a " in story
    assert f"{first['response_probability']:.0%}" in story.split("Response to a ")[1].splitlines()[0]


@pytest.mark.slow
def test_what_was_learned_and_earned_is_seen(weeks):
    folder, _, runs = weeks
    moment, result, learned, _, _ = runs[2]
    assert runs[0][1].report.earned is None
    assert result.report.earned["arms"]
    page = (result.folder / "report.html").read_text()
    assert "Nothing can be measured yet" in (runs[0][1].folder / "report.html").read_text()
    assert "What we believe about the offers" in page
    assert "When will we know?" in page
    with Retinue(folder / "w", overrides=SETTINGS, clock=moment) as retinue:
        found = retinue.incentives_report(moment)
        again = retinue.last_run(moment)
    assert again.report.earned == result.report.earned
    rows = found.frame().set_index("id")
    for offer in learned["offers"]:
        assert rows.loc[offer["id"], "kept"] == offer["kept"]
        assert rows.loc[offer["id"], "tried"] == offer["tried"]
    assert rows["best"].between(0, 1).all()
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["outcomes"] == result.report.earned
