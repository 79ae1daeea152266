"""The forms of bodies and answers, written by generate.py from the description of the service. Do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

__all__ = [
    "Accepted",
    "AcceptedOutcome",
    "AccuracyPoint",
    "Action",
    "ActionPage",
    "Alert",
    "Alerts",
    "Answered",
    "Approval",
    "Arm",
    "ArmFigures",
    "AsRole",
    "Asked",
    "Assignment",
    "AuditPage",
    "AuditRecordShown",
    "AuditStatus",
    "Batch",
    "BatchAnswer",
    "Between",
    "BrowserSession",
    "BudgetLeft",
    "BudgetScope",
    "Bulk",
    "BulkAnswers",
    "CalibrationPoint",
    "Campaign",
    "CampaignFigures",
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
    "Challenger",
    "Champion",
    "Change",
    "ChangedFeature",
    "Compared",
    "Comparison",
    "Contrast",
    "Counterfactual",
    "Counts",
    "CurrentRun",
    "Customer",
    "CustomerCount",
    "CustomerPage",
    "Dashboard",
    "Decile",
    "Deciles",
    "DecisionRow",
    "DecisionRows",
    "Delivery",
    "DeliveryPage",
    "DriftFigures",
    "DriftFound",
    "DriftPoint",
    "DriftShown",
    "Earned",
    "Estimate",
    "EventTaken",
    "EventsTaken",
    "ExampleTried",
    "Experiment",
    "Experiments",
    "Explanation",
    "ExploredPoint",
    "FeatureMoved",
    "FeatureShare",
    "Figures",
    "Forecast",
    "Foreseen",
    "Funnel",
    "FunnelStage",
    "GraphAnswer",
    "GraphFault",
    "GraphQuestion",
    "Group",
    "GroupPoint",
    "Health",
    "Importance",
    "ImportancePoint",
    "IncentiveFigures",
    "IncentivePage",
    "JobIn",
    "JobPage",
    "JobShown",
    "KeepRequest",
    "Look",
    "Missing",
    "ModelFigures",
    "ModelsOfRun",
    "MonthEarned",
    "Move",
    "MoveMade",
    "Moved",
    "Mover",
    "NewPassword",
    "NewUser",
    "Offer",
    "OfferFigures",
    "Offered",
    "OutcomeIn",
    "Period",
    "Permission",
    "Pipeline",
    "PipelineCustomer",
    "PipelineCustomers",
    "PipelineFigures",
    "PipelinePoint",
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
    "QueueCount",
    "QueueOfCampaign",
    "RatioCheck",
    "Ready",
    "RealisedMonth",
    "Received",
    "Recommendation",
    "Refusal",
    "Rejection",
    "ResponseRow",
    "Retention",
    "RevenueFigures",
    "Risk",
    "RiskAssessment",
    "Role",
    "Roles",
    "RolesOf",
    "RuleExample",
    "RuleExamples",
    "RuleFact",
    "RuleFacts",
    "RuleMistake",
    "RuleOutput",
    "RuleVersion",
    "RuleVersions",
    "Rules",
    "RulesChecked",
    "RulesToCheck",
    "RunPage",
    "RunRow",
    "Running",
    "SampleRemoved",
    "SegmentFigures",
    "SetAsideCount",
    "SetAsideRow",
    "Setting",
    "SettingsPage",
    "SettingsSection",
    "Settled",
    "Settlement",
    "ShadowPrice",
    "Share",
    "Side",
    "SignedOut",
    "Snooze",
    "SourceTable",
    "Sources",
    "StageFunnel",
    "StepDone",
    "StillThere",
    "StillThereAt",
    "Stops",
    "Sure",
    "SurvivalCurve",
    "SurvivalFigures",
    "SurvivalPoint",
    "Switch",
    "TableState",
    "Tier",
    "Timeline",
    "TimelineEntry",
    "TrailBreak",
    "TrailVerdict",
    "TraitOfGroup",
    "TrendPoint",
    "Trial",
    "TryRequest",
    "User",
    "UserMade",
    "Users",
    "Value",
    "Verdict",
    "Way",
    "Weighted",
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


class AccuracyPoint(TypedDict):
    """The measures of one run's model, on data it never saw."""

    as_of: str
    measures: dict[str, Between]
    run: str


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


class Alert(TypedDict):
    """One alert that fires. severity: `page` for what cannot wait."""

    alert: str
    do: str
    severity: Literal["page", "ticket"]
    since: str
    value: float | None
    words: str


class Alerts(TypedDict):
    """Alerts that fire, the longest first."""

    alerts: list[Alert]


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


class Arm(TypedDict):
    """One arm: who entered, whose window has ended, whose result is known, and what became of these."""

    arm: str
    customers: int
    judged: int
    matured: int
    net_revenue: float | None
    retained: float | None
    spend: float | None


class ArmFigures(TypedDict):
    """One arm: who entered, whose window has ended, whose result is known, and what became of these."""

    arm: str
    customers: int
    judged: int
    matured: int
    retained: Share


class AsRole(TypedDict):
    """As which role whoever is at this machine wants to look at it; null: as all of them again."""

    role: Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"] | None


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


class Between(TypedDict):
    """A figure with its 95 % interval. Where it is null, `reason` says why."""

    high: float | None
    low: float | None
    reason: str | None
    value: float | None


class BrowserSession(TypedDict):
    """Whoever sits at the browser that asks. Keys and tokens of programs are not looked at."""

    as_role: Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"] | None
    csrf: str | None
    currency: str
    ends_at: str | None
    idle_at: str | None
    kind: Literal["local", "user", "provider"] | None
    name: str | None
    permissions: list[
        Literal[
            "customers.read",
            "customers.explain",
            "pii.read",
            "predictions.run",
            "analytics.read",
            "campaigns.read",
            "campaigns.plan",
            "campaigns.approve",
            "campaigns.run",
            "reviews.read",
            "reviews.answer",
            "incentives.read",
            "rules.read",
            "rules.change",
            "models.read",
            "experiments.read",
            "sources.read",
            "outcomes.report",
            "events.report",
            "stop.use",
            "stop.lift",
            "exports.make",
            "audit.read",
            "privacy.handle",
            "users.manage",
            "agents.use",
            "sample.remove",
            "settings.read",
            "metrics.read",
        ]
    ]
    project: str
    renew_at: str | None
    roles: list[Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"]]
    sample_data: bool
    signed_in: bool
    subject: str | None
    version: str
    ways: list[Way]


class BudgetLeft(TypedDict):
    """The money of the calendar month of the newest run, and of that run."""

    month: str
    scopes: list[BudgetScope]
    shadow_price: ShadowPrice


class BudgetScope(TypedDict):
    """One limit. left is null where there is no limit; spent and reserved are the ledger's."""

    left: float | None
    limit: float | None
    name: str
    reserved: float
    scope: Literal["month", "campaign", "tier"]
    spent: float
    words: str


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


class CalibrationPoint(TypedDict):
    """Customers of about the same probability: predicted share, and the share that left with its band."""

    customers: int
    high: float
    left: float
    low: float
    predicted: float


class Campaign(TypedDict):
    """A campaign with what it is expected to earn, the totals of its plan, and its history."""

    actions: dict[str, int]
    approved_by: str | None
    as_of: str
    budget: dict[str, Any] | None
    campaign_id: str
    currency: str | None
    customers: int | None
    deliveries: dict[str, int]
    delivery: Literal["off", "test", "live"]
    expected_net: float | None
    held_out: int | None
    moves: list[MoveMade]
    offers: int | None
    offers_by_incentive: dict[str, int]
    plan_sha256: str | None
    planned_cost: float | None
    run_id: str
    state: Literal["listed", "draft", "planned", "approved", "running", "paused", "finished", "stopped"]
    target_customers: int | None
    total_expected_roi: float | None
    totals: dict[str, Any] | None


class CampaignFigures(TypedDict):
    """Campaign effectiveness of a period beside the one before it."""

    as_of: str
    currency: str
    definitions: dict[str, str]
    experiment: Experiment | None
    explored: list[ExploredPoint]
    incentives: list[IncentiveFigures]
    offers: OfferFigures | None
    period: Period
    previous: Period
    previous_incentives: list[IncentiveFigures]
    previous_offers: OfferFigures | None
    previous_responses: list[ResponseRow]
    redeemed: Share
    responses: list[ResponseRow]
    run: str
    window_days: float | None


class CampaignPage(TypedDict):
    """A page of campaigns, newest first."""

    campaigns: list[CampaignRow]
    next: str | None


class CampaignRow(TypedDict):
    """A campaign in a list."""

    approved_by: str | None
    as_of: str
    campaign_id: str
    customers: int | None
    deliveries: dict[str, int]
    expected_net: float | None
    offers: int | None
    plan_sha256: str | None
    planned_cost: float | None
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
    churn_probability: float | None
    clv: float | None
    contest: bool
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
    tier: str | None
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


class Challenger(TypedDict):
    """A model beside the champion, on the same customers."""

    kinds: dict[str, Any]
    measures: dict[str, Between]
    sha256: dict[str, str]
    statement: str


class Champion(TypedDict):
    """The models that decide today."""

    baselines: dict[str, dict[str, Between]]
    kinds: dict[str, Any]
    measures: dict[str, Between]
    policy_sha256: str | None
    policy_state: str | None
    policy_words: list[str]
    sha256: dict[str, str]
    statement: str


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


class Compared(TypedDict):
    """What the second rules say otherwise than the first, in words; empty: they say the same."""

    differences: list[str]
    new: str
    old: str


class Comparison(TypedDict):
    """Treatment against another arm. claim: better, worse, none, too_little or hidden."""

    claim: str
    each: Sure
    outcome: str
    statement: str
    versus: str


class Contrast(TypedDict):
    """Treatment against another arm: per customer (`estimate`) and for all treated (`total`)."""

    claim: str
    estimate: Estimate | None
    outcome: str
    statement: str
    total: Estimate | None
    versus: str


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
    """Rows by what became of them; those read are the sum of the others.

    left_out: exact copies within a file, and rows that the mapping leaves out.
    """

    corrected: int
    left_out: int
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


class CustomerCount(TypedDict):
    """How many active customers of a run are behind a filter, `of` so many without one; own_only: of the
    asker's own cases alone, while figures are of all.
    """

    as_of: str
    of: int
    own_only: bool
    run: str
    total: int


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


class Decile(TypedDict):
    """A tenth of the customers by probability, the riskiest first (1)."""

    customers: int
    decile: int
    left: Share
    predicted: float


class Deciles(TypedDict):
    """Predictions beside outcomes by decile, of the newest run whose time is over.

    alone: customers who got no offer; only of these is the share a test of the model.
    """

    all: list[Decile]
    alone: list[Decile]
    as_of: str
    month: str
    run: str


class DecisionRow(TypedDict):
    """A decision behind a number of campaign effectiveness. Nothing of the customer's profile, so that
    it stands there also of those who objected to having one.
    """

    cost: float
    customer_id: str | None
    decided_at: str
    decision_id: str
    incentive: str
    judged_at: str | None
    retained: bool | None


class DecisionRows(TypedDict):
    """A page of the decisions behind a number, by customer. total: how many in all, of those the asker may
    see; own_only: of their own cases alone, so fewer than the number.
    """

    currency: str
    decisions: list[DecisionRow]
    next: str | None
    outcome: Literal["made", "judged", "retained", "left", "not_known_yet"]
    own_only: bool
    period: Period
    run: str
    total: int


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


class DriftFigures(TypedDict):
    """Drift as the job `drift` found it last; without one `features` is empty and `command` finds it."""

    at: str | None
    command: str
    drifted: bool | None
    features: list[FeatureMoved]
    rows_before: int | None
    rows_now: int | None
    statement: str | None


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


class Earned(TypedDict):
    """What was earned by a group of customers whose windows ended in the period; `name` null: by all.

    treated, alone: customers judged of each arm. retained: of the treated who got an offer, who stayed.
    saved: CLV of those retained as in the design document, not causal; valued: of how many it is known. cost:
    what the offers of the treated cost; cost_alone: what offers to as many customers left alone cost by
    mistake. net: incremental net revenue of the treated against those left alone; incremental: net + cost −
    cost_alone; roi: net ÷ cost; kept: customers who stayed and would have left. All are null of fewer than
    five customers.
    """

    alone: int | None
    cost: float | None
    cost_alone: float | None
    incremental: Sure
    kept: Sure
    name: str | None
    net: Sure
    offered: int | None
    retained: int | None
    roi: Sure
    saved: float | None
    saved_reason: str | None
    treated: int | None
    valued: int | None


class Estimate(TypedDict):
    """A difference with its 95 % interval for one look, and the one that holds however often one looks."""

    always_high: float | None
    always_low: float | None
    high: float | None
    low: float | None
    units: int
    value: float | None


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


class ExampleTried(TypedDict):
    """What came of an example."""

    holds: bool
    name: str
    rule: str
    wrong: dict[str, list[Any]]


class Experiment(TypedDict):
    """Treatment against the customers left alone, over everything on record.

    winner: the arm that surely keeps more; null while that is not settled, or while results are hidden.
    """

    arms: list[ArmFigures]
    comparisons: list[Comparison]
    entered: RatioCheck
    hidden: bool
    judged: RatioCheck
    winner: str | None
    winner_words: str


class Experiments(TypedDict):
    """What is tested: arms against the customers left alone, when that is known, gates, the roll-out."""

    arms: list[Arm]
    as_of: str
    contrasts: list[Contrast]
    explored: int
    forecast: Forecast | None
    gates: list[Verdict]
    held_out: int
    holdout_share: float
    looks: list[Look]
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


class ExploredPoint(TypedDict):
    """One run: offers, and how many of its decisions were a trial to learn from."""

    as_of: str
    explored: int
    offers: int
    run: str
    share: float | None


class FeatureMoved(TypedDict):
    """One feature then and now."""

    feature: str
    label: str
    psi: float | None
    statement: str
    verdict: str


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


class Forecast(TypedDict):
    """When an open question will be settled as things are (`now`), and by other ways of going on."""

    alternatives: list[Settled]
    known: bool
    now: Settled | None
    proposal: str | None
    statement: str


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


class FunnelStage(TypedDict):
    """Distinct customers of a stage in the period and in the one before; null where no run reaches, or where
    so few are told together with others only.
    """

    customers: int | None
    previous: int | None
    stage: Literal["total", "at_risk", "intervention", "retained"]


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


class Group(TypedDict):
    """A group of active customers at the newest run. value: sum of CLV; churn: mean probability."""

    at_risk: int
    churn: float | None
    customers: int
    name: str
    revenue_at_risk: float
    traits: list[TraitOfGroup]
    value: float


class GroupPoint(TypedDict):
    """One run: group to its customers."""

    as_of: str
    customers: dict[str, int]
    run: str


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


class IncentiveFigures(TypedDict):
    """The same of one incentive; of `none` decisions to make no offer."""

    cost_per_retained: float | None
    explored: Share
    incentive: str
    judged: int
    made: int
    overall: Weighted | None
    retained: Share
    spend: float


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


class KeepRequest(TypedDict):
    """Rules to keep: a document, or a version's number or built-in to go back to."""

    document: NotRequired[dict[str, Any] | None]
    examples: NotRequired[list[RuleExample] | None]
    reason: str
    rules: NotRequired[str | None]
    since: NotRequired[str | None]
    state: NotRequired[Literal["live", "draft"]]


class Look(TypedDict):
    """The effect on retention as it was known at a time."""

    always_high: float | None
    always_low: float | None
    at: str
    high: float | None
    low: float | None
    units: int
    value: float | None


class Missing(TypedDict):
    """A customer without a prediction, and why: unknown, gone, too_new or objected."""

    customer_id: str
    why: Literal["unknown", "gone", "too_new", "objected"]


class ModelFigures(TypedDict):
    """Model performance as of the newest run."""

    accuracy: list[AccuracyPoint]
    as_of: str
    calibration: list[CalibrationPoint]
    challenger: Challenger | None
    champion: Champion
    churn_statement: str
    deciles: Deciles | None
    deciles_reason: str | None
    definitions: dict[str, str]
    drift: DriftFigures
    importance: list[FeatureShare]
    realised: list[RealisedMonth]
    run: str
    survival: SurvivalFigures


class ModelsOfRun(TypedDict):
    """The models of a run, by the hash of their bytes, and how good they are on data they never saw."""

    as_of: str
    churn_statement: str
    evaluation: dict[str, Any]
    kinds: dict[str, Any]
    run: str
    sha256: dict[str, str]


class MonthEarned(TypedDict):
    """The customers whose windows ended in a month of the period, and all of the period until its end."""

    cost: float
    cumulative_cost: float
    cumulative_net: Sure
    cumulative_saved: float | None
    customers: int
    last: str
    month: str
    net: Sure
    saved: float | None


Move = TypedDict(
    "Move", {"cost": "float", "customers": "int", "expected_net": "float", "from": "str", "to": "str"}
)
"""Customers who would go another way, or get another offer on the same way."""


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


class Mover(TypedDict):
    """One customer who would go another way."""

    churn_probability: float
    clv: float
    cost: float
    customer_id: str
    expected_net: float
    new_incentive: str
    new_route: str
    new_rule: str
    was_incentive: str
    was_route: str
    was_rule: str
    why: str


class NewPassword(TypedDict):
    """A password for a user."""

    password: NotRequired[str | None]


class NewUser(TypedDict):
    """A user to be made. A name is no e-mail address: it stands in histories."""

    name: str
    password: NotRequired[str | None]
    roles: list[Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"]]


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


class OfferFigures(TypedDict):
    """Offers made in the period, those judged by now, and what they cost.

    cost_per_retained: spend on the judged ÷ retained among them, whether because of it or not; null of fewer
    than five judged.
    """

    cost_per_retained: float | None
    judged: int
    made: int
    retained: Share
    spend: float


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


class Period(TypedDict):
    """Days in UTC, both included. runs: how many finished runs are as of a time within."""

    days: int
    first: str
    last: str
    runs: int


class Permission(TypedDict):
    """What may be done, in words, and who may. personal: reading it is reading personal data."""

    permission: Literal[
        "customers.read",
        "customers.explain",
        "pii.read",
        "predictions.run",
        "analytics.read",
        "campaigns.read",
        "campaigns.plan",
        "campaigns.approve",
        "campaigns.run",
        "reviews.read",
        "reviews.answer",
        "incentives.read",
        "rules.read",
        "rules.change",
        "models.read",
        "experiments.read",
        "sources.read",
        "outcomes.report",
        "events.report",
        "stop.use",
        "stop.lift",
        "exports.make",
        "audit.read",
        "privacy.handle",
        "users.manage",
        "agents.use",
        "sample.remove",
        "settings.read",
        "metrics.read",
    ]
    personal: bool
    roles: list[Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"]]
    words: str


class Pipeline(TypedDict):
    """Who is at risk, by tier, and how that moves."""

    funnel: Funnel
    segments: list[dict[str, Any]]
    tiers: list[Tier]
    trend: list[TrendPoint]


class PipelineCustomer(TypedDict):
    """A customer behind a number of the funnel. Times of the period; null what did not happen in it."""

    customer_id: str
    first_at_risk: str | None
    incentive: str | None
    intervention_at: str | None
    judged_at: str | None
    retained: bool | None
    segment: str | None
    tier: str


class PipelineCustomers(TypedDict):
    """A page of the customers of a stage, by id. total: how many in all, of those the asker may see;
    own_only: customers of their own cases alone, so fewer than the number of the funnel.
    """

    customers: list[PipelineCustomer]
    next: str | None
    own_only: bool
    period: Period
    run: str
    stage: Literal["total", "at_risk", "intervention", "retained", "left", "not_known_yet"]
    total: int


class PipelineFigures(TypedDict):
    """The at-risk pipeline of a period beside the one before it, of equal length."""

    all: StageFunnel
    as_of: str
    currency: str
    definitions: dict[str, str]
    history_from: str | None
    period: Period
    previous: Period
    previous_series: list[PipelinePoint]
    run: str
    series: list[PipelinePoint]
    tiers: list[StageFunnel]
    window_days: float | None


class PipelinePoint(TypedDict):
    """One run of the period. interventions: offers executed from this run until the next; judged, retained:
    what is known by now of the customers who got them. All are null where so few were active that they are
    told together with others only.
    """

    active: int | None
    as_of: str
    at_risk: int | None
    interventions: int | None
    judged: int | None
    retained: int | None
    revenue_at_risk: float | None
    run: str


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
    at_risk: NotRequired[bool | None]
    churn_probability_max: NotRequired[float | None]
    churn_probability_min: NotRequired[float | None]
    clv_max: NotRequired[float | None]
    clv_min: NotRequired[float | None]
    held_out: NotRequired[bool | None]
    incentive_id: NotRequired[list[str]]
    rfm_segment: NotRequired[list[str]]
    risk_level: NotRequired[list[Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]]]
    segment: NotRequired[list[str]]
    starts: NotRequired[str]
    urgency: NotRequired[list[Literal["HIGH", "MEDIUM", "LOW"]]]
    value_tier: NotRequired[list[str]]


class QueueCount(TypedDict):
    """What waits for a person, in numbers; amounts in cents of the project's currency."""

    as_of: str
    campaigns: list[QueueOfCampaign]
    cents: int
    currency: str
    due_today: int
    escalated: int
    expected_cents: int
    mine: int
    nobodys: int
    offers: int
    overdue: int
    people: list[str]
    second_approval: int
    snoozed: int
    urgent: int
    waiting: int


class QueueOfCampaign(TypedDict):
    """How many cases of a campaign wait."""

    campaign_id: str
    waiting: int


class RatioCheck(TypedDict):
    """Whether the arms have the numbers they were drawn in: p < 0.001 is broken and hides every comparison,
    p < 0.01 a warning.
    """

    e_value: float | None
    expected: dict[str, float]
    found: dict[str, int]
    p_value: float | None
    state: Literal["ok", "warning", "broken", "nobody"]
    statement: str


class Ready(TypedDict):
    """That the service can do its work."""

    status: Literal["ready"]


class RealisedMonth(TypedDict):
    """The measures of what a run predicted, now that its time is over; of customers who got no offer."""

    as_of: str
    customers: int
    left: Share
    measures: dict[str, Between]
    month: str
    predicted: float | None
    run: str


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


class ResponseRow(TypedDict):
    """Messages of an incentive through a channel that were sent in the period, and what came back of them.

    Each share is of the messages sent; a kind that a channel never tells is null.
    """

    bounced: Share
    channel: str
    clicked: Share
    complained: Share
    delivered: Share
    incentive: str
    messages: int
    opened: Share
    redeemed: Share
    sent: int
    unsubscribed: Share


class Retention(TypedDict):
    """What became of the customers of the stage `intervention`: judged are retained and left together."""

    judged: int
    left: int
    not_known_yet: int
    share: Share


class RevenueFigures(TypedDict):
    """Revenue impact of a period beside the one before it. hidden: the arms are not as drawn, so nothing is
    compared; `hidden_why` says what is wrong.
    """

    all: Earned | None
    as_of: str
    before: Earned | None
    budget: BudgetLeft
    currency: str
    definitions: dict[str, str]
    hidden: bool
    hidden_why: list[str]
    months: list[MonthEarned]
    overall: Earned | None
    period: Period
    previous: Period
    run: str
    segments: list[Earned]
    tiers: list[Earned]
    window_days: float | None


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


class Role(TypedDict):
    """A role in words."""

    role: Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"]
    words: str


class Roles(TypedDict):
    """The one table that the service decides by."""

    permissions: list[Permission]
    roles: list[Role]


class RolesOf(TypedDict):
    """Roles, and no others."""

    roles: list[Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"]]


class RuleExample(TypedDict):
    """Given these facts (others are unknown), this must come out."""

    expect: dict[str, bool | float | str | None]
    given: dict[str, bool | float | str | None]
    name: NotRequired[str]


class RuleExamples(TypedDict):
    """The examples that belong to rules."""

    examples: list[RuleExample]


class RuleFact(TypedDict):
    """A fact that a condition may ask about."""

    always_known: bool
    kind: Literal["number", "text", "yes_no"]
    least: float | None
    most: float | None
    name: str
    of: Literal["customer", "offer"]
    values: list[str] | None
    words: str


class RuleFacts(TypedDict):
    """What conditions may ask about, and what rows may give."""

    facts: list[RuleFact]
    outputs: list[RuleOutput]


class RuleMistake(TypedDict):
    """An error forbids to put the rules in force; a note only says what one should know."""

    fix: str
    level: Literal["error", "note"]
    what: str
    where: str


class RuleOutput(TypedDict):
    """What a row may give."""

    name: str
    values: list[str] | None
    words: str


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


class RulesChecked(TypedDict):
    """Everything that is wrong with rules. Examples and differences are there where there is no error."""

    differences: list[str] | None
    examples: list[ExampleTried]
    mistakes: list[RuleMistake]
    sha256: str
    sound: bool


class RulesToCheck(TypedDict):
    """Rules to look at, and examples to put to them."""

    document: dict[str, Any]
    examples: NotRequired[list[RuleExample] | None]


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


class SegmentFigures(TypedDict):
    """Each way of grouping, and its counts over the runs, oldest first.

    A group of fewer than five customers is told together with others.
    """

    as_of: str
    cluster_trend: list[GroupPoint]
    clusters: list[Group]
    currency: str
    definitions: dict[str, str]
    rfm: list[Group]
    rfm_trend: list[GroupPoint]
    run: str
    statement: str
    tier_trend: list[GroupPoint]
    tiers: list[Group]


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


class Setting(TypedDict):
    """One setting. Secrets have no value, only whether they are set."""

    default: Any
    description: str
    is_set: bool
    key: str
    line: int | None
    secret: bool
    set_by: Literal["default", "file", "environment", "command"]
    value: Any


class SettingsPage(TypedDict):
    """Every section; the settings of sources and channels by the names of their keys only."""

    sections: list[SettingsSection]


class SettingsSection(TypedDict):
    """One section with its settings, in the order of the reference."""

    section: str
    settings: list[Setting]


class Settled(TypedDict):
    """When the question will be settled by one way of going on; null: not within what can be foreseen."""

    date: str | None
    earliest: str | None
    holdout: float
    latest: str | None
    margin_a_year: float | None
    window_days: float


class Settlement(TypedDict):
    """What a person found at the other end."""

    reason: NotRequired[str]
    state: Literal["sent", "failed"]


class ShadowPrice(TypedDict):
    """What one more unit of money would have brought in the newest run; null: no limit was binding."""

    value: float | None
    words: str


class Share(TypedDict):
    """`count` of `of`, with Wilson's 95 % interval. Where it is null, `reason` says why."""

    count: int
    high: float | None
    low: float | None
    of: int
    reason: str | None
    value: float | None


class Side(TypedDict):
    """What the rules of one side decide; money in the project's currency."""

    by_incentive: dict[str, int]
    by_route: dict[str, int]
    by_rule: dict[str, int]
    decided: int
    expected_net: float
    offered: int
    planned_cost: float


class SignedOut(TypedDict):
    """What is left to do."""

    continue_at: str | None


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


class StageFunnel(TypedDict):
    """The funnel of a value tier, or of all (`tier` null). Each stage is part of the one before."""

    previous_retention: Retention | None
    retention: Retention | None
    stages: list[FunnelStage]
    tier: str | None


class StepDone(TypedDict):
    """One thing somebody did about a case."""

    at: str
    detail: dict[str, Any]
    number: int
    reason: str
    what: str
    who: str


class StillThere(TypedDict):
    """One customer's curve as of a run. It passes through the predicted risk at the horizon.

    median_days: when half of such customers have left; null where that is more than ten years away.
    """

    as_of: str
    churn_probability: float
    customer_id: str
    definition: str
    fitted: str
    horizon_days: float
    median_days: int | None
    points: list[StillThereAt]
    run: str
    shape: float


class StillThereAt(TypedDict):
    """So many days after the run."""

    beyond: bool
    days: int
    probability: float


class Stops(TypedDict):
    """Whether Retinue is stopped, and every stop and resumption, newest first."""

    stopped: bool
    switches: list[Switch]


class Sure(TypedDict):
    """The same with the interval that holds however often one looks (`always_low` to `always_high`).

    customers: of how many it was taken.
    """

    always_high: float | None
    always_low: float | None
    customers: int
    high: float | None
    low: float | None
    reason: str | None
    value: float | None


class SurvivalCurve(TypedDict):
    """One cohort. median_days: when half have left; null where the curve does not get there."""

    cohort: str
    customers: int
    left: int
    median_days: int | None
    points: list[SurvivalPoint]


class SurvivalFigures(TypedDict):
    """How long customers stay (Kaplan-Meier), by the quarter they signed up in and by their first plan."""

    all: SurvivalCurve | None
    by_plan: list[SurvivalCurve]
    by_quarter: list[SurvivalCurve]
    reason: str | None
    words: str


class SurvivalPoint(TypedDict):
    """At so many days: the share still there, its 95 % band, and how many were still followed."""

    days: int
    followed: int
    high: float
    low: float
    share: float


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
    judged: Literal["new", "ageing", "old"] | None
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


class TraitOfGroup(TypedDict):
    """A feature in which a cluster differs: its mean beside that of all.

    apart: how many standard deviations the cluster's centre lies from that of all, as the model scales it.
    """

    apart: float
    feature: str
    label: str
    mean: float | None
    mean_of_all: float | None
    words: str


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
    """A run by other rules beside those in force; nothing was written."""

    as_of: str
    cost: float
    currency: str
    customers: list[Mover]
    decided: int
    differences: list[str]
    expected_net: float
    moved: int
    moves: list[Move]
    new: Side
    now: str
    priority: int
    run: str
    urgency: int
    was: Side


class TryRequest(TypedDict):
    """Which rules to try: a version's number, built-in, or a document; on the newest run up to a time."""

    as_of: NotRequired[str | None]
    document: NotRequired[dict[str, Any] | None]
    rules: NotRequired[str | None]
    top: NotRequired[int]


class User(TypedDict):
    """Somebody who may sign in."""

    created_at: str
    name: str
    roles: list[Literal["viewer", "analyst", "csm", "approver", "admin", "dpo", "service"]]
    since: str
    state: Literal["active", "disabled"]


class UserMade(TypedDict):
    """The user, and the password that was made for them; it cannot be had again."""

    password: str | None
    user: User


class Users(TypedDict):
    """Every user by name."""

    users: list[User]


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


class Way(TypedDict):
    """One way to sign in."""

    label: str
    start: str
    way: Literal["builtin", "provider"]


class Weighted(TypedDict):
    """An incentive over everything on record, weighted to all who had a chance of it.

    effect: difference in the share retained to no incentive. extra_cost: spend per customer kept who would
    have left; told only where the effect is surely positive.
    """

    customers: int
    effect: Sure
    extra_cost: Between
    judged: int
    probability_best: float | None
    retained: Between
    starving: bool
    statement: str


class WholeCase(TypedDict):
    """A case with its facts, its words, and all that was done about it."""

    answered_at: str | None
    answered_by: str | None
    asked_at: str
    assigned_to: str | None
    campaign_id: str
    case: dict[str, Any]
    cents: int
    churn_probability: float | None
    clv: float | None
    code: str
    contest: bool
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
    tier: str | None
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
