"""How true attributes look in each vendor's own fields."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from groundfact.testing.words import DEPARTMENTS, INDUSTRIES, STAGES

VENDORS = ("salesforce", "hubspot")
OBJECTS = {
    "company": {"salesforce": "Account", "hubspot": "companies"},
    "person": {"salesforce": "Contact", "hubspot": "contacts"},
    "deal": {"salesforce": "Opportunity", "hubspot": "deals"},
    "teammate": {"salesforce": "User", "hubspot": "owners"},
}
Fields = tuple[tuple[str, Any], ...]
"""Vendor fields with their values."""
ACTIVITY = "last_activity_at"
"""When somebody last called, met or wrote. Salesforce keeps the day, and notes it without an edit by anybody."""
LABEL_FIELDS = {"salesforce": "Visibility_Group__c", "hubspot": "hubspot_team_id"}

_PLAIN = {
    ("company", "salesforce"): {
        "name": "Name",
        "domain": "Website",
        "phone": "Phone",
        "street": "BillingStreet",
        "city": "BillingCity",
        "postal_code": "BillingPostalCode",
        "country": "BillingCountry",
        "industry": "Industry",
        "employees": "NumberOfEmployees",
        "annual_revenue": "AnnualRevenue",
        "description": "Description",
        "owner": "OwnerId",
        "tier": "Customer_Tier__c",
        "renewal_date": "Renewal_Date__c",
        "lifecycle": "Type",
        ACTIVITY: "LastActivityDate",
    },
    ("company", "hubspot"): {
        "name": "name",
        "domain": "domain",
        "phone": "phone",
        "street": "address",
        "city": "city",
        "postal_code": "zip",
        "country": "country",
        "industry": "industry",
        "employees": "numberofemployees",
        "annual_revenue": "annualrevenue",
        "description": "description",
        "owner": "hubspot_owner_id",
        "tier": "customer_tier",
        "renewal_date": "renewal_date",
        "lifecycle": "lifecyclestage",
        ACTIVITY: "notes_last_updated",
    },
    ("person", "salesforce"): {
        "email": "Email",
        "phone": "Phone",
        "title": "Title",
        "left_company": "Left_Company__c",
        "owner": "OwnerId",
        "notes": "Description",
        ACTIVITY: "LastActivityDate",
    },
    ("person", "hubspot"): {
        "email": "email",
        "phone": "phone",
        "title": "jobtitle",
        "left_company": "left_company",
        "owner": "hubspot_owner_id",
        ACTIVITY: "notes_last_updated",
    },
    ("deal", "salesforce"): {
        "name": "Name",
        "amount": "Amount",
        "currency": "CurrencyIsoCode",
        "close_date": "CloseDate",
        "description": "Description",
        "next_step": "NextStep",
        "owner": "OwnerId",
        ACTIVITY: "LastActivityDate",
    },
    ("deal", "hubspot"): {
        "name": "dealname",
        "amount": "amount",
        "currency": "deal_currency_code",
        "close_date": "closedate",
        "description": "description",
        "next_step": "hs_next_step",
        "owner": "hubspot_owner_id",
        ACTIVITY: "notes_last_updated",
    },
    ("teammate", "salesforce"): {"email": "Email", "active": "IsActive"},
    ("teammate", "hubspot"): {"email": "email"},
}
_SALESFORCE_NUMBERS = frozenset({"annual_revenue", "amount"})
_TYPES = {"lead": "Prospect", "opportunity": "Prospect", "customer": "Customer", "evangelist": "Customer"}


def fields_of(kind: str, vendor: str) -> dict[str, str]:
    """The vendor's field for each true attribute that one field carries."""
    return _PLAIN[kind, vendor]


def fields_for(kind: str, vendor: str, attribute: str, value: Any, owner_id: str | None = None) -> Fields:
    """The vendor's fields that state one attribute, with values in the vendor's own types."""
    if attribute == "full_name":
        first, _, last = str(value).partition(" ")
        if vendor == "salesforce":
            return (("FirstName", first), ("LastName", last), ("Name", value))
        return (("firstname", first), ("lastname", last))
    if attribute == "stage":
        return _stage(vendor, value)
    if attribute == "title" and vendor == "salesforce":
        return (("Title", value), ("Department", DEPARTMENTS.get(value)))
    name = _PLAIN[kind, vendor].get(attribute)
    if name is None:
        return ()
    if attribute == "owner":
        return ((name, owner_id),)
    return ((name, _salesforce(attribute, value) if vendor == "salesforce" else _hubspot(attribute, value)),)


def _stage(vendor: str, stage: str) -> Fields:
    sales, hub, probability = STAGES[stage]
    closed, won = stage in ("won", "lost"), stage == "won"
    if vendor == "salesforce":
        return (
            ("StageName", sales),
            ("Probability", float(probability)),
            ("IsClosed", closed),
            ("IsWon", won),
        )
    return (
        ("dealstage", hub),
        ("pipeline", "default"),
        ("hs_is_closed", str(closed).lower()),
        ("hs_is_closed_won", str(won).lower()),
    )


def _salesforce(attribute: str, value: Any) -> Any:
    if attribute in _SALESFORCE_NUMBERS and isinstance(value, int):
        return float(value)
    if attribute == "domain" and value and "." in value:
        return f"https://www.{value}"
    if attribute == "industry":
        return INDUSTRIES[value][0] if value in INDUSTRIES else value
    if attribute == "lifecycle":
        return _TYPES.get(value, value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _hubspot(attribute: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and attribute != "industry"):
        return value
    if attribute == "industry":
        return INDUSTRIES[value][1] if value in INDUSTRIES else str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    if attribute == "close_date" and isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    return str(value).lower()
