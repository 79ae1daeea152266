"""The operations, written by generate.py from the description of the service. Do not edit."""

from __future__ import annotations

from typing import Any, Literal, cast

from retinue_client.calling import Calling
from retinue_client.models import (
    Accepted,
    ActionPage,
    Answered,
    Approval,
    Asked,
    Assignment,
    AuditPage,
    AuditStatus,
    Batch,
    BatchAnswer,
    Bulk,
    BulkAnswers,
    Campaign,
    CampaignPage,
    CasePage,
    Change,
    Counterfactual,
    CurrentRun,
    CustomerPage,
    Dashboard,
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
    ModelsOfRun,
    Moved,
    OutcomeIn,
    Plan,
    PlanRequest,
    Predicted,
    Preview,
    PrivacyRequest,
    PrivacyRequests,
    Profile,
    Quality,
    QuarantinePage,
    Refusal,
    Rejection,
    Risk,
    RuleVersions,
    Rules,
    RunPage,
    SampleRemoved,
    Settlement,
    Snooze,
    Sources,
    Stops,
    Switch,
    Timeline,
    TrailVerdict,
    Trial,
    TryRequest,
    WholeCase,
    WholeDelivery,
    Why,
)

__all__ = ["Operations"]


class Operations(Calling):
    """One method for each operation; each raises Refused where the service refuses."""

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

    def analytics_predictions(self) -> Predicted:
        """What was predicted beside what became of the customers: the last run of each month whose time is over.

        Of months whose customers are kept (`[api] read_models`). 404: no run left it yet.
        """
        return cast("Predicted", self._json("GET", "/api/v1/analytics/predictions"))

    def audit_records(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        object: str | None = None,
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
                    "object": object,
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
        churn_probability_min: float | None = None,
        churn_probability_max: float | None = None,
        clv_min: float | None = None,
        clv_max: float | None = None,
        starts: str | None = None,
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
                    "churn_probability_min": churn_probability_min,
                    "churn_probability_max": churn_probability_max,
                    "clv_min": clv_min,
                    "clv_max": clv_max,
                    "starts": starts,
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

    def customers_risk(self, customer_id: str) -> Risk:
        """How likely a customer leaves, what they are worth, and what is recommended, as of the newest run.

        `timestamp` is the time of that run: newer facts are seen by the next one. 404: nobody active has that id.
        """
        return cast("Risk", self._json("GET", f"/api/v1/customers/{self.quoted(customer_id)}/risk"))

    def customers_timeline(
        self, customer_id: str, *, limit: int | None = None, cursor: str | None = None
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
                query={"limit": limit, "cursor": cursor},
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
        churn_probability_min: float | None = None,
        churn_probability_max: float | None = None,
        clv_min: float | None = None,
        clv_max: float | None = None,
        starts: str | None = None,
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
                "churn_probability_min": churn_probability_min,
                "churn_probability_max": churn_probability_max,
                "clv_min": clv_min,
                "clv_max": clv_max,
                "starts": starts,
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

    def rules_list(self) -> RuleVersions:
        """Every kept version, newest first; without any the built-in rules decide."""
        return cast("RuleVersions", self._json("GET", "/api/v1/rules"))

    def rules_try(self, body: TryRequest, *, idempotency_key: str | None = None) -> Trial:
        """The newest run decided again by other rules, beside those in force; nothing is written.

        404: there is no such version, or no finished run. 409: the rules ask for facts that only the warehouse
        has; then it is `retinue rules try`.
        """
        return cast("Trial", self._json("POST", "/api/v1/rules/try", body=body, key=idempotency_key))

    def rules_show(self, source: str) -> Rules:
        """The rules as a document; its ETag is their hash."""
        return cast("Rules", self._json("GET", f"/api/v1/rules/{self.quoted(source)}"))

    def models_runs(self, *, limit: int | None = None, cursor: str | None = None) -> RunPage:
        """Finished runs with their counts and sums, newest first."""
        return cast("RunPage", self._json("GET", "/api/v1/runs", query={"limit": limit, "cursor": cursor}))

    def runs_current(self) -> CurrentRun:
        """Which stage a run is at and how far; null where none is under way on a disk that is shared with it.

        A run that was killed is told no more at once where it ran on this machine, else after fifteen seconds.
        """
        return cast("CurrentRun", self._json("GET", "/api/v1/runs/current"))

    def service_remove(self) -> SampleRemoved:
        """Remove the simulated business, and go on with an empty workspace.

        It begins when this is answered; the next request waits until it is done. 409: what is here is no sample,
        or the service was started in another way than by `retinue serve`.
        """
        return cast("SampleRemoved", self._json("DELETE", "/api/v1/sample"))

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
