"""What people call the columns of our tables, for proposing a mapping."""

from __future__ import annotations

import difflib
import re

__all__ = ["FILE_HINTS", "VALUE_WORDS", "name_score"]

_SHARED = {
    "customer_id": "customer customerid customerno customernumber custid custno clientno userno "
    "cust client clientid user userid account accountid household "
    "householdid member memberid buyer buyerid contactid subscriberid id",
    "currency": "currency currencycode ccy",
    "recorded_at": "recordedat ingestedat loadedat updatedat lastmodified modifiedat sysmodstamp",
}

_BY_TABLE: dict[str, dict[str, str]] = {
    "customers": {
        "account_id": "accountid companyid organisationid organizationid household householdid parentid",
        "name": "name fullname customername accountname companyname contactname",
        "email": "email emailaddress mail",
        "phone": "phone phonenumber mobile telephone",
        "country": "country countrycode countryname nation",
        "account_created_date": "createdat created signupdate signedup signup joined joindate "
        "joinedat registered "
        "registrationdate registeredat accountcreated customersince startdate createddate creationdate",
        "current_tier": "tier currenttier plantier plan planname segment level membership",
        "acquisition_channel": "channel acquisitionchannel referralsource leadsource source utmsource medium "
        "channel acquisitionchannel referralsource leadsource source utmsource medium",
    },
    "subscriptions": {
        "subscription_id": "subscriptionid contractid subid id",
        "plan": "plan plantier planname product productname tier",
        "mrr": "mrr mrramount monthlyrevenue monthlycharges monthlyamount recurringrevenue monthlyfee",
        "started_at": "startedat startdate start begin begindate activatedat createdat",
        "current_period_end": "currentperiodend periodend renewaldate renewsat nextbilling nextbillingdate",
        "cancel_requested_at": "cancelrequestedat cancelrequested canceledat cancelledat cancellationdate",
        "ended_at": "endedat enddate end terminatedat churndate expireddate",
        "end_reason": "endreason churnreason cancelreason cancellationreason reasoncode",
    },
    "transactions": {
        "transaction_id": "transactionid txnid paymentid chargeid orderid invoiceid invoiceno "
        "invoice basketid "
        "receiptid ordernumber orderno invoicenumber receiptno transactionno transactionnumber id",
        "amount": "amount amountusd amounteur total totalamount value salesvalue sales revenue price paid "
        "netamount grossamount linetotal ordervalue payment spend",
        "date": "date transactiondate transactiontimestamp invoicedate orderdate purchasedate "
        "paymentdate paidat "
        "createdat timestamp datetime time orderedat created",
        "product_id": "productid sku stockcode itemid product item articleid upc couponupc",
        "payment_method": "paymentmethod method paymenttype cardtype paymentmode",
        "status": "status state paymentstatus orderstatus result outcome",
    },
    "events": {
        "event_id": "eventid usageid logid activityid sessionid id",
        "event_type": "eventtype event eventname type action activity name featurename feature kind",
        "timestamp": "timestamp eventtime eventdate eventtimestamp occurredat createdat usagedate "
        "date time datetime ts "
        "redemptiondate at",
        "metadata": "metadata properties attributes payload context details",
    },
    "tickets": {
        "ticket_id": "ticketid caseid issueid requestid casenumber id",
        "issue_type": "issuetype category type subject topic priority reason",
        "opened_at": "openedat submittedat createdat opened created openeddate createddate submitted "
        "reportedat",
        "resolved_at": "resolvedat closedat solvedat resolved closed closeddate completedat",
        "resolution_time": "resolutiontime resolutiontimehours resolutionhours hourstoresolution "
        "timetoresolve "
        "resolutiontime resolutiontimehours resolutionhours hourstoresolution timetoresolve",
        "sentiment_score": "sentimentscore sentiment satisfactionscore satisfaction csat csatscore rating",
        "text": "text body description message comment content feedback",
    },
    "interventions": {
        "decision_id": "decisionid interventionid offerid id",
        "campaign_id": "campaignid campaign",
        "incentive": "incentive offer treatment campaigntype offertype arm",
        "cost": "cost offercost",
        "propensity": "propensity propensityscore pscore",
        "policy_version": "policyversion policy",
        "held_out": "heldout holdout control iscontrol",
        "executed_at": "executedat sentat startdate date executed timestamp",
    },
    "outcomes": {
        "outcome_id": "outcomeid id",
        "decision_id": "decisionid interventionid",
        "retained": "retained stayed isretained",
        "revenue": "revenue amount",
        "observed_at": "observedat date measuredat timestamp",
    },
    "consents": {
        "consent_id": "consentid id",
        "channel": "channel medium",
        "purpose": "purpose",
        "granted": "granted optin consent isgranted",
        "valid_from": "validfrom grantedat date since timestamp",
    },
}  # fmt: skip

FILE_HINTS: dict[str, str] = {
    "customers": "customer client user account member household contact demographic",
    "subscriptions": "subscription contract plan membership",
    "transactions": "transaction order invoice payment charge sale purchase basket retail cdnow",
    "events": "event usage activity log click session login redemption",
    "tickets": "ticket support case issue helpdesk",
    "interventions": "intervention offer treatment",
    "outcomes": "outcome result",
    "consents": "consent permission optin",
}

VALUE_WORDS: dict[str, dict[str, str]] = {
    "status": {
        "succeeded": "success successful complete completed paid ok approved settled captured shipped "
        "delivered done",
        "failed": "fail failure declined error rejected unpaid chargeback",
        "refunded": "refund returned cancelled canceled reversed credited void",
    },
    "end_reason": {
        "voluntary": "cancelled canceled customer churn pricing competitor budget features",
        "payment": "paymentfailed nonpayment unpaid carddeclined delinquent",
        "other": "unknown none support",
    },
}


def plain(name: str) -> str:
    """Letters and digits only, in lower case.

    >>> plain("Customer ID")
    'customerid'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def name_score(table: str, target: str, column: str) -> float:
    """How much a file's column name speaks for a target column: 1 the same, 0 nothing.

    >>> name_score("transactions", "date", "InvoiceDate") > name_score("transactions", "date", "Price")
    True
    """
    name = plain(column)
    if name == plain(target):
        return 1.0
    words = (_BY_TABLE.get(table, {}).get(target, "") + " " + _SHARED.get(target, "")).split()
    if name in words:
        return 0.95 - 0.35 * words.index(name) / len(words)
    parts = {plain(p) for p in re.split(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])", column) if p}
    if any(len(w) > 3 and w in parts for w in words):
        return 0.5
    best = max((difflib.SequenceMatcher(None, name, w).ratio() for w in [plain(target), *words]), default=0.0)
    return 0.45 * best if best > 0.8 else 0.0
