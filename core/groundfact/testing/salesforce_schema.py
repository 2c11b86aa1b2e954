"""The objects and fields of the fake Salesforce org, and how it describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundfact.testing.words import INDUSTRIES, ROLES, STAGES, TIERS

TEXT_TYPES = frozenset({"string", "picklist", "phone", "url", "email", "textarea", "reference", "id"})
_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "anyType": "xsd:anyType",
}
_LENGTHS = {
    "string": 255,
    "picklist": 255,
    "phone": 40,
    "url": 255,
    "email": 80,
    "textarea": 32_000,
    "id": 18,
    "reference": 18,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object."""

    name: str
    type: str
    label: str
    refers_to: str | None = None
    relationship: str | None = None
    options: tuple[str, ...] = ()
    nillable: bool = True

    @property
    def filterable(self) -> bool:
        """Long text can be read, not filtered or sorted."""
        return not (self.type == "textarea" and self.name == "Description")

    def describe(self) -> dict[str, Any]:
        """The field as the describe resource shows it."""
        numeric = self.type in ("double", "currency", "percent")
        return {
            "aggregatable": self.filterable,
            "byteLength": _LENGTHS.get(self.type, 0) * 3,
            "calculated": False,
            "createable": self.name not in SYSTEM_NAMES,
            "custom": self.name.endswith("__c"),
            "defaultValue": None,
            "deprecatedAndHidden": False,
            "digits": 8 if self.type == "int" else 0,
            "externalId": False,
            "filterable": self.filterable,
            "groupable": self.filterable and not numeric,
            "inlineHelpText": None,
            "label": self.label,
            "length": _LENGTHS.get(self.type, 0),
            "name": self.name,
            "nameField": self.name == "Name",
            "nillable": self.nillable,
            "picklistValues": [
                {"active": True, "defaultValue": False, "label": option, "validFor": None, "value": option}
                for option in self.options
            ],
            "precision": 18 if numeric else 0,
            "referenceTo": [self.refers_to] if self.refers_to else [],
            "relationshipName": self.relationship,
            "restrictedPicklist": False,
            "scale": 2 if numeric else 0,
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "sortable": self.filterable,
            "type": self.type,
            "unique": False,
            "updateable": self.name not in SYSTEM_NAMES,
        }


def _of(kind: str, *named: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(name, kind, label) for name, label in named)


_STAMPS = (
    Field("CreatedDate", "datetime", "Created Date", nillable=False),
    Field("LastModifiedDate", "datetime", "Last Modified Date", nillable=False),
    Field("SystemModstamp", "datetime", "System Modstamp", nillable=False),
)
_SYSTEM = (
    Field("Id", "id", "Record ID", nillable=False),
    Field("IsDeleted", "boolean", "Deleted", nillable=False),
)
SYSTEM_NAMES = frozenset({"Id", "IsDeleted", "MasterRecordId", *(stamp.name for stamp in _STAMPS)})
_OWNER = Field("OwnerId", "reference", "Owner ID", "User", "Owner", nillable=False)
_ACCOUNT = Field("AccountId", "reference", "Account ID", "Account", "Account")
_GROUP = Field("Visibility_Group__c", "picklist", "Visibility Group", options=("deal-desk", "executive", "legal"))

OBJECTS: dict[str, dict[str, Field]] = {
    name: {item.name: item for item in fields}
    for name, fields in {
        "Account": (
            *_SYSTEM,
            Field("MasterRecordId", "reference", "Master Record ID", "Account", "MasterRecord"),
            Field("Name", "string", "Account Name", nillable=False),
            Field("Type", "picklist", "Account Type", options=("Prospect", "Customer")),
            Field("Industry", "picklist", "Industry", options=tuple(sales for sales, _ in INDUSTRIES.values())),
            *_of("textarea", ("BillingStreet", "Billing Street"), ("Description", "Account Description")),
            *_of(
                "string",
                ("BillingCity", "Billing City"),
                ("BillingPostalCode", "Billing Zip/Postal Code"),
                ("BillingCountry", "Billing Country"),
                ("AccountNumber", "Account Number"),
            ),
            Field("Phone", "phone", "Account Phone"),
            Field("Website", "url", "Website"),
            Field("AnnualRevenue", "currency", "Annual Revenue"),
            Field("NumberOfEmployees", "int", "Employees"),
            _OWNER,
            Field("ParentId", "reference", "Parent Account ID", "Account", "Parent"),
            Field("Customer_Tier__c", "picklist", "Customer Tier", options=TIERS),
            Field("Renewal_Date__c", "date", "Renewal Date"),
            Field("LastActivityDate", "date", "Last Activity"),
            _GROUP,
            *_STAMPS,
        ),
        "Contact": (
            *_SYSTEM,
            Field("MasterRecordId", "reference", "Master Record ID", "Contact", "MasterRecord"),
            _ACCOUNT,
            *_of(
                "string",
                ("LastName", "Last Name"),
                ("FirstName", "First Name"),
                ("Name", "Full Name"),
                ("Title", "Title"),
                ("Department", "Department"),
            ),
            Field("Description", "textarea", "Contact Description"),
            Field("LastActivityDate", "date", "Last Activity"),
            Field("Phone", "phone", "Business Phone"),
            Field("MobilePhone", "phone", "Mobile Phone"),
            Field("Email", "email", "Email"),
            _OWNER,
            Field("Left_Company__c", "boolean", "Left the Company"),
            _GROUP,
            *_STAMPS,
        ),
        "Opportunity": (
            *_SYSTEM,
            _ACCOUNT,
            Field("Name", "string", "Name", nillable=False),
            Field("Description", "textarea", "Description"),
            Field("StageName", "picklist", "Stage", options=tuple(sales for sales, _, _ in STAGES.values())),
            Field("Amount", "currency", "Amount"),
            Field("Probability", "percent", "Probability (%)"),
            Field("CloseDate", "date", "Close Date", nillable=False),
            Field("Type", "picklist", "Opportunity Type"),
            Field("NextStep", "string", "Next Step"),
            Field("LastActivityDate", "date", "Last Activity"),
            Field("IsClosed", "boolean", "Closed", nillable=False),
            Field("IsWon", "boolean", "Won", nillable=False),
            Field("CurrencyIsoCode", "picklist", "Currency", options=("EUR", "GBP", "USD")),
            _OWNER,
            _GROUP,
            *_STAMPS,
        ),
        "OpportunityContactRole": (
            *_SYSTEM,
            Field("OpportunityId", "reference", "Opportunity ID", "Opportunity", "Opportunity", nillable=False),
            Field("ContactId", "reference", "Contact ID", "Contact", "Contact", nillable=False),
            Field("Role", "picklist", "Role", options=ROLES),
            Field("IsPrimary", "boolean", "Primary", nillable=False),
            *_STAMPS,
        ),
        "AccountContactRelation": (
            *_SYSTEM,
            Field("AccountId", "reference", "Account ID", "Account", "Account", nillable=False),
            Field("ContactId", "reference", "Contact ID", "Contact", "Contact", nillable=False),
            Field("Roles", "multipicklist", "Roles", options=ROLES),
            *_of("boolean", ("IsActive", "Active"), ("IsDirect", "Direct")),
            *_of("date", ("StartDate", "Start Date"), ("EndDate", "End Date")),
            *_STAMPS,
        ),
        "User": (
            _SYSTEM[0],
            *_of(
                "string",
                ("Username", "Username"),
                ("LastName", "Last Name"),
                ("FirstName", "First Name"),
                ("Name", "Full Name"),
                ("Title", "Title"),
                ("Department", "Department"),
            ),
            Field("Email", "email", "Email"),
            Field("UserType", "picklist", "User Type", options=("Standard", "Guest", "AutomatedProcess")),
            Field("IsActive", "boolean", "Active", nillable=False),
            *_STAMPS,
        ),
        "FieldDefinition": (
            _SYSTEM[0],
            *_of("string", ("EntityDefinitionId", "Object"), ("QualifiedApiName", "API Name")),
            Field("IsFieldHistoryTracked", "boolean", "Field History Tracked", nillable=False),
        ),
        "OpportunityStage": (
            _SYSTEM[0],
            *_of("string", ("MasterLabel", "Master Label"), ("ApiName", "API Name"), ("Description", "Description")),
            *_of("boolean", ("IsActive", "Is Active"), ("IsClosed", "Closed"), ("IsWon", "Won")),
            Field("SortOrder", "int", "Order"),
            Field("DefaultProbability", "percent", "Probability (%)"),
            *_STAMPS,
        ),
    }.items()
}
# Field history is an object of its own per tracked object: (tracked object, reference field).
HISTORIES = {
    "AccountHistory": ("Account", "AccountId"),
    "ContactHistory": ("Contact", "ContactId"),
    "OpportunityFieldHistory": ("Opportunity", "OpportunityId"),
}
# What no org can track, and the name that is put together from parts that are tracked.
UNTRACKABLE = frozenset({"LastActivityDate", "IsClosed", "IsWon"})
COMPOUND = frozenset({("Contact", "Name")})
for _name, (_tracked, _reference) in HISTORIES.items():
    OBJECTS[_name] = {
        item.name: item
        for item in (
            *_SYSTEM,
            Field(_reference, "reference", f"{_tracked} ID", _tracked, _tracked, nillable=False),
            Field("Field", "picklist", "Changed Field"),
            Field("DataType", "picklist", "Datatype"),
            Field("OldValue", "anyType", "Old Value"),
            Field("NewValue", "anyType", "New Value"),
            _STAMPS[0],
        )
    }
KEY_PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "User": "005",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "AccountContactRelation": "07k",
    "OpportunityStage": "01J",
    "FieldDefinition": "000",
    **dict.fromkeys(HISTORIES, "017"),
}


def describe_object(name: str, base: str, fields: list[Field] | None = None) -> dict[str, Any]:
    """An object as the global describe lists it, with its fields if they are given."""
    history = name in HISTORIES or name in ("OpportunityStage", "FieldDefinition")
    plural = {"Opportunity": "Opportunities"}.get(name, name if history else f"{name}s")
    url = f"{base}/sobjects/{name}"
    shown = {
        "activateable": False,
        "createable": not history,
        "custom": False,
        "customSetting": False,
        "deletable": not history and name != "User",
        "deprecatedAndHidden": False,
        "keyPrefix": KEY_PREFIXES[name],
        "label": name,
        "labelPlural": plural,
        "mergeable": name in ("Account", "Contact"),
        "name": name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": not history and name not in ("OpportunityContactRole", "AccountContactRelation"),
        "undeletable": name in ("Account", "Contact", "Opportunity"),
        "updateable": not history,
        "urls": {"sobject": url, "describe": f"{url}/describe", "rowTemplate": f"{url}/{{ID}}"},
    }
    if fields is not None:
        shown |= {
            "childRelationships": [],
            "recordTypeInfos": [],
            "fields": [item.describe() for item in fields],
        }
    return shown
