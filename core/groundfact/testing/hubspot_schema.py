"""The properties of the fake HubSpot portal, and how it describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundfact.testing.words import INDUSTRIES, LIFECYCLES, STAGES, TIERS

OBJECT_TYPE_IDS = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
}
# (from, to): (type id, label) of the associations HubSpot defines; the labelled mark the primary company.
ASSOCIATION_TYPES: dict[tuple[str, str], tuple[tuple[int, str | None], tuple[int, str | None] | None]] = {
    ("contacts", "companies"): ((279, None), (1, "Primary")),
    ("companies", "contacts"): ((280, None), (2, "Contact with Primary Company")),
    ("deals", "companies"): ((341, None), (5, "Primary")),
    ("companies", "deals"): ((342, None), (6, "Deal with Primary Company")),
    ("deals", "contacts"): ((3, None), None),
    ("contacts", "deals"): ((4, None), None),
}
ASSOCIATION_NAMES = {
    ("contacts", "companies"): "contact_to_company",
    ("companies", "contacts"): "company_to_contact",
    ("deals", "companies"): "deal_to_company",
    ("companies", "deals"): "company_to_deal",
    ("deals", "contacts"): "deal_to_contact",
    ("contacts", "deals"): "contact_to_deal",
}
DEFAULT_PROPERTIES = {
    "companies": ("name", "domain", "createdate", "hs_lastmodifieddate", "hs_object_id"),
    "contacts": ("firstname", "lastname", "email", "createdate", "lastmodifieddate", "hs_object_id"),
    "deals": (
        "dealname",
        "amount",
        "closedate",
        "pipeline",
        "dealstage",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
    ),
}
MODIFIED = {
    "contacts": "lastmodifieddate",
    "companies": "hs_lastmodifieddate",
    "deals": "hs_lastmodifieddate",
}


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object type."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[str, ...] = ()
    defined_by_hubspot: bool = True

    def describe(self) -> dict[str, Any]:
        """The property as the properties endpoint shows it."""
        shown: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": "",
            "groupName": "companyinformation",
            "displayOrder": -1,
            "hidden": False,
            "hasUniqueValue": False,
            "formField": not self.defined_by_hubspot,
            "archived": False,
            "options": [
                {"label": option, "value": option, "displayOrder": place, "hidden": False}
                for place, option in enumerate(self.options)
            ],
            "calculated": self.name in ("hs_is_closed", "hs_is_closed_won"),
            "externalOptions": False,
            "modificationMetadata": {
                "archivable": not self.defined_by_hubspot,
                "readOnlyDefinition": self.defined_by_hubspot,
                "readOnlyValue": self.name.startswith("hs_"),
            },
        }
        if self.defined_by_hubspot:
            shown["hubspotDefined"] = True
        return shown


def _texts(*named: tuple[str, str]) -> tuple[Property, ...]:
    return tuple(Property(name, label) for name, label in named)


def _date(name: str, label: str, kind: str = "datetime") -> Property:
    return Property(name, label, kind, "date")


_COMMON = (
    Property("hs_object_id", "Record ID", "number", "number"),
    _date("createdate", "Create Date"),
    _date("hs_lastmodifieddate", "Last Modified Date"),
    Property("hs_merged_object_ids", "Merged record IDs"),
    Property("hubspot_owner_id", "Owner", "enumeration", "select"),
    Property("hubspot_team_id", "HubSpot Team", "enumeration", "select"),
    _date("notes_last_updated", "Last Activity Date"),
)
_STAGE_IDS = tuple(hub for _, hub, _ in STAGES.values())

PROPERTIES: dict[str, dict[str, Property]] = {
    kind: {item.name: item for item in items}
    for kind, items in {
        "companies": (
            *_COMMON,
            *_texts(
                ("name", "Company name"),
                ("domain", "Company Domain Name"),
                ("phone", "Phone Number"),
                ("address", "Street Address"),
                ("city", "City"),
                ("zip", "Postal Code"),
                ("country", "Country/Region"),
                ("description", "Description"),
                ("website", "Website URL"),
                ("salesforceaccountid", "Salesforce Account ID"),
            ),
            Property("industry", "Industry", "enumeration", "select", tuple(h for _, h in INDUSTRIES.values())),
            Property("hs_parent_company_id", "Parent Company", "number", "number"),
            Property("numberofemployees", "Number of Employees", "number", "number"),
            Property("annualrevenue", "Annual Revenue", "number", "number"),
            Property("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", LIFECYCLES),
            Property("customer_tier", "Customer Tier", "enumeration", "select", TIERS, False),
            Property("renewal_date", "Renewal Date", "date", "date", (), False),
        ),
        "contacts": (
            *_COMMON,
            _date("lastmodifieddate", "Last Modified Date"),
            *_texts(
                ("firstname", "First Name"),
                ("lastname", "Last Name"),
                ("email", "Email"),
                ("phone", "Phone Number"),
                ("jobtitle", "Job Title"),
                ("company", "Company Name"),
                ("salesforcecontactid", "Salesforce Contact ID"),
            ),
            Property("associatedcompanyid", "Primary Associated Company ID", "number", "number"),
            Property("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", LIFECYCLES),
            Property("left_company", "Left the company", "bool", "booleancheckbox", ("true", "false"), False),
        ),
        "deals": (
            *_COMMON,
            *_texts(("dealname", "Deal Name"), ("description", "Deal Description"), ("hs_next_step", "Next step")),
            Property("amount", "Amount", "number", "number"),
            _date("closedate", "Close Date"),
            Property("deal_currency_code", "Currency", "enumeration", "select", ("EUR", "GBP", "USD")),
            Property("dealstage", "Deal Stage", "enumeration", "radio", _STAGE_IDS),
            Property("pipeline", "Pipeline", "enumeration", "select", ("default",)),
            Property("hs_is_closed", "Is Deal Closed?", "bool", "booleancheckbox", ("true", "false")),
            Property("hs_is_closed_won", "Is Closed Won", "bool", "booleancheckbox", ("true", "false")),
        ),
    }.items()
}


def pipeline() -> dict[str, Any]:
    """The one deal pipeline."""
    return {
        "id": "default",
        "label": "Sales Pipeline",
        "displayOrder": 0,
        "archived": False,
        "stages": [
            {
                "id": hub,
                "label": sales,
                "displayOrder": place,
                "archived": False,
                "metadata": {"probability": str(share / 100), "isClosed": str(share in (0, 100)).lower()},
            }
            for place, (sales, hub, share) in enumerate(STAGES.values())
        ],
    }
