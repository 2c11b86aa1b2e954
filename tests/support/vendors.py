"""Both fake vendors over one fictional world, and memories that read them through the real SDKs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groundfact.memory import Memory
from groundfact.testing import FakeHubSpot, FakeSalesforce, FictionalWorld
from groundfact.testing.world_clock import FakeClockWorld

YAML = """
workspace: fiction
store: {{path: {name}.db}}
network: {{allow: [127.0.0.1]}}
sources:
  crm:
    type: salesforce
    access: [workspace]
    access_token: env:CRM
    base_url: "{crm}"
    batch_size: {rows}
    behind_after: 30d
    streams:
      opportunities: {{mapping: {{access: {{field: Visibility_Group__c, label: "group:{{value}}"}}}}}}
      accounts:
        mapping: {{attributes: {{tier: Customer_Tier__c, renewal_date: Renewal_Date__c}}}}
  marketing:
    type: hubspot
    access: [workspace]
    access_token: env:HUB
    base_url: "{hub}"
    page_size: {rows}
    history: true
    behind_after: 30d
    streams:
      companies:
        mapping: {{attributes: {{tier: properties.customer_tier, renewal_date: properties.renewal_date}}}}
{more}
"""

PEOPLE = """
identity:
  account:
    - {type: cross_reference, attribute: salesforce_id, source: crm, stream: accounts}
    - {type: shared_key, attribute: domain}
  contact:
    - {type: shared_key, attribute: email}
  teammate:
    - {type: shared_key, attribute: email}
principals:
  dana: {kind: person, labels: [workspace, "group:deal-desk"], clearance: confidential}
  support_copilot: {kind: copilot, labels: [workspace]}
context: {default_principal: dana, max_tokens: 6000}
"""


@dataclass
class Vendors:
    """Two vendors that are running, and the YAML that reads them."""

    world: FictionalWorld
    crm: FakeSalesforce
    hub: FakeHubSpot
    folder: Path
    rows: int
    more: str = PEOPLE
    secrets: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """What the YAML's secret references stand for."""
        self.secrets = {"CRM": self.crm.session_id, "HUB": self.hub.access_token}

    def yaml(self, name: str, more: str | None = None) -> Path:
        """A YAML with a store of its own."""
        path = self.folder / f"{name}.yaml"
        told = self.more if more is None else more
        path.write_text(YAML.format(name=name, crm=self.crm.url, hub=self.hub.url, rows=self.rows, more=told))
        return path

    def clock(self, **more: Any) -> FakeClockWorld:
        """A world that stands where the fiction stands."""
        return FakeClockWorld(at=self.world.now, environ=self.secrets, hosts={"127.0.0.1": ["127.0.0.1"]}, **more)

    def open(self, name: str, clock: FakeClockWorld | None = None, more: str | None = None) -> Memory:
        """A memory with a store of its own."""
        return Memory.open(self.yaml(name, more), world=clock or self.clock())


@contextmanager
def vendors(folder: Path, world: FictionalWorld, rows: int = 200, **more: Any) -> Iterator[Vendors]:
    """Run both vendors, with pages of so many rows."""
    with FakeSalesforce(world, min_batch=min(rows, 200)) as crm, FakeHubSpot(world) as hub:
        yield Vendors(world, crm, hub, folder, rows, **more)


def dump(memory: Memory) -> bytes:
    """The canonical dump in one piece."""
    return b"".join(memory.dump())
