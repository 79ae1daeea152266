"""Rules of the business: decision tables that people read and change.

In:  a document of rules (GoRules' JSON Decision Model), facts of customers and offers.
Out: for each customer and offer the rule that holds: its route, urgency and weight.

Rules stand behind the guards: they say what happens to an offer that may be made, and can keep one back.

>>> from retinue.decisions.rules import Thresholds
>>> rules = default_rules(Thresholds())
>>> rules.words["high_value"], rules.title
('A customer of this value is decided on by a person.', 'the built-in rules')
"""

from __future__ import annotations

from retinue.decisions.tables.check import Checked, check_rules
from retinue.decisions.tables.default import default_rules
from retinue.decisions.tables.document import RuleSet
from retinue.decisions.tables.facts import FACTS

__all__ = ["FACTS", "Checked", "RuleSet", "check_rules", "default_rules"]
