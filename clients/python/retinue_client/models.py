"""The forms of bodies and answers, written by generate.py from the description of the service. Do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

__all__ = [
    "Accepted",
    "AcceptedOutcome",
    "Action",
    "ActionPage",
    "Answered",
    "Approval",
    "Asked",
    "Assignment",
    "AuditPage",
    "AuditRecordShown",
    "AuditStatus",
    "Batch",
    "BatchAnswer",
    "Bulk",
    "BulkAnswers",
    "Campaign",
    "CampaignPage",
    "CampaignRow",
    "CancelAnswer",
    "CancelChoice",
    "CancelChosen",
    "CancelOffer",
    "CancelRequest",
    "Case",
    "CasePage",
    "Cause",
    "Change",
    "ChangedFeature",
    "Counterfactual",
    "Counts",
    "CurrentRun",
    "Customer",
    "CustomerPage",
    "Dashboard",
    "Delivery",
    "DeliveryPage",
    "DriftFound",
    "DriftPoint",
    "DriftShown",
    "EventTaken",
    "EventsTaken",
    "Experiments",
    "Explanation",
    "FeatureShare",
    "Figures",
    "Foreseen",
    "Funnel",
    "GraphAnswer",
    "GraphFault",
    "GraphQuestion",
    "Health",
    "Importance",
    "ImportancePoint",
    "IncentivePage",
    "JobIn",
    "JobPage",
    "JobShown",
    "Missing",
    "ModelsOfRun",
    "MoveMade",
    "Moved",
    "Offer",
    "Offered",
    "OutcomeIn",
    "Pipeline",
    "Plan",
    "PlanRequest",
    "PlannedAction",
    "Predicted",
    "PredictedMonth",
    "Preview",
    "PrivacyRequest",
    "PrivacyRequests",
    "Problem",
    "Profile",
    "Quality",
    "QualityCheck",
    "QuarantinePage",
    "Question",
    "Ready",
    "Received",
    "Recommendation",
    "Refusal",
    "Rejection",
    "Risk",
    "RiskAssessment",
    "RuleVersion",
    "RuleVersions",
    "Rules",
    "RunPage",
    "RunRow",
    "Running",
    "SampleRemoved",
    "SetAsideCount",
    "SetAsideRow",
    "Settlement",
    "Snooze",
    "SourceTable",
    "Sources",
    "StepDone",
    "Stops",
    "Switch",
    "TableState",
    "Tier",
    "Timeline",
    "TimelineEntry",
    "TrailBreak",
    "TrailVerdict",
    "TrendPoint",
    "Trial",
    "TryRequest",
    "Value",
    "Verdict",
    "WholeCase",
    "WholeDelivery",
    "Why",
]


class Accepted(TypedDict):
    """Outcomes that are on record and will be loaded by the next `retinue outcomes collect`."""

    accepted: int
    outcomes: list[AcceptedOutcome]
    unchanged: int


class AcceptedOutcome(TypedDict):
    """One outcome that is on record; `unchanged`: its newest report says the same."""

    outcome_id: str
    status: Literal["accepted", "unchanged"]


class Action(TypedDict):
    """What a campaign does for one customer."""

    action_type: Literal["auto_execute", "manual_review", "monitor", "no_action"]
    cost: float
    customer_id: str
    decision_id: str
    expected_roi: float
    held_out: bool
    priority_score: float
    rank: int
    recommended_incentive: dict[str, Any] | None
    rule: str
    rule_words: NotRequired[str | None]
    urgency: Literal["HIGH", "MEDIUM", "LOW"]


class ActionPage(TypedDict):
    """A page of actions in the order of their rank."""

    actions: list[Action]
    campaign_id: str
    next: str | None


class Answered(TypedDict):
    """Where a case is now."""

    assigned_to: str | None
    cents: int
    decision_id: str
    first_by: str | None
    offer: dict[str, Any]
    snoozed_until: str | None
    state: Literal["waiting", "approved", "rejected", "expired", "withdrawn"]


class Approval(TypedDict):
    """The approval of one plan, by its hash here or in `If-Match`."""

    plan_sha256: NotRequired[str | None]
    reason: NotRequired[str]


class Asked(TypedDict):
    """What a customer asks for. `reason`: what they say."""

    customer_id: str
    decision_id: NotRequired[str | None]
    kind: Literal["access", "explanation", "objection", "review", "erasure"]
    reason: NotRequired[str]
    received_at: NotRequired[str | None]


class Assignment(TypedDict):
    """Who shall answer."""

    to: str


class AuditPage(TypedDict):
    """A page of records, newest first."""

    next: str | None
    records: list[AuditRecordShown]


class AuditRecordShown(TypedDict):
    """One record of the trail, chained to the one before by its hash."""

    action: str
    actor: str
    at: str
    detail: dict[str, Any]
    hash: str
    kind: str
    number: int
    object: str
    previous: str


class AuditStatus(TypedDict):
    """Where the trail ends, and up to which record a signed checkpoint vouches for it."""

    checkpoint_at: str | None
    covered: int
    head: str | None
    key: str | None
    records: int


class Batch(TypedDict):
    """Customers whose predictions are wanted."""

    customer_ids: list[str]


class BatchAnswer(TypedDict):
    """Predictions in the order asked for; those that cannot be made."""

    as_of: str
    missing: list[Missing]
    predictions: list[Risk]
    run: str


class Bulk(TypedDict):
    """One answer for many cases; `code` with a rejection."""

    answer: Literal["approve", "reject"]
    code: NotRequired[
        Literal["not_now", "wrong_offer", "too_dear", "in_talks", "wrong_facts", "no_contact", "other"] | None
    ]
    decisions: list[str]
    reason: NotRequired[str]


class BulkAnswers(TypedDict):
    """Of each case its new `state`, or why it was `refused`."""

    results: dict[str, dict[str, str]]


class Campaign(TypedDict):
    """A campaign with what it is expected to earn, the totals of its plan, and its history."""

    approved_by: str | None
    as_of: str
    campaign_id: str
    currency: str | None
    deliveries: dict[str, int]
    moves: list[MoveMade]
    plan_sha256: str | None
    run_id: str
    state: Literal["listed", "draft", "planned", "approved", "running", "paused", "finished", "stopped"]
    target_customers: int | None
    total_expected_roi: float | None
    totals: dict[str, Any] | None


class CampaignPage(TypedDict):
    """A page of campaigns, newest first."""

    campaigns: list[CampaignRow]
    next: str | None


class CampaignRow(TypedDict):
    """A campaign in a list."""

    approved_by: str | None
    as_of: str
    campaign_id: str
    deliveries: dict[str, int]
    plan_sha256: str | None
    state: Literal["listed", "draft", "planned", "approved", "running", "paused", "finished", "stopped"]


class CancelAnswer(TypedDict):
    """An offer, a promise that somebody will call, or nothing."""

    answer: Literal["offer", "call", "none"]
    occasion: str
    offer: CancelOffer | None


class CancelChoice(TypedDict):
    """What the customer chose."""

    choice: Literal["accepted", "declined", "cancelled", "closed"]
    reason: NotRequired[str | None]
    token: str


class CancelChosen(TypedDict):
    """The choice as it is on record."""

    choice: Literal["accepted", "declined", "cancelled", "closed"]
    occasion: str


class CancelOffer(TypedDict):
    """What is offered. `text` says it in English."""

    duration_months: int | None
    incentive: str
    text: str
    type: str
    value: float


class CancelRequest(TypedDict):
    """A customer at the cancel button, as their backend vouches for them."""

    reason: NotRequired[str | None]
    token: str


class Case(TypedDict):
    """One case; amounts in cents of the project's currency."""

    answered_at: str | None
    answered_by: str | None
    assigned_to: str | None
    campaign_id: str
    cents: int
    customer_id: str
    decision_id: str
    due_at: str
    escalated: bool
    expected_cents: int
    expires_at: str
    first_by: str | None
    headline: str
    offer: dict[str, Any]
    snoozed_until: str | None
    state: Literal["waiting", "approved", "rejected", "expired", "withdrawn"]
    urgent: bool


class CasePage(TypedDict):
    """A page of cases: urgent ones first, then those that are expected to earn most."""

    next: str | None
    reviews: list[Case]


class Cause(TypedDict):
    """One cause, in log-odds: all of them together are the model's raw score."""

    contribution: float
    feature: str
    text: str
    value: float | None


class Change(TypedDict):
    """Another of the offers that were weighed."""

    offer: str
    reason: NotRequired[str]


class ChangedFeature(TypedDict):
    """One feature made typical; the churn probability with it alone, and with all those before it."""

    alone: float
    feature: str
    label: str
    together: float
    typical: str
    value: str


class Counterfactual(TypedDict):
    """What the model would say if what raises the risk was typical. It is no forecast of an effect."""

    act_above: float
    as_of: str
    changes: list[ChangedFeature]
    churn_probability: float
    customer_id: str
    enough: int | None
    run: str


class Counts(TypedDict):
    """Rows by what became of them."""

    corrected: int
    loaded: int
    quarantined: int
    read: int
    unchanged: int


class CurrentRun(TypedDict):
    """The run that is under way; null where there is none."""

    running: Running | None


class Customer(TypedDict):
    """A customer in a list. Amounts in project currency; without a decision its fields are null."""

    action_type: Literal["auto_execute", "manual_review", "monitor", "no_action"] | None
    churn_probability: float
    clv: float | None
    customer_id: str
    decision_id: str | None
    expected_roi: float | None
    incentive_id: str | None
    priority_score: float | None
    revenue_at_risk: float | None
    rfm_segment: str | None
    risk_level: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
    segment: str | None
    time_to_churn_days: float | None
    urgency: Literal["HIGH", "MEDIUM", "LOW"] | None
    value_tier: str


class CustomerPage(TypedDict):
    """A page of customers; `next` is the cursor of the page after, null on the last one."""

    as_of: str
    customers: list[Customer]
    next: str | None
    run: str


class Dashboard(TypedDict):
    """The four views of the dashboard, from what the newest runs wrote.

    Revenue and effectiveness are measured against the customers who were left alone; where too little is
    known yet they say so in words, and numbers are null.
    """

    as_of: str
    at_risk_pipeline: Pipeline
    campaign_effectiveness: dict[str, Any]
    currency: str
    model_performance: dict[str, Any]
    revenue_impact: dict[str, Any] | None
    run: str
    stopped: bool


class Delivery(TypedDict):
    """One action handed to one channel; amounts in cents of the project's currency."""

    campaign_id: str
    changed_at: str
    channel: str
    cost_cents: int | None
    customer_id: str
    decision_id: str
    delivery_id: str
    due_at: str
    expires_at: str
    kind: str
    planned_cents: int
    reason: str
    reference: str | None
    state: Literal["queued", "sending", "sent", "unknown", "failed", "withheld", "cancelled", "expired"]
    tries: int


class DeliveryPage(TypedDict):
    """A page of deliveries in the order they are due."""

    deliveries: list[Delivery]
    next: str | None


class DriftFound(TypedDict):
    """One comparison of customers with those the model learned from."""

    drifted: bool
    statement: str


class DriftPoint(TypedDict):
    """One comparison of the past."""

    at: str
    drifted: bool | None
    score_psi: float | None
    statement: str


class DriftShown(TypedDict):
    """The newest comparison, and those before it, newest first; null where the job has not run yet."""

    at: str | None
    history: list[DriftPoint]
    newest: DriftFound | None


class EventTaken(TypedDict):
    """What became of one event, in the order sent; `reason` where it was rejected."""

    event_id: str | None
    reason: NotRequired[str | None]
    status: Literal["accepted", "rejected"]


class EventsTaken(TypedDict):
    """Accepted events are on record and will be loaded by the next run, or `retinue outcomes collect`."""

    accepted: int
    events: list[EventTaken]
    rejected: int


class Experiments(TypedDict):
    """What is tested: arms against the customers left alone, when that is known, gates, the roll-out."""

    arms: list[dict[str, Any]]
    as_of: str
    contrasts: list[dict[str, Any]]
    explored: int
    forecast: dict[str, Any] | None
    gates: list[Verdict]
    held_out: int
    holdout_share: float
    looks: list[dict[str, Any]]
    rollout: dict[str, Any] | None
    run: str


class Explanation(TypedDict):
    """The causes of a score, the decision, what was weighed for it, and the whole story in words."""

    as_of: str
    candidates: list[dict[str, Any]]
    causes: list[Cause]
    churn_probability: float
    customer_id: str
    decision_id: str | None
    rule: str | None
    rule_words: str | None
    run: str
    story: str | None


class FeatureShare(TypedDict):
    """A feature and its share of what moves the scores."""

    feature: str
    label: str
    share: float


class Figures(TypedDict):
    """Customers, the share of them predicted to leave, and the share that left."""

    customers: int
    left: float | None
    predicted: float | None


class Foreseen(TypedDict):
    """What would become of one planned action if the campaign was started now."""

    cents: int
    channels: list[str]
    customer_id: str
    decision_id: str
    incentive_id: str
    what: Literal["send", "wait", "review", "not"]
    why: str


class Funnel(TypedDict):
    """How many customers there are, are at risk, and got an offer; of the treated, who stayed."""

    active: int
    at_risk: int
    customers: int
    intervention: int
    retained_share: float | None


class GraphAnswer(TypedDict):
    """The answer, or what of it could be answered; with `errors` for what could not."""

    data: NotRequired[dict[str, Any] | None]
    errors: NotRequired[list[GraphFault] | None]


class GraphFault(TypedDict):
    """One error; `extensions` says what a problem says: `code`, `status`, `title`, `fix` and so on."""

    extensions: dict[str, Any]
    locations: NotRequired[list[dict[str, int]] | None]
    message: str
    path: NotRequired[list[str | int] | None]


class GraphQuestion(TypedDict):
    """A question: the text, which of its operations is meant, and its variables."""

    extensions: NotRequired[dict[str, Any] | None]
    operationName: NotRequired[str | None]
    query: str
    variables: NotRequired[dict[str, Any] | None]


class Health(TypedDict):
    """Whether the service answers, and whether Retinue was stopped; null while the store does not say."""

    status: Literal["ok"]
    stopped: bool | None


class Importance(TypedDict):
    """What the churn model looks at, now and over the runs; not what makes customers leave."""

    as_of: str
    customers: int
    features: list[FeatureShare]
    run: str
    trend: list[ImportancePoint]


class ImportancePoint(TypedDict):
    """One run: feature to its share."""

    as_of: str
    run: str
    shares: dict[str, float]


class IncentivePage(TypedDict):
    """The catalogue with beliefs as of the newest run; without one they are null."""

    as_of: str | None
    currency: str
    incentives: list[Offer]
    run: str | None


class JobIn(TypedDict):
    """Whose predictions are wanted: a list of ids, those of a filter, or all active customers."""

    customer_ids: NotRequired[list[str] | None]
    everybody: NotRequired[Literal[True] | None]
    filter: NotRequired[Question | None]


class JobPage(TypedDict):
    """A page of jobs, newest first."""

    jobs: list[JobShown]
    next: str | None


class JobShown(TypedDict):
    """A job. `expected_at`: when it is expected to be done, at the speed so far; null where nobody knows.

    `expires_at`: when its result is deleted.
    """

    created_at: str
    done: int
    error: str | None
    expected_at: str | None
    expires_at: str | None
    finished_at: str | None
    job_id: str
    missing: int
    owner: str
    run: str
    started_at: str | None
    state: Literal["queued", "running", "done", "failed", "cancelled", "expired"]
    total: int


class Missing(TypedDict):
    """A customer without a prediction, and why: unknown, gone, too_new or objected."""

    customer_id: str
    why: Literal["unknown", "gone", "too_new", "objected"]


class ModelsOfRun(TypedDict):
    """The models of a run, by the hash of their bytes, and how good they are on data they never saw."""

    as_of: str
    churn_statement: str
    evaluation: dict[str, Any]
    kinds: dict[str, Any]
    run: str
    sha256: dict[str, str]


class MoveMade(TypedDict):
    """One change of a campaign's state."""

    at: str
    before: str
    plan_sha256: str | None
    reason: str
    state: str
    who: str


class Moved(TypedDict):
    """Where a campaign is now."""

    approved_by: str | None
    campaign_id: str
    plan_sha256: str | None
    state: Literal["listed", "draft", "planned", "approved", "running", "paused", "finished", "stopped"]


class Offer(TypedDict):
    """An offer of the catalogue, and what is believed of it: which share of leavers it keeps."""

    believed_before: float | None
    duration_months: int | None
    high: float | None
    id: str
    kept: float | None
    low: float | None
    offers_of_run: int
    tried: int | None
    type: str
    value: float


class Offered(TypedDict):
    """An offer: a percentage or an amount, by its type."""

    type: str
    value: int | float


class OutcomeIn(TypedDict):
    """What became of one customer."""

    customer_id: str
    decision_id: NotRequired[str | None]
    observed_at: str
    outcome_id: NotRequired[str | None]
    retained: bool
    revenue: NotRequired[float | str | None]


class Pipeline(TypedDict):
    """Who is at risk, by tier, and how that moves."""

    funnel: Funnel
    segments: list[dict[str, Any]]
    tiers: list[Tier]
    trend: list[TrendPoint]


class Plan(TypedDict):
    """A plan. Its hash is the ETag of this answer, and what an approval names."""

    actions: list[PlannedAction]
    campaign_id: str
    currency: str
    mode: str
    plan_sha256: str
    totals: dict[str, Any]


class PlanRequest(TypedDict):
    """Which finished run's campaign is to be planned; without a name that of the newest run."""

    campaign_id: NotRequired[str | None]


class PlannedAction(TypedDict):
    """Who would get what through which channels; `excluded`: why nothing."""

    cents: int
    channels: list[str]
    customer_id: str
    decision_id: str
    excluded: str | None
    expected_cents: int
    incentive: dict[str, Any]
    route: str


class Predicted(TypedDict):
    """Predictions beside what became of the customers, month by month."""

    as_of: str
    churn_statement: str
    months: list[PredictedMonth]
    run: str


class PredictedMonth(TypedDict):
    """One run of a month whose time is over. `alone`: who got no offer."""

    all: Figures
    alone: Figures
    as_of: str
    month: str
    run: str


class Preview(TypedDict):
    """A campaign as it would go out now; nothing was written and nobody called."""

    actions: list[Foreseen]
    campaign_id: str
    cents: int
    counts: dict[str, int]
    plan_sha256: str | None


class PrivacyRequest(TypedDict):
    """One request. Once a customer is erased, `customer_id` is their token on the erasure list."""

    closed_at: str | None
    customer_id: str
    detail: dict[str, Any]
    due_at: str
    handled_by: str | None
    kind: Literal["access", "explanation", "objection", "review", "erasure"]
    near_due: bool
    received_at: str
    received_by: str
    request_id: str
    result_sha256: str | None
    state: Literal["open", "working", "done", "refused"]
    subject: str | None


class PrivacyRequests(TypedDict):
    """Requests, those that are due first."""

    requests: list[PrivacyRequest]


class Problem(TypedDict):
    """An error (RFC 9457). `code` is explained in the reference of errors."""

    code: str
    detail: str
    errors: NotRequired[list[dict[str, Any]] | None]
    fix: NotRequired[str | None]
    status: int
    title: str
    type: str
    where: NotRequired[str | None]


class Profile(TypedDict):
    """One customer with all that the run left of them."""

    action_type: Literal["auto_execute", "manual_review", "monitor", "no_action"] | None
    as_of: str
    churn_probability: float
    clv: float | None
    clv_high: float | None
    clv_low: float | None
    cost: float | None
    currency: str
    customer_id: str
    decision: dict[str, Any] | None
    decision_id: str | None
    expected_roi: float | None
    held_out: bool | None
    incentive_id: str | None
    mrr: float | None
    p_alive: float | None
    priority_score: float | None
    revenue_at_risk: float | None
    rfm_segment: str | None
    risk_level: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
    run: str
    segment: str | None
    time_to_churn_days: float | None
    urgency: Literal["HIGH", "MEDIUM", "LOW"] | None
    value_tier: str


class Quality(TypedDict):
    """How good the data were at the newest run."""

    as_of: str
    checks: list[QualityCheck]
    run: str
    set_aside: list[SetAsideCount]
    tables: list[TableState]


class QualityCheck(TypedDict):
    """One check; `passed` is null where it cannot be told."""

    check: str
    passed: bool | None
    words: str


class QuarantinePage(TypedDict):
    """A page of rows set aside, in the order of table, file and row."""

    next: str | None
    rows: list[SetAsideRow]
    run: str
    total: int


class Question(TypedDict):
    """Which customers, as in their list; several values of one filter are alternatives."""

    action_type: NotRequired[list[Literal["auto_execute", "manual_review", "monitor", "no_action"]]]
    churn_probability_max: NotRequired[float | None]
    churn_probability_min: NotRequired[float | None]
    clv_max: NotRequired[float | None]
    clv_min: NotRequired[float | None]
    incentive_id: NotRequired[list[str]]
    rfm_segment: NotRequired[list[str]]
    risk_level: NotRequired[list[Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]]]
    segment: NotRequired[list[str]]
    starts: NotRequired[str]
    value_tier: NotRequired[list[str]]


class Ready(TypedDict):
    """That the service can do its work."""

    status: Literal["ready"]


class Received(TypedDict):
    """News of a channel that is on record; `known`: it was there already."""

    known: int
    received: int


class Recommendation(TypedDict):
    """What to do. `expected_roi`: what the offer is expected to earn after its cost."""

    action: Literal["immediate_intervention", "monitor", "no_action"]
    expected_roi: float
    incentive: Offered | None


class Refusal(TypedDict):
    """Why a request is not answered, as the customer was told."""

    reason: str


class Rejection(TypedDict):
    """Why no offer is made; `other` needs a reason in words."""

    code: Literal["not_now", "wrong_offer", "too_dear", "in_talks", "wrong_facts", "no_contact", "other"]
    reason: NotRequired[str]


class Risk(TypedDict):
    """One customer's risk, value and recommendation as of the time of the run that assessed them."""

    customer_id: str
    customer_value: Value
    recommendation: Recommendation
    risk_assessment: RiskAssessment
    timestamp: str


class RiskAssessment(TypedDict):
    """How likely the customer leaves within the horizon, and when."""

    churn_probability: float
    risk_level: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
    time_to_churn_days: int | None


class RuleVersion(TypedDict):
    """One kept version of the rules."""

    in_force: bool
    number: int
    reason: str
    recorded_at: str
    sha256: str
    since: str
    state: str
    who: str


class RuleVersions(TypedDict):
    """Every kept version, newest first; none: the built-in rules decide."""

    versions: list[RuleVersion]


class Rules(TypedDict):
    """Rules as a document in GoRules' JSON Decision Model. The ETag is their hash."""

    document: dict[str, Any]
    number: int
    sha256: str
    title: str


class RunPage(TypedDict):
    """A page of runs, newest first."""

    next: str | None
    runs: list[RunRow]


class RunRow(TypedDict):
    """A finished run."""

    as_of: str
    campaign_id: str
    finished_at: str | None
    run_id: str
    summary: dict[str, Any]


class Running(TypedDict):
    """A run that is under way."""

    as_of: str
    heartbeat: str
    share: float | None
    stage: str | None
    stages_done: list[str]
    started_at: str


class SampleRemoved(TypedDict):
    """The sample data go: the next answer is that of an empty workspace."""

    removed: bool


class SetAsideCount(TypedDict):
    """Rows set aside of one table for one reason."""

    reason: str
    rows: int
    table: str


class SetAsideRow(TypedDict):
    """One row that was set aside; its values stay in the warehouse (`retinue quarantine show`)."""

    column: str | None
    detail: str
    file: str
    quarantine_id: str
    quarantined_at: str
    reason: str
    row: int
    source: str
    table: str


class Settlement(TypedDict):
    """What a person found at the other end."""

    reason: NotRequired[str]
    state: Literal["sent", "failed"]


class Snooze(TypedDict):
    """When to look at it again."""

    until: str


class SourceTable(TypedDict):
    """One source's rows of one table: over all loads, and of the last one."""

    files: int
    last: Counts
    loaded_at: str
    loads: int
    rows: Counts
    source: str
    table: str


class Sources(TypedDict):
    """What was loaded from where, as of the newest run; and what the service was told and has not loaded."""

    as_of: str
    run: str
    sources: list[SourceTable]
    waiting: dict[str, int]


class StepDone(TypedDict):
    """One thing somebody did about a case."""

    at: str
    detail: dict[str, Any]
    number: int
    reason: str
    what: str
    who: str


class Stops(TypedDict):
    """Whether Retinue is stopped, and every stop and resumption, newest first."""

    stopped: bool
    switches: list[Switch]


class Switch(TypedDict):
    """One stop or resumption."""

    action: Literal["stop", "resume"]
    at: str
    number: int
    reason: str
    who: str


class TableState(TypedDict):
    """One table: its rows, when the newest of them happened, when it was learned, and its age in hours."""

    age_hours: float | None
    learned: str | None
    newest: str | None
    rows: int
    table: str


class Tier(TypedDict):
    """A value tier of the newest run."""

    at_risk: int
    customers: int
    revenue_at_risk: float
    tier: str
    value: float


class Timeline(TypedDict):
    """A page of what happened, newest first; `next` is the cursor of the page after, null on the last one."""

    customer_id: str
    entries: list[TimelineEntry]
    next: str | None


class TimelineEntry(TypedDict):
    """One thing that happened. `detail` has what is known besides, by kind."""

    at: str
    campaign_id: str | None
    channel: str | None
    decision_id: str | None
    delivery_id: str | None
    detail: dict[str, Any]
    kind: Literal[
        "assessed",
        "cancel_choice",
        "cancel_request",
        "consent",
        "decided",
        "delivery",
        "outcome",
        "response",
        "review",
        "review_asked",
    ]
    what: str


class TrailBreak(TypedDict):
    """One thing that is not as it was written."""

    first: int
    kind: str
    last: int
    words: str


class TrailVerdict(TypedDict):
    """Whether the whole trail is as it was written, with each break."""

    breaks: list[TrailBreak]
    checkpoints: int
    covered: int
    head: str
    more: int
    records: int
    whole: bool


class TrendPoint(TypedDict):
    """One run in the trend."""

    active: int
    as_of: str
    at_risk: int
    auc: float | None
    offers: int
    planned_cost: float
    revenue_at_risk: float


class Trial(TypedDict):
    """The newest run by other rules beside those in force; nothing was written."""

    currency: str
    decided: int
    run: str


class TryRequest(TypedDict):
    """Which rules to try: a version's number, or built-in."""

    rules: str
    top: NotRequired[int]


class Value(TypedDict):
    """What the customer is worth if they stay; `segment` is the tier of value."""

    clv: float | None
    segment: str


class Verdict(TypedDict):
    """How a policy fared at the gate."""

    as_of: str
    changed: list[str]
    experiment: dict[str, Any] | None
    reason: str | None
    sha256: str
    state: str
    words: list[str]


class WholeCase(TypedDict):
    """A case with its facts, its words, and all that was done about it."""

    answered_at: str | None
    answered_by: str | None
    asked_at: str
    assigned_to: str | None
    campaign_id: str
    case: dict[str, Any]
    cents: int
    code: str
    customer_id: str
    decision_id: str
    due_at: str
    escalated: bool
    expected_cents: int
    expires_at: str
    first_by: str | None
    headline: str
    offer: dict[str, Any]
    snoozed_until: str | None
    state: Literal["waiting", "approved", "rejected", "expired", "withdrawn"]
    steps: list[StepDone]
    urgent: bool
    words: list[str]


class WholeDelivery(TypedDict):
    """A delivery with every change of its state."""

    campaign_id: str
    changed_at: str
    channel: str
    cost_cents: int | None
    customer_id: str
    decision_id: str
    delivery_id: str
    due_at: str
    expires_at: str
    kind: str
    planned_cents: int
    reason: str
    reference: str | None
    state: Literal["queued", "sending", "sent", "unknown", "failed", "withheld", "cancelled", "expired"]
    steps: list[dict[str, Any]]
    tries: int


class Why(TypedDict):
    """Why something is done, for whoever asks later."""

    reason: NotRequired[str]
