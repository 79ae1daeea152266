"""The concept pages say what the code does: every rule, reason, offer and prior."""

from pathlib import Path

import pytest

from retinue.decisions import RULES
from retinue.decisions.removed import REMOVED
from retinue.decisions.tables.cells import read_cell
from retinue.decisions.tables.document import OUTPUTS
from retinue.decisions.tables.facts import FACTS
from retinue.domain import ActionType
from retinue.incentives.catalogue import DEFAULT

CONCEPTS = Path(__file__).parents[2] / "docs" / "concepts"


def test_the_table_of_rules_has_every_rule_in_order():
    text = (CONCEPTS / "decisions.md").read_text()
    rows = [
        line
        for line in text.splitlines()
        if line.startswith(tuple(f"| {i} |" for i in range(1, len(RULES) + 1)))
    ]
    assert [row.split("`")[1] for row in rows] == [rule.name for rule in RULES]
    for rule, row in zip(RULES, rows, strict=True):
        assert f"`{rule.action.value}`" in row


def test_every_reason_for_removal_is_explained():
    text = (CONCEPTS / "decisions.md").read_text()
    assert [name for name in REMOVED if name and f"`{name}`" not in text] == []


@pytest.mark.parametrize("offer", DEFAULT, ids=lambda offer: offer.id)
def test_every_offer_and_prior_is_stated(offer):
    text = (CONCEPTS / "incentives.md").read_text()
    assert offer.type in text
    assert f"| {offer.lift_mean:.2f} | {offer.lift_sd:.2f} |" in text


def test_every_fact_output_and_guard_of_rules_is_explained():
    text = (CONCEPTS / "rules.md").read_text()
    rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    assert [name for name in (*FACTS, *OUTPUTS) if f"`{name}`" not in rows] == []
    for action in ActionType:
        assert f'`"{action.value}"`' in rows


@pytest.mark.parametrize(
    ("condition", "kind"),
    [("> 5000", "number"), ("(0.4..0.6]", "number"), ("< 100, > 900", "number"), ('"DE", "AT"', "text")],
)
def test_the_conditions_shown_are_compiled(condition, kind):
    assert f"`{condition}`" in (CONCEPTS / "rules.md").read_text()
    assert read_cell(condition, kind) is not None
