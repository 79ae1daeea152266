"""Documents of rules as tests write them: a list of rows instead of a graph."""

import json

import numpy as np
import pytest

from retinue.decisions import Thresholds
from retinue.decisions.tables import RuleSet, default_rules


def graph(rows, inputs=("churn_probability", "clv", "cost", "offer", "value_tier", "country", "subscribed")):
    """One table of routes; a row is a mapping of facts to conditions and of outputs to cells."""
    outputs = ["route", "rule", "suppress", "urgency", "priority_factor"]
    content = json.loads(json.dumps(default_rules(Thresholds()).content))
    node = content["nodes"][1]
    node["content"] |= {
        "inputs": [{"id": name, "field": name, "name": name} for name in inputs],
        "outputs": [{"id": f"out_{name}", "field": name, "name": name} for name in outputs],
        "rules": [
            {
                "_id": str(number),
                "_description": row.get("words", f"Row {number}."),
                **{name: row.get(name, "") for name in inputs},
                **{f"out_{name}": row.get(name, "") for name in outputs},
            }
            for number, row in enumerate(rows, 1)
        ],
    }
    content["nodes"] = [n for n in content["nodes"] if n["id"] != "urgency"]
    content["edges"] = [e for e in content["edges"] if "urgency" not in e["id"]]
    return content


def rule_set(*rows, number=1):
    """Rules of those rows, in force as a version."""
    return RuleSet(graph(rows), number)


@pytest.fixture(name="graph")
def graph_():
    return graph


@pytest.fixture(name="rule_set")
def rule_set_():
    return rule_set


@pytest.fixture
def default():
    """The built-in rules as JSON that a test may change."""
    return json.loads(json.dumps(default_rules(Thresholds()).content))


def column(values):
    """Facts as an array of n x 1."""
    if all(isinstance(v, bool) for v in values):
        return np.array(values)[:, None]
    if any(isinstance(v, str) for v in values) or all(v is None for v in values):
        found = np.empty((len(values), 1), dtype=object)
        found[:, 0] = values
        return found
    return np.array([np.nan if v is None else v for v in values], dtype=float)[:, None]
