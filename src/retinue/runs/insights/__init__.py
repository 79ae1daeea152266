"""What a finished run leaves of the data and of its model, for a service that may not open the warehouse.

In:  the warehouse and the stages of a run.
Out: `insights.json` (loads, freshness, quarantine by reason, what the model looks at) and `quarantine.sqlite`
     (the rows set aside), beside the run's receipts.
"""

from __future__ import annotations

from retinue.runs.insights.leaving import INSIGHTS, leave_insights
from retinue.runs.insights.set_aside import QUARANTINE, SetAside

__all__ = ["INSIGHTS", "QUARANTINE", "SetAside", "leave_insights"]
