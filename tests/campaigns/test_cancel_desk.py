"""What a customer at the cancel button is answered: the guards, the lot, the money, the choice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.campaigns.button import NOW, RISK, Button

from retinue.campaigns.cancel_moment.facts import Facts
from retinue.decisions import Thresholds
from retinue.decisions.receipt import read_receipt
from retinue.decisions.tables import RuleSet, default_rules
from retinue.decisions.withheld import bit
from retinue.errors import RequestError
from retinue.store import cancel_moments
from retinue.store.accounts import naive
from retinue.store.consents import Word, say
from retinue.store.deliveries import Draft
from retinue.store.ledger import Grant, left_of
from retinue.store.outbox import draft_in
from retinue.store.stops import resume, stop

Made = Callable[..., Button]


@pytest.fixture
def button(tmp_path: Path) -> Iterator[Made]:
    made: list[Button] = []

    def make(**options: Any) -> Button:
        made.append(Button(tmp_path / str(len(made)), **options))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def taken(b: Button) -> int:
    """Cents of the month that are taken."""
    left = left_of(b.store, b.now, Grant(month_cents=1_000_000)).month_cents
    assert left is not None
    return 1_000_000 - left


def test_the_probability_is_that_of_the_button_and_not_the_daily_score(button: Made) -> None:
    b = button()
    moment = b.ask(b.treated()[0])
    assert moment.answer == "offer"
    assert moment.receipt is not None
    body = read_receipt(moment.receipt).body
    assert body["assessment"]["churn_probability"] == RISK
    assert body["assessment"]["risk_level"] == "HIGH"
    assert body["run"]["terms"]["occasion"]["basis"] == "observed"
    assert body["run"]["terms"]["occasion"]["features_as_of"] == "2026-02-14T00:00:00Z"
    assert body["decision"]["action_type"] == "auto_execute"


def test_there_is_no_later_day_to_watch_for(button: Made) -> None:
    b = button(risk=0.5)  # a run would watch such a customer
    assert b.ask(b.treated()[0]).answer == "offer"
    below = button(risk=0.4)
    assert below.ask(below.treated()[0]).rule == "not_targeted"


def test_rules_of_the_business_hold_here_too(button: Made) -> None:
    content = json.loads(json.dumps(default_rules(Thresholds()).content))
    table = content["nodes"][1]["content"]
    table["inputs"].append({"id": "segment", "field": "segment", "name": "Segment"})
    ours = {"_id": "a", "segment": '"steady"', "route": '"manual_review"', "rule": '"by_hand"'}
    table["rules"].insert(0, ours)
    b = button(rules=RuleSet(content, 5))
    moment = b.ask(b.treated()[0])
    assert (moment.answer, moment.rule) == ("none", "by_hand")


def test_the_answer_is_on_record_before_it_is_given(button: Made) -> None:
    b = button()
    moment = b.ask(b.treated()[0], "nonce-fixed")
    kept = cancel_moments.find(b.store, moment.occasion_id)
    assert kept == moment
    assert cancel_moments.find_receipt(b.store, str(moment.decision_id)) == moment.receipt


def test_held_out_customers_get_none_and_their_chances_are_on_record(button: Made) -> None:
    b = button()
    assert b.held_out()
    for customer in b.held_out():
        moment = b.ask(customer)
        assert (moment.answer, moment.rule) == ("none", "held_out")
        assert moment.receipt is not None
        policy = read_receipt(moment.receipt).body["policy"]
        assert policy["held_out"] is True
        assert policy["propensities"]["none"] == pytest.approx(0.1)
        assert sum(policy["propensities"].values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "reason", ["objected", "under_offer", "contact_cap", "lifetime_cap", "cancel_clicks"]
)
def test_what_the_run_withheld_is_withheld_here(button: Made, reason: str) -> None:
    b = button(withheld={"C00007": bit(reason)})
    moment = b.ask("C00007")
    assert (moment.answer, moment.rule) == ("none", reason)


def test_a_stop_holds_at_once_also_for_what_was_answered_before(button: Made) -> None:
    b = button()
    first, second = b.treated()[:2]
    assert b.ask(first, "nonce-first").answer == "offer"
    stop(b.store, who="ada", clock=NOW)
    assert b.ask(first, "nonce-first").answer == "none"
    stopped = b.ask(second, "nonce-second")
    assert (stopped.answer, stopped.rule) == ("none", "stopped")
    with pytest.raises(RequestError) as refused:
        b.desk.choose(b.token(first, "nonce-first"), "accepted", reason=None, now=b.now)
    assert refused.value.status == 409
    b.desk.choose(b.token(second, "nonce-second"), "cancelled", reason=None, now=b.now)
    resume(b.store, who="ada", clock=NOW)
    assert b.ask(first, "nonce-first").answer == "offer"


def test_an_objection_since_the_run_is_heeded(button: Made) -> None:
    b = button()
    customer = b.treated()[0]
    moment = naive(b.now - timedelta(minutes=1))
    say(b.store, [Word("w1", customer, "any", "marketing", False, moment, moment)])
    assert b.ask(customer).rule == "objected"


def test_an_offer_sent_since_the_run_is_the_customers_offer(button: Made) -> None:
    b = button()
    customer = b.treated()[0]
    with b.store.transaction() as session:
        draft_in(
            session,
            [
                Draft(
                    delivery_id="dec_9/email",
                    decision_id="dec_9",
                    campaign_id="CAMP_2026_02_14_001",
                    customer_id=customer,
                    channel="email",
                    kind="message",
                    purpose="retention",
                    planned_cents=100,
                    planned_at=naive(b.now),
                    due_at=naive(b.now),
                    expires_at=naive(b.now + timedelta(days=3)),
                )
            ],
            clock=b.now,
        )
    assert b.ask(customer).rule == "under_offer"


def test_asking_again_gets_the_same_answer_and_no_other_draw(button: Made) -> None:
    b = button(incentives={"exploration": 0.5})
    for customer in b.treated()[:15]:
        first = b.ask(customer)
        again = [b.ask(customer, days=day) for day in (0.1, 5, 29)]
        assert {(m.answer, m.decision_id, str(m.offer)) for m in again} == {
            (first.answer, first.decision_id, str(first.offer))
        }
        assert {m.repeats for m in again} == {first.occasion_id}


def test_after_that_time_the_offers_of_a_year_are_used_up(button: Made) -> None:
    b = button(cancel={"same_answer_days": 10, "facts_days": 1000})
    customer = b.treated()[0]
    assert b.ask(customer).answer == "offer"
    assert b.ask(customer, days=20).rule == "lifetime_cap"


def test_whoever_clicks_to_be_paid_is_known_at_once(button: Made) -> None:
    day = 86_400.0
    earlier = NOW.timestamp() - 200 * day
    b = button(
        requests={name: [(earlier, earlier, True, False)] for name in ("C00001", "C00002", "C00003")},
        cancel={"same_answer_days": 0, "offers_per_year": 99, "facts_days": 1000},
        incentives={"offer_gap_days": 0},
        holdout={"share": 0.0},
    )
    # one request taken back before; now one that is paid for
    b.desk.choose(b.token("C00001", "nonce-click"), "cancelled", reason=None, now=b.now)
    first = b.token("C00002", "nonce-click")
    assert b.desk.answer(first, reason=None, now=b.now).answer == "offer"
    b.desk.choose(first, "accepted", reason=None, now=b.now)
    assert b.ask("C00001", days=40).answer == "offer", "whoever went on to cancel was no threat"
    assert b.ask("C00002", days=40).rule == "cancel_clicks"
    assert b.ask("C00003", days=40).answer == "offer", "one request taken back is not enough"


def test_the_same_occasion_in_two_windows_is_decided_once(button: Made) -> None:
    b = button()
    customer = b.treated()[0]
    found: list[str] = []

    def ask(number: int) -> None:
        token = b.token(customer, f"nonce-thread-{number % 2}")
        found.append(str(b.desk.answer(token, reason=None, now=b.now).decision_id))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_an_offer_takes_money_and_a_no_gives_it_back(button: Made) -> None:
    b = button()
    customer = b.treated()[0]
    token = b.token(customer, "nonce-money")
    offer = b.desk.answer(token, reason=None, now=b.now).offer
    assert offer is not None
    cents = round(offer["cost"] * 100)
    assert taken(b) == cents > 0
    b.desk.choose(token, "closed", reason=None, now=b.now)
    assert taken(b) == 0
    assert b.ask(customer, days=1).answer == "offer"
    assert taken(b) == cents
    b.desk.choose(token, "accepted", reason=None, now=b.now)
    assert taken(b) == cents


def test_an_offer_whose_money_went_elsewhere_meanwhile_is_not_taken(button: Made) -> None:
    b = button(budget={"per_month": "20.00"})
    first, second = b.treated()[:2]
    token = b.token(first, "nonce-first")
    assert b.desk.answer(token, reason=None, now=b.now).answer == "offer"
    b.desk.choose(token, "closed", reason=None, now=b.now)
    assert b.ask(second).answer == "offer"
    with pytest.raises(RequestError) as refused:
        b.desk.choose(token, "accepted", reason=None, now=b.now)
    assert (refused.value.status, "20" in refused.value.what) == (409, False)
    assert cancel_moments.accepted(b.store) == []
    assert b.ask(first, days=0.5).rule == "budget"


def test_who_takes_the_offer_and_cancels_all_the_same_gives_its_money_back(button: Made) -> None:
    b = button()
    token = b.token(b.treated()[0], "nonce-after")
    b.desk.answer(token, reason=None, now=b.now)
    b.desk.choose(token, "accepted", reason=None, now=b.now)
    assert taken(b) > 0
    b.desk.choose(token, "cancelled", reason=None, now=b.now)
    assert taken(b) == 0
    assert cancel_moments.accepted(b.store) == []


def test_an_objection_also_hides_what_was_shown_on_an_earlier_occasion(button: Made) -> None:
    b = button()
    customer = b.treated()[0]
    assert b.ask(customer).answer == "offer"
    moment = naive(b.now + timedelta(minutes=1))
    say(b.store, [Word("w1", customer, "any", "retention", False, moment, moment)])
    assert b.ask(customer, days=1).rule == "objected"


def test_without_money_in_the_month_there_is_no_offer(button: Made) -> None:
    b = button(budget={"per_month": "1.00"})
    moment = b.ask(b.treated()[0])
    assert (moment.answer, moment.rule) == ("none", "budget")
    assert moment.receipt is not None
    assert read_receipt(moment.receipt).body["policy"]["propensities"]["none"] == pytest.approx(1.0)


def test_an_offer_must_earn_what_the_run_budget_was_worth(button: Made) -> None:
    dear = {"limited": True, "binding": True, "shadow_price": 500.0, "trial_price": 500.0}
    b = button(ration=dear)
    assert b.ask(b.treated()[0]).rule == "budget"


def test_an_offer_for_a_person_is_not_promised_on_the_spot(button: Made) -> None:
    b = button(clv=9_000.0)
    moment = b.ask(b.treated()[0])
    assert (moment.answer, moment.rule, moment.offer) == ("none", "high_value", None)
    calling = button(clv=9_000.0, cancel={"call_back": True})
    assert calling.ask(calling.treated()[0]).answer == "call"


@pytest.mark.parametrize("why", ["not_active", "no_facts", "old", "damaged"])
def test_without_facts_nobody_is_offered_anything_nor_held_up(button: Made, why: str) -> None:
    b = button()
    customer, days = b.treated()[0], 0.0
    if why == "not_active":
        customer = "stranger"
    elif why == "no_facts":
        b.facts.unlink()
    elif why == "old":
        days = 15.0
    else:
        b.facts.write_bytes(b"no database" * 100)
    moment = b.ask(customer, days=days)
    assert moment.answer == "none"
    assert moment.decision_id is None
    assert moment.rule == ("not_active" if why == "not_active" else "no_facts")
    assert (
        b.desk.choose(
            b.token(customer, "nonce-00001"), "cancelled", reason=None, now=b.now + timedelta(days=days)
        ).choice
        == "cancelled"
    )


def test_a_newer_run_is_found_without_a_restart(button: Made) -> None:
    from retinue.store.runs import finish_run, open_run

    b = button()
    customer = b.treated()[0]
    assert b.ask(customer).answer == "offer"
    record = open_run(b.store, "run-2", as_of=NOW, clock=NOW)
    finish_run(b.store, "run-2", summary={}, clock=NOW)
    assert record.campaign_id != b.facts.parent.name
    assert b.ask(b.treated()[1], days=0.5).rule == "no_facts"


@pytest.mark.parametrize(
    ("before", "then", "works"),
    [
        (None, "accepted", True),
        ("closed", "accepted", True),
        ("declined", "cancelled", True),
        ("accepted", "cancelled", True),
        ("accepted", "declined", False),
        ("cancelled", "accepted", False),
        ("accepted", "accepted", True),
    ],
)
def test_choices(button: Made, before: Any, then: Any, works: bool) -> None:
    b = button()
    token = b.token(b.treated()[0], "nonce-choice")
    b.desk.answer(token, reason=None, now=b.now)
    if before is not None:
        b.desk.choose(token, before, reason="too_expensive", now=b.now)
    if works:
        assert b.desk.choose(token, then, reason=None, now=b.now).choice == then
    else:
        with pytest.raises(RequestError) as refused:
            b.desk.choose(token, then, reason=None, now=b.now)
        assert refused.value.status == 409


def test_nothing_is_accepted_that_was_not_offered(button: Made) -> None:
    b = button()
    token = b.token(b.held_out()[0], "nonce-out")
    with pytest.raises(RequestError) as unknown:
        b.desk.choose(token, "accepted", reason=None, now=b.now)
    assert unknown.value.status == 404
    b.desk.answer(token, reason=None, now=b.now)
    with pytest.raises(RequestError) as refused:
        b.desk.choose(token, "accepted", reason=None, now=b.now)
    assert refused.value.status == 409


def test_whoever_closes_the_window_unasked_and_comes_back_is_answered_then(button: Made) -> None:
    b = button()
    customer = b.treated()[0]
    token = b.token(customer, "nonce-back")
    closed = b.desk.choose(token, "closed", reason="temporary", now=b.now)
    assert (closed.answer, closed.rule) == ("none", "not_asked")
    moment = b.ask(customer, "nonce-back")
    assert (moment.answer, moment.reason) == ("offer", "temporary")
    gone = b.token(b.treated()[1], "nonce-gone")
    b.desk.choose(gone, "cancelled", reason=None, now=b.now)
    assert b.desk.answer(gone, reason=None, now=b.now).answer == "none", "they have cancelled"


def test_an_accepted_offer_is_listed_until_it_is_planned_and_once_only(button: Made) -> None:
    b = button()
    customer = b.treated()[0]
    one, two = b.token(customer, "nonce-one1"), b.token(customer, "nonce-two2")
    for token in (one, two):
        b.desk.answer(token, reason=None, now=b.now)
    for token in (one, two):
        b.desk.choose(token, "accepted", reason=None, now=b.now)
    listed = cancel_moments.accepted(b.store)
    assert [m.customer_id for m in listed] == [customer]
    assert listed[0].offer is not None
    assert listed[0].offer["incentive"]
    with b.store.transaction() as session:
        assert cancel_moments.planned_in(session, listed[0].occasion_id, now=b.now)
        assert not cancel_moments.planned_in(session, listed[0].occasion_id, now=b.now)
    assert cancel_moments.accepted(b.store) == []
    assert b.ask(customer, days=1).rule == "under_offer", "it is theirs already"


def test_exploration_is_drawn_with_the_chances_on_record(button: Made) -> None:
    b = button(incentives={"exploration": 0.5, "exploration_floor": 0.2})
    explored = 0
    for customer in b.treated():
        moment = b.ask(customer)
        assert moment.receipt is not None
        body = read_receipt(moment.receipt).body
        made = body["policy"]["made"] or "none"
        assert body["policy"]["propensities"][made] > 0
        explored += body["policy"]["explored"]
    assert 0 < explored < len(b.treated())


def test_the_file_of_facts_holds_what_was_written(button: Made) -> None:
    b = button(withheld={"C00003": 4}, requests={"C00003": [(1.0, 2.0, True, False)]})
    facts = Facts.read(b.facts)
    assert facts is not None
    known = facts.of("C00003")
    assert known is not None
    assert (known.withheld, known.requests) == (4, [(1.0, 2.0, True, False)])
    assert known.assessment["time_to_churn_days"] is None
    assert facts.of("nobody") is None
    assert msgspec.json.decode(msgspec.json.encode(facts.shared))["run_id"] == "run-1"
    assert Decimal(str(facts.shared.terms["thresholds"]["monitor_up_to"])) == Decimal("0.4")
