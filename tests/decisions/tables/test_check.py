"""What people write wrong, each with its place, the reason and the way out."""

import json

import pytest
from tests.decisions.tables.conftest import graph

from retinue.decisions.tables import check_rules

LAST = {"route": '"auto_execute"', "rule": '"rest"'}
NAMES = {"offer": {"fixed_credit"}, "value_tier": {"Basic", "Premium"}}


def cell(fact, text):
    """A table whose first row has one condition."""
    return graph([{fact: text, "route": '"manual_review"', "rule": '"first"'}, LAST])


def gives(**cells):
    return graph([{"clv": "> 10", "route": '"monitor"', "rule": '"first"', **cells}, LAST])


def changed(path, value, content=None):
    """The table with one thing of the document set."""
    body = content or cell("clv", "> 10")
    at = body
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return body


TABLE = ("nodes", 1, "content")
MISTAKES = [
    # what, content, where, why, fix
    ("no JSON", "{", "line 1, column 2", "no JSON", "correct"),
    ("no graph", [], "document", "no graph", "rules init"),
    ("a list missing", {"nodes": []}, "document", "no lists", "rules init"),
    (
        "a program",
        changed(("nodes", 1, "type"), "functionNode"),
        "node Routing",
        "functionNode",
        "decision tables",
    ),
    ("no output", changed(("nodes", 2, "type"), "inputNode"), "document", "one output node", "keep one"),
    (
        "not connected",
        changed(("edges", 1), {"sourceId": "input", "targetId": "output"}),
        "Routing",
        "not connected",
        "edge",
    ),
    ("edge to nowhere", changed(("edges", 0, "targetId"), "gone"), "document", "not there", "remove"),
    ("collects rows", changed((*TABLE, "hitPolicy"), "collect"), "Routing", "hitPolicy", "'first'"),
    ("loops", changed((*TABLE, "executionMode"), "loop"), "Routing", "executionMode", "'single'"),
    ("no rows", changed((*TABLE, "rules"), []), "Routing", "no rows", "add one"),
    (
        "a misspelt fact",
        changed((*TABLE, "inputs", 1, "field"), "clvv"),
        "Routing",
        "no fact 'clvv'",
        "write 'clv'",
    ),
    (
        "a fact left out",
        changed((*TABLE, "inputs", 1, "field"), ""),
        "Routing",
        "names no fact",
        "write 'clv'",
    ),
    (
        "a misspelt output",
        changed((*TABLE, "outputs", 0, "field"), "rout"),
        "Routing",
        "no output 'rout'",
        "'route'",
    ),
    (
        "a cell of no column",
        changed((*TABLE, "rules", 0, "clw"), "> 5"),
        "row 1",
        "no column 'clw'",
        "write 'clv'",
    ),
    ("a number for a cell", changed((*TABLE, "rules", 0, "clv"), 5), "row 1", "no text", '"5"'),
    ("one id twice", changed((*TABLE, "inputs", 1, "id"), "cost"), "Routing", "two columns", "its own"),
    (
        "nothing gives the route",
        changed((*TABLE, "outputs", 0, "field"), "suppress"),
        "document",
        "no table gives the route",
        "route",
    ),
    (
        "rules without names",
        changed((*TABLE, "outputs", 1, "field"), "urgency"),
        "document",
        "does not name",
        "rule",
    ),
    (
        "an unquoted word",
        cell("value_tier", "Premium"),
        "row 1, column value_tier",
        "without quotes",
        'write "Premium"',
    ),
    ("a quoted number", cell("clv", '> "5000"'), "row 1, column clv", "a text", "5000 without quotes"),
    ("a number for a text", cell("country", "49"), "row 1, column country", "a number", 'write "49"'),
    ("thousands", cell("clv", "> 5,000"), "row 1, column clv", "separates", "> 5000"),
    ("per cent", cell("churn_probability", "> 80%"), "churn_probability", "'%'", "0.8"),
    ("per cent in numbers", cell("churn_probability", "> 80"), "row 1", "0 to 1", "correct"),
    ("shouting", cell("clv", "> 5 AND < 9"), "column clv", "small letters", "write and"),
    ("one equals sign", cell("clv", "= 5"), "column clv", "'='", "=="),
    ("turned round", cell("clv", "=> 5"), "column clv", "no comparison", ">="),
    ("ampersands", cell("clv", "> 5 && < 9"), "column clv", "'&'", "and"),
    ("a dash for any", cell("clv", "-"), "column clv", "value", "empty"),
    ("yes", cell("subscribed", "yes"), "column subscribed", "true or false", "true"),
    ("more than a text", cell("country", '> "DE"'), "column country", "no number", "list"),
    ("and after or", cell("clv", "< 5 or > 9 and < 20"), "column clv", "limits", "two rows"),
    ("and after a comma", cell("clv", "5, > 9 and < 20"), "column clv", "limits", "two rows"),
    ("half a condition", cell("clv", "> 5 and"), "column clv", "cannot be read", "concepts/rules.md"),
    ("by chance", cell("clv", "rand(10) > 5"), "column clv", "'rand'", "there are"),
    ("the present", cell("clv", "date('now') > 5"), "column clv", "'date'", "there are"),
    ("another's fact", cell("clv", "$ > age"), "column clv", "no fact 'age'", "there are"),
    ("an offer that is not", cell("offer", '"fixed_credt"'), "column offer", "no offer", "fixed_credit"),
    ("a tier that is not", cell("value_tier", 'in ["Gold"]'), "column value_tier", "no value_tier", "Basic"),
    ("backwards", cell("clv", "[9..5]"), "row 1", "can be so", "correct"),
    ("a contradiction", cell("clv", "> 9 and < 5"), "row 1", "can be so", "correct"),
    ("an unknown route", gives(route='"review"'), "column route", "no route 'review'", '"manual_review"'),
    ("an unquoted route", gives(route="monitor"), "column route", "no plain value", '"monitor"'),
    ("no route", gives(route=""), "column route", "missing", "auto_execute"),
    ("no name", gives(rule=""), "column rule", "no name", "small letters"),
    ("a name with blanks", gives(rule='"My rule"'), "column rule", "cannot be the name", "small letters"),
    ("the name of a guard", gives(rule='"held_out"'), "column rule", "guard", "another name"),
    ("one name twice", gives(rule='"rest"'), "column rule", "2 rows", "its own name"),
    ("unknown urgency", gives(urgency='"high"'), "column urgency", "no urgency", '"HIGH"'),
    ("a factor below 0", gives(priority_factor="-1"), "column priority_factor", "no factor", "1.5"),
    (
        "a computed factor",
        gives(priority_factor="clv / 2"),
        "column priority_factor",
        "plain value",
        "0 to 100",
    ),
    ("suppress in words", gives(suppress='"yes"'), "column suppress", "neither", "true"),
    ("no last row", graph([{"clv": "> 10", **LAST}]), "row 1", "last row", "conditions are all empty"),
    (
        "after the last",
        graph([LAST, {"clv": "> 1", **LAST, "rule": '"late"'}, {**LAST, "rule": '"z"'}]),
        "row 2",
        "never be reached",
        "up",
    ),
    (
        "swallowed",
        graph(
            [
                {"clv": "> 5", **LAST, "rule": '"a"'},
                {"clv": "> 9", "cost": "> 1", **LAST, "rule": '"b"'},
                LAST,
            ]
        ),
        "row 2",
        "never be reached",
        "up",
    ),
    (
        "swallowed by two",
        graph(
            [
                {"clv": "> 5", **LAST, "rule": '"a"'},
                {"clv": "<= 5", "subscribed": "true", **LAST, "rule": '"b"'},
                {"subscribed": "true", **LAST, "rule": '"c"'},
                LAST,
            ]
        ),
        "row 3",
        "never be reached",
        "up",
    ),
]


@pytest.mark.parametrize(
    ("content", "where", "why", "fix"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_is_named(content, where, why, fix):
    checked = check_rules(content if isinstance(content, str) else json.dumps(content), names=NAMES)
    assert checked.rules is None
    told = [(m.where, m.what, m.fix) for m in checked.errors]
    assert [m for m in told if where in m[0] and why in m[1] and fix in m[2]], told


def test_every_mistake_of_a_document_is_told_at_once():
    content = graph([{"clv": "> 5,000", "country": "DE", "route": '"review"', "rule": '"a"'}, LAST])
    where = {m.where for m in check_rules(json.dumps(content)).errors}
    assert where == {f"Routing, row 1, column {name}" for name in ("clv", "country", "route")}


def test_sound_rules_are_handed_back_with_notes_on_what_overlaps(default):
    checked = check_rules(json.dumps(default), monitor_up_to=0.6)
    assert checked.rules is not None
    assert checked.rules.content == default
    notes = [m.in_words() for m in checked.mistakes]
    assert any("rows 1 and 2: both hold for some" in note and "row 1 decides" in note for note in notes)


def test_a_rule_for_customers_who_are_only_watched_is_noted():
    content = graph(
        [{"churn_probability": "[0.45..0.55]", "route": '"auto_execute"', "rule": '"early"'}, LAST]
    )
    notes = check_rules(json.dumps(content), monitor_up_to=0.6).mistakes
    assert any("decisions.monitor_up_to" in m.what for m in notes)
    assert not any(
        "decisions" in m.what for m in check_rules(json.dumps(content), monitor_up_to=0.5).mistakes
    )


def test_a_condition_left_to_the_engine_is_allowed_and_noted():
    checked = check_rules(json.dumps(cell("country", 'startsWith($, "D")')))
    assert checked.rules is not None
    assert any(m.level == "note" and "asked of the engine" in m.what for m in checked.mistakes)


def test_a_document_opened_and_saved_by_an_editor_still_fits(default):
    """Editors move nodes, add a schema and leave settings of their own."""
    for node in default["nodes"]:
        node["position"] = {"x": 1, "y": 2}
    default["nodes"][0]["content"] = {"schema": "{}"}
    default["nodes"][1]["content"]["passThorough"] = False
    default["nodes"][1]["content"]["inputs"][0]["defaultValue"] = ""
    assert check_rules(json.dumps(default)).rules is not None
