"""The operations, written by generate.py from the description of the service. Do not edit."""

from __future__ import annotations

from typing import Any, Literal, cast

from retinue_client.calling import Calling
from retinue_client.models import (
    Accepted,
    ActionPage,
    Alerts,
    Answered,
    Approval,
    AsRole,
    Asked,
    Assignment,
    AuditPage,
    AuditStatus,
    Batch,
    BatchAnswer,
    BrowserSession,
    Bulk,
    BulkAnswers,
    Campaign,
    CampaignFigures,
    CampaignPage,
    CasePage,
    Change,
    Compared,
    Counterfactual,
    CurrentRun,
    CustomerCount,
    CustomerPage,
    Dashboard,
    DecisionRows,
    DeliveryPage,
    DriftShown,
    EventsTaken,
    Experiments,
    Explanation,
    Importance,
    IncentivePage,
    JobIn,
    JobPage,
    JobShown,
    KeepRequest,
    Look,
    ModelFigures,
    ModelsOfRun,
    Moved,
    NewPassword,
    NewUser,
    OutcomeIn,
    PipelineCustomers,
    PipelineFigures,
    Plan,
    PlanRequest,
    Predicted,
    Preview,
    PrivacyRequest,
    PrivacyRequests,
    Profile,
    Quality,
    QuarantinePage,
    QueueCount,
    Refusal,
    Rejection,
    RevenueFigures,
    Risk,
    Roles,
    RolesOf,
    RuleExamples,
    RuleFacts,
    RuleVersion,
    RuleVersions,
    Rules,
    RulesChecked,
    RulesToCheck,
    RunPage,
    SampleRemoved,
    SegmentFigures,
    SettingsPage,
    Settlement,
    SignedOut,
    Snooze,
    Sources,
    StillThere,
    Stops,
    Switch,
    Timeline,
    TrailVerdict,
    Trial,
    TryRequest,
    User,
    UserMade,
    Users,
    WholeCase,
    WholeDelivery,
    Why,
)

__all__ = ["Operations"]


class Operations(Calling):
    """One method for each operation; each raises Refused where the service refuses."""

    def service_alerts(self) -> Alerts:
        """Alerts that fire, as `retinue worker` last found them, the longest first."""
        return cast("Alerts", self._json("GET", "/api/v1/alerts"))

    def analytics_campaigns(self, *, from_: str | None = None, to: str | None = None) -> CampaignFigures:
        """What each incentive did in the period beside the period before it, and what the experiment says.

        404: there is no finished run.
        """
        return cast(
            "CampaignFigures",
            self._json("GET", "/api/v1/analytics/campaigns", query={"from": from_, "to": to}),
        )

    def analytics_decisions(
        self,
        *,
        outcome: Literal["made", "judged", "retained", "left", "not_known_yet"] | None = None,
        incentive: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> DecisionRows:
        """The decisions behind a number of campaign effectiveness, by customer; a csm sees those of own cases.

        A customer stands there once for each decision. A cursor stays with the run it began in. 404: there is no
        finished run, or that one is not kept any more.
        """
        return cast(
            "DecisionRows",
            self._json(
                "GET",
                "/api/v1/analytics/campaigns/decisions",
                query={
                    "outcome": outcome,
                    "incentive": incentive,
                    "limit": limit,
                    "cursor": cursor,
                    "from": from_,
                    "to": to,
                },
            ),
        )

    def analytics_dashboard(self, *, days: int | None = None) -> Dashboard:
        """The four views as of the newest run. What was earned is measured against customers left alone."""
        return cast("Dashboard", self._json("GET", "/api/v1/analytics/dashboard", query={"days": days}))

    def analytics_drift(self, *, limit: int | None = None) -> DriftShown:
        """Whether customers still look like those the model learned from, as the job `drift` found it."""
        return cast("DriftShown", self._json("GET", "/api/v1/analytics/drift", query={"limit": limit}))

    def analytics_importance(self, *, runs: int | None = None) -> Importance:
        """Each feature's share of what moves the scores, as of the newest run and over the runs before.

        404: no run left it yet.
        """
        return cast("Importance", self._json("GET", "/api/v1/analytics/importance", query={"runs": runs}))

    def analytics_model(self, *, runs: int | None = None) -> ModelFigures:
        """How good the model is, was, and turned out to be, as of the newest run.

        404: there is no finished run.
        """
        return cast("ModelFigures", self._json("GET", "/api/v1/analytics/model", query={"runs": runs}))

    def analytics_pipeline(
        self,
        *,
        tier: str | None = None,
        segment: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> PipelineFigures:
        """The funnel of a period by value tier and in all, beside the period before it of equal length, and each
        run of both. What each stage is stands in `definitions`.

        A tier of fewer than five customers is told together with others, and neither it nor these are told alone;
        `others` as a tier or segment is what is told together in the period. Of fewer than five in all, and of a
        run with fewer than five, nothing is told. 404: there is no finished run.
        """
        return cast(
            "PipelineFigures",
            self._json(
                "GET",
                "/api/v1/analytics/pipeline",
                query={"tier": tier, "segment": segment, "from": from_, "to": to},
            ),
        )

    def analytics_customers(
        self,
        *,
        stage: Literal["total", "at_risk", "intervention", "retained", "left", "not_known_yet"] | None = None,
        tier: str | None = None,
        segment: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> PipelineCustomers:
        """The customers behind a number of the funnel, by id; a csm sees those of the own cases.

        A cursor stays with the run it began in. 404: there is no finished run, or that one is not kept any more.
        """
        return cast(
            "PipelineCustomers",
            self._json(
                "GET",
                "/api/v1/analytics/pipeline/customers",
                query={
                    "stage": stage,
                    "tier": tier,
                    "segment": segment,
                    "limit": limit,
                    "cursor": cursor,
                    "from": from_,
                    "to": to,
                },
            ),
        )

    def analytics_predictions(self) -> Predicted:
        """What was predicted beside what became of the customers: the first run of each month whose time is over.

        Of more than 50,000 customers a sample, taken evenly by id. 404: no run left it yet.
        """
        return cast("Predicted", self._json("GET", "/api/v1/analytics/predictions"))

    def analytics_revenue(self, *, from_: str | None = None, to: str | None = None) -> RevenueFigures:
        """What customers brought whose windows ended in the period, against those left alone, beside the period
        before it; by value tier, by segment and by month; and the money of the current month. Fewer than five
        customers are told together with others, or not at all.

        Nothing is compared while the arms are not as drawn (`hidden`). 404: there is no finished run.
        """
        return cast(
            "RevenueFigures", self._json("GET", "/api/v1/analytics/revenue", query={"from": from_, "to": to})
        )

    def analytics_segments(self) -> SegmentFigures:
        """Each way of grouping the active customers, as of the newest run and over the runs before.

        404: there is no finished run.
        """
        return cast("SegmentFigures", self._json("GET", "/api/v1/analytics/segments"))

    def audit_records(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        kind: str | None = None,
        object: str | None = None,
        customer: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AuditPage:
        """Records of the trail, newest first: who did what to what, when."""
        return cast(
            "AuditPage",
            self._json(
                "GET",
                "/api/v1/audit/records",
                query={
                    "actor": actor,
                    "action": action,
                    "kind": kind,
                    "object": object,
                    "customer": customer,
                    "since": since,
                    "until": until,
                    "limit": limit,
                    "cursor": cursor,
                },
            ),
        )

    def audit_status(self) -> AuditStatus:
        """Where the trail ends, and up to which record a signed checkpoint vouches for it; nothing is checked."""
        return cast("AuditStatus", self._json("GET", "/api/v1/audit/status"))

    def audit_verify(self) -> TrailVerdict:
        """Verify the whole trail now: every record hashed anew, every link, checkpoint and file compared.

        Takes some seconds for a million records; one at a time (409). That it was verified is on record.
        """
        return cast("TrailVerdict", self._json("POST", "/api/v1/audit/verify"))

    def campaigns_list(
        self,
        *,
        state: list[
            Literal["listed", "draft", "planned", "approved", "running", "paused", "finished", "stopped"]
        ]
        | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> CampaignPage:
        """Campaigns, newest first; `listed` ones were made by a run and planned by nobody."""
        return cast(
            "CampaignPage",
            self._json("GET", "/api/v1/campaigns", query={"state": state, "limit": limit, "cursor": cursor}),
        )

    def campaigns_create(self, body: PlanRequest, *, idempotency_key: str | None = None) -> Moved:
        """Plan the campaign of a finished run: who gets what through which channel, and who does not.

        Nothing is sent: look at it (`…/plan`, `…/preview`), approve it by its hash, start it. Planned again from
        the same facts it is the same plan. 404: there is no such run. 409: it runs already.
        """
        return cast("Moved", self._json("POST", "/api/v1/campaigns", body=body, key=idempotency_key))

    def campaigns_show(self, campaign_id: str) -> Campaign:
        """A campaign: how many it is for, what it is expected to earn, its plan's totals, and its history."""
        return cast("Campaign", self._json("GET", f"/api/v1/campaigns/{self.quoted(campaign_id)}"))

    def campaigns_actions(
        self, campaign_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> ActionPage:
        """What the campaign does for each customer above the threshold, in the order of their rank.

        A csm sees own customers.
        """
        return cast(
            "ActionPage",
            self._json(
                "GET",
                f"/api/v1/campaigns/{self.quoted(campaign_id)}/actions",
                query={"limit": limit, "cursor": cursor},
            ),
        )

    def campaigns_approve(
        self,
        campaign_id: str,
        body: Approval,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Moved:
        """Approve one plan, named by its hash in the body or as `If-Match`; another plan needs another approval.

        409: the plan is another one by now, or the campaign is in another state. 412: `If-Match` names another
        plan. 422: no hash was sent.
        """
        return cast(
            "Moved",
            self._json(
                "POST",
                f"/api/v1/campaigns/{self.quoted(campaign_id)}/approve",
                body=body,
                if_match=if_match,
                key=idempotency_key,
            ),
        )

    def campaigns_pause(self, campaign_id: str, body: Why, *, idempotency_key: str | None = None) -> Moved:
        """Begin no further delivery until it is resumed."""
        return cast(
            "Moved",
            self._json(
                "POST", f"/api/v1/campaigns/{self.quoted(campaign_id)}/pause", body=body, key=idempotency_key
            ),
        )

    def campaigns_plan(self, campaign_id: str) -> Plan:
        """The plan: who gets what through which channels, and who does not. Its ETag is the plan's hash.

        A csm sees the actions of own customers, and the totals of all.

        Approve what you saw by sending that ETag as `If-Match`. 409: there is no plan.
        """
        return cast("Plan", self._json("GET", f"/api/v1/campaigns/{self.quoted(campaign_id)}/plan"))

    def campaigns_preview(self, campaign_id: str) -> Preview:
        """What starting it now would send, to whom not, and why: the sender's own checks, nothing written.

        409: there is no plan.
        """
        return cast("Preview", self._json("GET", f"/api/v1/campaigns/{self.quoted(campaign_id)}/preview"))

    def campaigns_resume(self, campaign_id: str, body: Why, *, idempotency_key: str | None = None) -> Moved:
        """Go on with a paused campaign."""
        return cast(
            "Moved",
            self._json(
                "POST", f"/api/v1/campaigns/{self.quoted(campaign_id)}/resume", body=body, key=idempotency_key
            ),
        )

    def campaigns_start(self, campaign_id: str, *, idempotency_key: str | None = None) -> Moved:
        """Put the approved plan into the outbox and the review queue; a worker sends it."""
        return cast(
            "Moved",
            self._json("POST", f"/api/v1/campaigns/{self.quoted(campaign_id)}/start", key=idempotency_key),
        )

    def campaigns_stop(self, campaign_id: str, body: Why, *, idempotency_key: str | None = None) -> Moved:
        """End it for good: what has not begun is cancelled and its money freed."""
        return cast(
            "Moved",
            self._json(
                "POST", f"/api/v1/campaigns/{self.quoted(campaign_id)}/stop", body=body, key=idempotency_key
            ),
        )

    def customers_customers(
        self,
        *,
        run: str | None = None,
        risk_level: list[Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]] | None = None,
        value_tier: list[str] | None = None,
        segment: list[str] | None = None,
        rfm_segment: list[str] | None = None,
        action_type: list[Literal["auto_execute", "manual_review", "monitor", "no_action"]] | None = None,
        incentive_id: list[str] | None = None,
        urgency: list[Literal["HIGH", "MEDIUM", "LOW"]] | None = None,
        churn_probability_min: float | None = None,
        churn_probability_max: float | None = None,
        clv_min: float | None = None,
        clv_max: float | None = None,
        starts: str | None = None,
        at_risk: bool | None = None,
        held_out: bool | None = None,
    ) -> CustomerCount:
        """How many active customers of a run the asker may see, filtered as in the list.

        Nobody is named, but a narrow filter tells as much as a list, so it is on record all the same.

        404: there is no such run, or its customers are not kept any more.
        """
        return cast(
            "CustomerCount",
            self._json(
                "GET",
                "/api/v1/counts/customers",
                query={
                    "run": run,
                    "risk_level": risk_level,
                    "value_tier": value_tier,
                    "segment": segment,
                    "rfm_segment": rfm_segment,
                    "action_type": action_type,
                    "incentive_id": incentive_id,
                    "urgency": urgency,
                    "churn_probability_min": churn_probability_min,
                    "churn_probability_max": churn_probability_max,
                    "clv_min": clv_min,
                    "clv_max": clv_max,
                    "starts": starts,
                    "at_risk": at_risk,
                    "held_out": held_out,
                },
            ),
        )

    def reviews_reviews(self, *, campaign_id: str | None = None) -> QueueCount:
        """What waits, in numbers: how urgent, worth what, and who may be given a case; a csm's own customers'.

        Cases that are snoozed count in `snoozed` alone. `due_today` is what falls due before midnight (UTC).
        """
        return cast(
            "QueueCount", self._json("GET", "/api/v1/counts/reviews", query={"campaign_id": campaign_id})
        )

    def customers_list(
        self,
        *,
        sort: Literal[
            "customer_id",
            "churn_probability",
            "clv",
            "revenue_at_risk",
            "priority_score",
            "expected_roi",
            "time_to_churn_days",
        ]
        | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        run: str | None = None,
        risk_level: list[Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]] | None = None,
        value_tier: list[str] | None = None,
        segment: list[str] | None = None,
        rfm_segment: list[str] | None = None,
        action_type: list[Literal["auto_execute", "manual_review", "monitor", "no_action"]] | None = None,
        incentive_id: list[str] | None = None,
        urgency: list[Literal["HIGH", "MEDIUM", "LOW"]] | None = None,
        churn_probability_min: float | None = None,
        churn_probability_max: float | None = None,
        clv_min: float | None = None,
        clv_max: float | None = None,
        starts: str | None = None,
        at_risk: bool | None = None,
        held_out: bool | None = None,
    ) -> CustomerPage:
        """Active customers of a run that the asker may see, filtered and sorted, page by page.

        A cursor stays with the run it began in, whatever runs finish in between. 404: there is no such run, or
        its customers are not kept any more.
        """
        return cast(
            "CustomerPage",
            self._json(
                "GET",
                "/api/v1/customers",
                query={
                    "sort": sort,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "run": run,
                    "risk_level": risk_level,
                    "value_tier": value_tier,
                    "segment": segment,
                    "rfm_segment": rfm_segment,
                    "action_type": action_type,
                    "incentive_id": incentive_id,
                    "urgency": urgency,
                    "churn_probability_min": churn_probability_min,
                    "churn_probability_max": churn_probability_max,
                    "clv_min": clv_min,
                    "clv_max": clv_max,
                    "starts": starts,
                    "at_risk": at_risk,
                    "held_out": held_out,
                },
            ),
        )

    def customers_show(self, customer_id: str, *, run: str | None = None) -> Profile:
        """All that a run left of a customer: risk, value, segments, and the decision with its causes in words."""
        return cast(
            "Profile", self._json("GET", f"/api/v1/customers/{self.quoted(customer_id)}", query={"run": run})
        )

    def customers_counterfactual(self, customer_id: str, *, run: str | None = None) -> Counterfactual:
        """What the model would say if what raises this customer's risk most was as it is typically.

        It asks the model, not the world: a changed feature is no promise of a changed customer. 404: as for the
        explanation.
        """
        return cast(
            "Counterfactual",
            self._json(
                "GET", f"/api/v1/customers/{self.quoted(customer_id)}/counterfactual", query={"run": run}
            ),
        )

    def customers_explanation(self, customer_id: str, *, run: str | None = None) -> Explanation:
        """The causes of a customer's score in words with their shares, and how the decision came about.

        404: nobody active has that id; or the run left no features of them, as it does of those above the
        threshold of action (and of everybody where there is a cancel moment).
        """
        return cast(
            "Explanation",
            self._json(
                "GET", f"/api/v1/customers/{self.quoted(customer_id)}/explanation", query={"run": run}
            ),
        )

    def customers_receipt(self, customer_id: str, *, run: str | None = None) -> dict[str, Any]:
        """All that is needed to recompute the run's decision on a customer, as a file: `retinue replay FILE`
        computes it anew and compares every bit.

        404: nobody active has that id, or nothing was decided about them.
        """
        return cast(
            "dict[str, Any]",
            self._json("GET", f"/api/v1/customers/{self.quoted(customer_id)}/receipt", query={"run": run}),
        )

    def customers_risk(self, customer_id: str) -> Risk:
        """How likely a customer leaves, what they are worth, and what is recommended, as of the newest run.

        `timestamp` is the time of that run: newer facts are seen by the next one. 404: nobody active has that id.
        """
        return cast("Risk", self._json("GET", f"/api/v1/customers/{self.quoted(customer_id)}/risk"))

    def customers_survival(self, customer_id: str, *, run: str | None = None) -> StillThere:
        """How likely a customer is still there by day, up to the horizon and as far behind it again.

        The curve passes through the risk at the horizon; its shape is common to all customers. Behind the
        horizon it is carried on (`beyond`), not predicted. 404: nobody active has that id, or the run left no
        curve.
        """
        return cast(
            "StillThere",
            self._json("GET", f"/api/v1/customers/{self.quoted(customer_id)}/survival", query={"run": run}),
        )

    def customers_timeline(
        self,
        customer_id: str,
        *,
        kind: list[
            Literal[
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
        ]
        | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Timeline:
        """What happened to a customer, newest first: risk and decisions of past runs, deliveries and what came
        back, cases, reported outcomes, words on consent, the cancel button.

        Of the runs whose customers are kept, and of the store; what was only ever loaded from files is in the
        warehouse, which the service does not open. Who answered a case, and in which words, is told to those who
        may see cases. 404: nothing at all is known of that id.
        """
        return cast(
            "Timeline",
            self._json(
                "GET",
                f"/api/v1/customers/{self.quoted(customer_id)}/timeline",
                query={"kind": kind, "limit": limit, "cursor": cursor},
            ),
        )

    def deliveries_list(
        self,
        *,
        state: list[
            Literal["queued", "sending", "sent", "unknown", "failed", "withheld", "cancelled", "expired"]
        ]
        | None = None,
        campaign_id: str | None = None,
        customer_id: str | None = None,
        decision_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DeliveryPage:
        """Deliveries in the order they are due, with state and reason; a csm sees those to own customers."""
        return cast(
            "DeliveryPage",
            self._json(
                "GET",
                "/api/v1/deliveries",
                query={
                    "state": state,
                    "campaign_id": campaign_id,
                    "customer_id": customer_id,
                    "decision_id": decision_id,
                    "limit": limit,
                    "cursor": cursor,
                },
            ),
        )

    def deliveries_show(self, delivery_id: str) -> WholeDelivery:
        """One delivery with every change of its state. 404: there is none, or it is another's customer's."""
        return cast("WholeDelivery", self._json("GET", f"/api/v1/deliveries/{self.quoted(delivery_id)}"))

    def deliveries_settle(
        self, delivery_id: str, body: Settlement, *, idempotency_key: str | None = None
    ) -> WholeDelivery:
        """Say what became of a delivery of which nobody knew. 409: nothing is unknown about it."""
        return cast(
            "WholeDelivery",
            self._json(
                "POST",
                f"/api/v1/deliveries/{self.quoted(delivery_id)}/settle",
                body=body,
                key=idempotency_key,
            ),
        )

    def events_report(
        self, body: dict[str, Any] | list[Any] | list[dict[str, Any]], *, idempotency_key: str | None = None
    ) -> EventsTaken:
        """Keep one event, or up to 1,000: those that can be used are on disk before this answers, together.

        One that cannot be used does not hold up the others: it is answered as rejected, with the reason. Loaded
        by the next run. 422: none of them can be used, or there are too many.
        """
        return cast("EventsTaken", self._json("POST", "/api/v1/events", body=body, key=idempotency_key))

    def events_bulk(
        self,
        content: bytes,
        content_type: Literal["application/x-ndjson", "text/csv"],
        *,
        idempotency_key: str | None = None,
    ) -> bytes:
        """Keep events from an upload: NDJSON, or CSV with a first line of names (Content-Type text/csv).

        Streams in and out, whatever the length. The answer has one line of JSON for each line: its number, and
        accepted, or rejected with the reason; last a line that counts them. In CSV, `metadata` is JSON.
        """
        return self._bytes(
            "POST", "/api/v1/events/bulk", content=content, content_type=content_type, key=idempotency_key
        )

    def experiments_show(self) -> Experiments:
        """What each arm brought against the customers left alone as of the newest run, when an open question will
        be settled, how policies fared at the gate, and where the roll-out stands.

        Arms and contrasts are empty while no decision is on record.
        """
        return cast("Experiments", self._json("GET", "/api/v1/experiments"))

    def exports_campaign_actions(
        self, campaign_id: str, *, format: Literal["csv", "json"] | None = None
    ) -> bytes:
        """What a campaign does for each customer above the threshold, in the order of their rank, whole.

        Text is made harmless as in the export of customers. 404: there is no such campaign.
        """
        return self._bytes(
            "GET", f"/api/v1/exports/campaigns/{self.quoted(campaign_id)}/actions", query={"format": format}
        )

    def exports_customers(
        self,
        *,
        format: Literal["csv", "json"] | None = None,
        sort: Literal[
            "customer_id",
            "churn_probability",
            "clv",
            "revenue_at_risk",
            "priority_score",
            "expected_roi",
            "time_to_churn_days",
        ]
        | None = None,
        order: Literal["asc", "desc"] | None = None,
        run: str | None = None,
        risk_level: list[Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]] | None = None,
        value_tier: list[str] | None = None,
        segment: list[str] | None = None,
        rfm_segment: list[str] | None = None,
        action_type: list[Literal["auto_execute", "manual_review", "monitor", "no_action"]] | None = None,
        incentive_id: list[str] | None = None,
        urgency: list[Literal["HIGH", "MEDIUM", "LOW"]] | None = None,
        churn_probability_min: float | None = None,
        churn_probability_max: float | None = None,
        clv_min: float | None = None,
        clv_max: float | None = None,
        starts: str | None = None,
        at_risk: bool | None = None,
        held_out: bool | None = None,
    ) -> bytes:
        """The active customers of a run as CSV or JSON, filtered as in the list, whole, streamed.

        Text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets a leading quote, so that no
        spreadsheet takes it for a formula; numbers are numbers. It has no names and no addresses.
        """
        return self._bytes(
            "GET",
            "/api/v1/exports/customers",
            query={
                "format": format,
                "sort": sort,
                "order": order,
                "run": run,
                "risk_level": risk_level,
                "value_tier": value_tier,
                "segment": segment,
                "rfm_segment": rfm_segment,
                "action_type": action_type,
                "incentive_id": incentive_id,
                "urgency": urgency,
                "churn_probability_min": churn_probability_min,
                "churn_probability_max": churn_probability_max,
                "clv_min": clv_min,
                "clv_max": clv_max,
                "starts": starts,
                "at_risk": at_risk,
                "held_out": held_out,
            },
        )

    def exports_deliveries(
        self,
        *,
        state: list[
            Literal["queued", "sending", "sent", "unknown", "failed", "withheld", "cancelled", "expired"]
        ]
        | None = None,
        campaign_id: str | None = None,
        format: Literal["csv", "json"] | None = None,
    ) -> bytes:
        """Deliveries with their state and the reason for it, in the order they are due, whole, streamed.

        Text is made harmless as in the export of customers. Neither what was sent nor to which address.
        """
        return self._bytes(
            "GET",
            "/api/v1/exports/deliveries",
            query={"state": state, "campaign_id": campaign_id, "format": format},
        )

    def feedback_outcome(
        self, body: OutcomeIn | list[OutcomeIn], *, idempotency_key: str | None = None
    ) -> Accepted:
        """Keep one outcome, or up to 1,000: all of them, on disk before this answers, or none.

        202: they will be loaded by the next `retinue outcomes collect`. 409: the same key is being worked on.
        422: something cannot be used, or the key came with another body before.
        """
        return cast(
            "Accepted", self._json("POST", "/api/v1/feedback/outcome", body=body, key=idempotency_key)
        )

    def feedback_bulk(
        self,
        content: bytes,
        content_type: Literal["application/x-ndjson", "text/csv"],
        *,
        idempotency_key: str | None = None,
    ) -> bytes:
        """Keep outcomes from an upload: NDJSON, or CSV with a first line of names (Content-Type text/csv).

        Streams in and out, whatever the length. The answer has one line of JSON for each line: its number, and
        accepted, unchanged, or rejected with the reason; last a line that counts them. Lines that cannot be used
        do not hold up the others.
        """
        return self._bytes(
            "POST",
            "/api/v1/feedback/outcomes/bulk",
            content=content,
            content_type=content_type,
            key=idempotency_key,
        )

    def incentives_list(self) -> IncentivePage:
        """Every offer of the catalogue, with the share of leavers it is believed to keep, before and now."""
        return cast("IncentivePage", self._json("GET", "/api/v1/incentives"))

    def models_show(self) -> ModelsOfRun:
        """The models of the newest run by hash, beside the baselines, with the calibration curve."""
        return cast("ModelsOfRun", self._json("GET", "/api/v1/models"))

    def predictions_batch(self, body: Batch, *, idempotency_key: str | None = None) -> BatchAnswer:
        """The predictions of up to 1,000 customers as of the newest run, in the order asked for.

        A customer who is unknown, gone or too new is named among `missing`. More are an export
        (`GET /api/v1/exports/customers`).
        """
        return cast(
            "BatchAnswer", self._json("POST", "/api/v1/predictions/batch", body=body, key=idempotency_key)
        )

    def prediction_jobs_list(self, *, limit: int | None = None, cursor: str | None = None) -> JobPage:
        """Your jobs, newest first; an admin sees those of everybody."""
        return cast(
            "JobPage", self._json("GET", "/api/v1/predictions/jobs", query={"limit": limit, "cursor": cursor})
        )

    def prediction_jobs_create(self, body: JobIn, *, idempotency_key: str | None = None) -> JobShown:
        """Have predictions made of many customers as of the newest run; `Location` is the job.

        Ids are up to 50,000; more go through the upload. 404: there is no finished run. 409: too many jobs of
        yours are not done.
        """
        return cast(
            "JobShown", self._json("POST", "/api/v1/predictions/jobs", body=body, key=idempotency_key)
        )

    def prediction_jobs_upload(
        self,
        content: bytes,
        content_type: Literal[
            "application/json", "application/vnd.apache.parquet", "application/x-ndjson", "text/csv"
        ],
        *,
        idempotency_key: str | None = None,
    ) -> JobShown:
        """The same for an uploaded list: CSV or Parquet with a column `customer_id`, NDJSON, or a JSON list.

        Up to five million ids, each once. A list in which one id cannot be used is refused whole (422), with its
        place. 415: the list is of another kind.
        """
        return cast(
            "JobShown",
            self._json(
                "POST",
                "/api/v1/predictions/jobs/upload",
                content=content,
                content_type=content_type,
                key=idempotency_key,
            ),
        )

    def prediction_jobs_remove(self, job_id: str) -> JobShown:
        """Take a job back, or have its result deleted at once; the same again changes nothing."""
        return cast("JobShown", self._json("DELETE", f"/api/v1/predictions/jobs/{self.quoted(job_id)}"))

    def prediction_jobs_show(self, job_id: str) -> JobShown:
        """How far a job is. 404: there is none of that name, or somebody else asked for it."""
        return cast("JobShown", self._json("GET", f"/api/v1/predictions/jobs/{self.quoted(job_id)}"))

    def prediction_jobs_result(
        self, job_id: str, *, format: Literal["json", "csv", "parquet"] | None = None
    ) -> bytes:
        """The result: JSON in the shape of a batch, CSV, or Parquet. Taking it away is on record.

        In CSV, text that begins like a formula gets a leading quote. 404: the result is not kept any more.
        409: the job is not done.
        """
        return self._bytes(
            "GET", f"/api/v1/predictions/jobs/{self.quoted(job_id)}/result", query={"format": format}
        )

    def privacy_letter(self, decision_id: str, *, format: Literal["html", "pdf"] | None = None) -> bytes:
        """How a decision came about, told to the customer, and what would have changed it."""
        return self._bytes(
            "GET", f"/api/v1/privacy/letters/{self.quoted(decision_id)}", query={"format": format}
        )

    def privacy_list(
        self,
        *,
        state: list[Literal["open", "working", "done", "refused"]] | None = None,
        limit: int | None = None,
    ) -> PrivacyRequests:
        """Requests, those that are due first."""
        return cast(
            "PrivacyRequests",
            self._json("GET", "/api/v1/privacy/requests", query={"state": state, "limit": limit}),
        )

    def privacy_ask(self, body: Asked, *, idempotency_key: str | None = None) -> PrivacyRequest:
        """Take a request in. An objection is heeded before the answer comes.

        404: there is no decision for a person to look at.
        """
        return cast(
            "PrivacyRequest", self._json("POST", "/api/v1/privacy/requests", body=body, key=idempotency_key)
        )

    def privacy_show(self, request_id: str) -> PrivacyRequest:
        """One request, and what became of it."""
        return cast(
            "PrivacyRequest", self._json("GET", f"/api/v1/privacy/requests/{self.quoted(request_id)}")
        )

    def privacy_refuse(
        self, request_id: str, body: Refusal, *, idempotency_key: str | None = None
    ) -> PrivacyRequest:
        """Close a request without an answer. 409: it is closed."""
        return cast(
            "PrivacyRequest",
            self._json(
                "POST",
                f"/api/v1/privacy/requests/{self.quoted(request_id)}/refuse",
                body=body,
                key=idempotency_key,
            ),
        )

    def privacy_result(self, request_id: str) -> bytes:
        """What a request came to; a copy needs the permission `pii.read`, and its reading is on record.

        404: it is not answered yet, or its time is over.
        """
        return self._bytes("GET", f"/api/v1/privacy/requests/{self.quoted(request_id)}/result")

    def data_quality(self) -> Quality:
        """How good the data were at the newest run: checks in words, how new each table is, what was set aside.

        404: no run left it yet.
        """
        return cast("Quality", self._json("GET", "/api/v1/quality"))

    def data_quarantine(
        self,
        *,
        table: str | None = None,
        reason: str | None = None,
        source: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> QuarantinePage:
        """Rows that were set aside, with the reason, as the newest run found them; at most the first 50,000.

        Their values stay in the warehouse. A cursor stays with the run it began in. 404: no run left it yet.
        """
        return cast(
            "QuarantinePage",
            self._json(
                "GET",
                "/api/v1/quality/quarantine",
                query={"table": table, "reason": reason, "source": source, "limit": limit, "cursor": cursor},
            ),
        )

    def stops_resume(self, body: Why, *, idempotency_key: str | None = None) -> Switch:
        """Make offers again. 409: nothing is stopped."""
        return cast("Switch", self._json("POST", "/api/v1/resume", body=body, key=idempotency_key))

    def reviews_list(
        self,
        *,
        state: list[Literal["waiting", "approved", "rejected", "expired", "withdrawn"]] | None = None,
        campaign_id: str | None = None,
        assigned_to: str | None = None,
        snoozed: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> CasePage:
        """Cases: urgent ones first, then those that are expected to earn most; a csm sees own customers'."""
        return cast(
            "CasePage",
            self._json(
                "GET",
                "/api/v1/reviews",
                query={
                    "state": state,
                    "campaign_id": campaign_id,
                    "assigned_to": assigned_to,
                    "snoozed": snoozed,
                    "limit": limit,
                    "cursor": cursor,
                },
            ),
        )

    def reviews_bulk(self, body: Bulk, *, idempotency_key: str | None = None) -> BulkAnswers:
        """Approve or reject up to 200 cases; each is its own step, so some may be refused and others done."""
        return cast("BulkAnswers", self._json("POST", "/api/v1/reviews/bulk", body=body, key=idempotency_key))

    def reviews_show(self, decision_id: str) -> WholeCase:
        """One case: why the customer may leave, what is proposed, why a person decides, and what was done.

        404: there is no such case, or it is of somebody else's customer.
        """
        return cast("WholeCase", self._json("GET", f"/api/v1/reviews/{self.quoted(decision_id)}"))

    def reviews_approve(self, decision_id: str, body: Why, *, idempotency_key: str | None = None) -> Answered:
        """Make the offer; where two people must approve, the first of two.

        403: it costs more than the role may approve, or the same person approved already. 409: the case is
        closed, the campaign does not run, or the money is not there.
        """
        return cast(
            "Answered",
            self._json(
                "POST", f"/api/v1/reviews/{self.quoted(decision_id)}/approve", body=body, key=idempotency_key
            ),
        )

    def reviews_assign(
        self, decision_id: str, body: Assignment, *, idempotency_key: str | None = None
    ) -> Answered:
        """Give it to somebody who may approve it: a user of the service, or one of `[review] people`."""
        return cast(
            "Answered",
            self._json(
                "POST", f"/api/v1/reviews/{self.quoted(decision_id)}/assign", body=body, key=idempotency_key
            ),
        )

    def reviews_change(
        self, decision_id: str, body: Change, *, idempotency_key: str | None = None
    ) -> Answered:
        """Propose another of the offers that were weighed; it still needs an approval."""
        return cast(
            "Answered",
            self._json(
                "POST", f"/api/v1/reviews/{self.quoted(decision_id)}/change", body=body, key=idempotency_key
            ),
        )

    def reviews_reject(
        self, decision_id: str, body: Rejection, *, idempotency_key: str | None = None
    ) -> Answered:
        """Make no offer, and say why; its money is free again."""
        return cast(
            "Answered",
            self._json(
                "POST", f"/api/v1/reviews/{self.quoted(decision_id)}/reject", body=body, key=idempotency_key
            ),
        )

    def reviews_snooze(
        self, decision_id: str, body: Snooze, *, idempotency_key: str | None = None
    ) -> Answered:
        """Put it off until a time before it expires."""
        return cast(
            "Answered",
            self._json(
                "POST", f"/api/v1/reviews/{self.quoted(decision_id)}/snooze", body=body, key=idempotency_key
            ),
        )

    def settings_roles(self) -> Roles:
        """Which role may do what: the table that the service itself decides by."""
        return cast("Roles", self._json("GET", "/api/v1/roles"))

    def rules_list(self) -> RuleVersions:
        """Every kept version, newest first; without any the built-in rules decide."""
        return cast("RuleVersions", self._json("GET", "/api/v1/rules"))

    def rules_keep(
        self, body: KeepRequest, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> RuleVersion:
        """Put rules in force as a new version, or keep them as a draft; who asks and why are kept with it.

        Refused (400) where the check finds an error or an example does not come out, as `retinue rules accept`
        refuses them. `If-Match` names the rules that are replaced: 412 when others are in force by now, 422
        without it, except for a draft.
        """
        return cast(
            "RuleVersion",
            self._json("POST", "/api/v1/rules", body=body, if_match=if_match, key=idempotency_key),
        )

    def rules_check(self, body: RulesToCheck) -> RulesChecked:
        """What is wrong with a document of rules: table, row, column, why, and how to mend it; nothing is kept.

        Where it can decide: what comes of the examples, and what it says otherwise than the rules in force.
        """
        return cast("RulesChecked", self._json("POST", "/api/v1/rules/check", body=body))

    def rules_compare(self, *, old: str | None = None, new: str | None = None) -> Compared:
        """What the second rules say otherwise than the first, row by row in words. 404: there is no such one."""
        return cast("Compared", self._json("GET", "/api/v1/rules/compare", query={"old": old, "new": new}))

    def rules_facts(self) -> RuleFacts:
        """What a condition may ask about and what a row may give, for whoever writes an editor."""
        return cast("RuleFacts", self._json("GET", "/api/v1/rules/facts"))

    def rules_try(self, body: TryRequest, *, idempotency_key: str | None = None) -> Trial:
        """A run of the past decided again by other rules, beside those in force; nothing is written.

        It is the newest run up to `as_of`. Counted are all customers; a csm is shown own ones. 404: there is no
        such version, or no finished run. 409: the rules ask for facts that only the warehouse has; then it is
        `retinue rules try`. 400: the document cannot decide; `…/check` says why.
        """
        return cast("Trial", self._json("POST", "/api/v1/rules/try", body=body, key=idempotency_key))

    def rules_show(self, source: str) -> Rules:
        """The rules as a document; its ETag is their hash."""
        return cast("Rules", self._json("GET", f"/api/v1/rules/{self.quoted(source)}"))

    def rules_examples(self, source: str) -> RuleExamples:
        """The examples that belong to rules: kept with the version, else of the workspace's file.

        Of the built-in rules they are what those say on either side of each threshold. Empty: there are none.
        """
        return cast("RuleExamples", self._json("GET", f"/api/v1/rules/{self.quoted(source)}/examples"))

    def models_runs(self, *, limit: int | None = None, cursor: str | None = None) -> RunPage:
        """Finished runs with their counts and sums, newest first."""
        return cast("RunPage", self._json("GET", "/api/v1/runs", query={"limit": limit, "cursor": cursor}))

    def runs_current(self) -> CurrentRun:
        """Which stage a run is at and how far; null where none is under way on a disk that is shared with it.

        A run that was killed is told no more at once where it ran on this machine, else after fifteen seconds.
        """
        return cast("CurrentRun", self._json("GET", "/api/v1/runs/current"))

    def service_remove_sample(self) -> SampleRemoved:
        """Remove the simulated business, and go on with an empty workspace.

        It begins when this is answered; the next request waits until it is done. 409: what is here is no sample
        (by the settings as they are now), a run is under way, its data are kept elsewhere, or the service was
        started in another way than by `retinue serve`.
        """
        return cast("SampleRemoved", self._json("DELETE", "/api/v1/sample"))

    def session_sign_out(self) -> SignedOut:
        """Sign out at this browser: the session, its grant and its tokens end at once.

        So do those of a session that counts no more: whoever comes next must not be let in by what is left of it.
        """
        return cast("SignedOut", self._json("DELETE", "/api/v1/session"))

    def session_show(self) -> BrowserSession:
        """Who sits at this browser, what they may, and how they get in where nobody is signed in."""
        return cast("BrowserSession", self._json("GET", "/api/v1/session"))

    def session_look_as(self, body: AsRole) -> BrowserSession:
        """Look at everything as one role does, at this machine while nobody need sign in.

        403: people sign in here, or the request comes from elsewhere. 422: it is no role of a person.
        """
        return cast("BrowserSession", self._json("POST", "/api/v1/session/as", body=body))

    def session_renew(self) -> BrowserSession:
        """New tokens for this browser's session; it is no activity, so its idle end stays.

        Whoever asks twice with the same tokens within seconds, as two tabs do, gets the same new ones. 401: the
        session is over, and its cookies are taken away. 409: it is being renewed; try again.
        """
        return cast("BrowserSession", self._json("POST", "/api/v1/session/renew"))

    def settings_list(self) -> SettingsPage:
        """Every setting with its value, its default and where it was set; of a secret whether it is set."""
        return cast("SettingsPage", self._json("GET", "/api/v1/settings"))

    def data_sources(self) -> Sources:
        """What was loaded from which source into which table, when, and what became of its rows.

        As of the newest run, which loads before it decides. 404: no run left it yet.
        """
        return cast("Sources", self._json("GET", "/api/v1/sources"))

    def stops_stop(self, body: Why, *, idempotency_key: str | None = None) -> Switch:
        """Make no offers from now on, in any process; stopping again adds a further reason."""
        return cast("Switch", self._json("POST", "/api/v1/stop", body=body, key=idempotency_key))

    def stops_list(self) -> Stops:
        """Whether Retinue is stopped, and every stop and resumption, newest first."""
        return cast("Stops", self._json("GET", "/api/v1/stops"))

    def users_list(self) -> Users:
        """Every user, disabled ones too. Whoever signs in at your provider is not among them."""
        return cast("Users", self._json("GET", "/api/v1/users"))

    def users_create(self, body: NewUser) -> UserMade:
        """Make a user; from the first one on nobody uses the service without signing in or a key.

        400: the name is taken, or the password is weak. 409: there would be users and no admin among them.
        """
        return cast("UserMade", self._json("POST", "/api/v1/users", body=body))

    def users_disable(self, name: str, *, idempotency_key: str | None = None) -> User:
        """Shut a user out from the next request on. 409: the last admin."""
        return cast(
            "User", self._json("POST", f"/api/v1/users/{self.quoted(name)}/disable", key=idempotency_key)
        )

    def users_enable(self, name: str, *, idempotency_key: str | None = None) -> User:
        """Let a user in again, who must sign in anew."""
        return cast(
            "User", self._json("POST", f"/api/v1/users/{self.quoted(name)}/enable", key=idempotency_key)
        )

    def users_password(self, name: str, body: NewPassword) -> UserMade:
        """Set a new password; whoever is signed in with the old one must sign in again. 400: it is weak."""
        return cast("UserMade", self._json("POST", f"/api/v1/users/{self.quoted(name)}/password", body=body))

    def users_roles(self, name: str, body: RolesOf, *, idempotency_key: str | None = None) -> User:
        """Give a user these roles and no others; it counts from the next request on. 409: the last admin."""
        return cast(
            "User",
            self._json("POST", f"/api/v1/users/{self.quoted(name)}/roles", body=body, key=idempotency_key),
        )
