"""What is known of the curated account: ids, and what each vendor says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Expectation:
    """One curated fact: what each vendor says (in its own words) since when, what is true, what to find."""

    attribute: str
    salesforce: Any
    salesforce_changed: datetime | None
    hubspot: Any
    hubspot_changed: datetime | None
    truth: Any
    finding: str


@dataclass(frozen=True, slots=True)
class HeroChange:
    """What ``change_hero`` did at HubSpot: record, property, old and new value."""

    object: str
    id: str
    property: str
    old: Any
    new: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Hero:
    """Ids and documented expectations of the hero account, as they are when the world begins."""

    company_key: str
    name: str
    domain: str
    account_id: str
    hubspot_id: str
    owner_email: str
    expectations: dict[str, Expectation]
    contacts: dict[str, dict[str, str]]
    """E-mail to the ids per vendor; two people are in both vendors."""
    open_opportunity_id: str
    restricted_opportunity_id: str
    restricted_label: str
    deal_id: str
    promoted_email: str
