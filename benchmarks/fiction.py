"""Is what is told the truth? Over the fictional world, whose truth is known, by real syncs of two vendors.

python benchmarks/fiction.py [COMPANIES]
Time passes and vendors are edited; some edits reach one vendor only. Prints how often the current value is the answer,
how often a value that has been superseded is told without a mark, and how often a rumour that is newer than the system
of record wins.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from groundfact.memory import Memory
from groundfact.testing import FakeHubSpot, FakeSalesforce, FictionalWorld
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.vocabulary import BadValue, compare_key, convert, default_vocabulary

COMPANIES = 60
STEPS, DAYS = 30, 3
ATTRIBUTES = (
    "employees", "annual_revenue", "phone", "street", "city", "postal_code", "country", "tier", "renewal_date",
)  # fmt: skip
AUTHORITY = ("tier", "renewal_date")
"""The CRM is the system of record of these."""
RUMOURS = {"customer_tier": "Rumoured", "renewal_date": "2031-01-01"}
YAML = """
workspace: fiction
network: {{allow: [127.0.0.1]}}
sources:
  crm:
    {{type: salesforce, access: [workspace], access_token: env:CRM, base_url: "{crm}", history: true,
    streams: {{accounts: {{mapping: {{attributes: {{tier: Customer_Tier__c, renewal_date: Renewal_Date__c}}}}}}}}}}
  marketing:
    {{type: hubspot, access: [workspace], access_token: env:HUB, base_url: "{hub}", history: true, streams: {{companies:
    {{mapping: {{attributes: {{tier: properties.customer_tier, renewal_date: properties.renewal_date}}}}}}}}}}
identity:
  account:
    - {{type: cross_reference, attribute: salesforce_id, source: crm, stream: accounts}}
    - {{type: shared_key, attribute: domain}}
attributes: {{account: {{{rules}}}}}
principals: {{judge: {{kind: person, clearance: restricted}}, bot: {{kind: copilot, clearance: restricted}}}}
context: {{default_principal: judge}}
"""


class Told(NamedTuple):
    """A fact as it was handed out, beside the truth."""

    account: str
    attribute: str
    served: dict[str, Any] | None
    true: Any
    before: frozenset[Any]
    """What was true earlier and is no more."""


def _key(attribute: str, value: Any) -> Any:
    """As values of the attribute are compared; what does not fit its type is itself."""
    type_name = default_vocabulary()["account"].attributes[attribute].type
    try:
        return compare_key(type_name, convert(type_name, value if not hasattr(value, "isoformat") else str(value)))
    except BadValue:
        return value


def answers(memory: Memory, fiction: FictionalWorld) -> Iterator[Told]:
    """Every fact about every company that is in the CRM once, as the context tells it, if any source says the truth."""
    said: dict[tuple[str, str], set[Any]] = {}
    for claim in memory.list("claims", kind="account"):
        said.setdefault((claim["entity"], claim["attribute"]), set()).add(_key(claim["attribute"], claim["value"]))
    for key in fiction.company_keys:
        records = [record for record in fiction.copies("salesforce", key) if record.deleted is None]
        if len(records) != 1:
            continue
        data = memory.context(f"crm/{records[0].id}").data
        facts = {fact["attribute"]: fact for fact in data["facts"]}
        for attribute in ATTRIBUTES:
            lines = [_key(attribute, entry.value) for entry in fiction.history(key, attribute)]
            # Of some edits only a vendor heard that does not know the company: then nobody can tell.
            if lines and lines[-1] in said.get((data["id"], attribute), ()):
                yield Told(key, attribute, facts.get(attribute), lines[-1], frozenset(lines[:-1]) - {lines[-1]})


def judged(told: list[Told]) -> Counter[str]:
    """How many are right, superseded, otherwise wrong, or marked as uncertain; of these, where what is true stands
    first of the sides."""
    found: Counter[str] = Counter()
    for one in told:
        served = one.served
        if served is None or served["status"] != "known" or served.get("withheld"):
            found["marked"] += 1
            sides = (served or {}).get("sides", ())
            found["marked first"] += bool(sides) and _key(one.attribute, sides[0].get("value")) == one.true
        elif _key(one.attribute, served["value"]) == one.true:
            found["right"] += 1
        else:
            fresh = served["freshness"] in ("fresh", "aging")
            value = _key(one.attribute, served["value"])
            found["superseded" if fresh and value in one.before else "wrong"] += 1
    return found


def spread(memory: Memory, fiction: FictionalWorld) -> None:
    """Rumours, newer than anything: in the other vendor's records, and by a copilot that infers them."""
    for number, key in enumerate(fiction.company_keys):
        for record in fiction.copies("hubspot", key)[:1]:
            if record.deleted is None:
                fiction.upsert("hubspot", "companies", record.id, RUMOURS)
        known = fiction.vendor_id("salesforce", key)
        if number % 3 == 0 and known is not None and len(fiction.copies("salesforce", key)) == 1:
            memory.remember(about=f"crm/{known}", attribute="tier", value="Inferred", principal="bot")


def main(companies: int) -> None:
    """Let time pass, sync, and judge."""
    fiction = FictionalWorld(companies=companies)
    rules = [f"{name}: {{survivorship: [{{type: system_of_record, sources: [crm]}}]}}" for name in AUTHORITY]
    rules += [f"{name}: {{survivorship: [most_recent]}}" for name in ATTRIBUTES if name not in AUTHORITY]
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        crm, hub = running.enter_context(FakeSalesforce(fiction)), running.enter_context(FakeHubSpot(fiction))
        path = Path(folder) / "groundfact.yaml"
        path.write_text(YAML.format(crm=crm.url, hub=hub.url, rules=", ".join(rules)))
        secrets = {"CRM": crm.session_id, "HUB": hub.access_token}
        clock = FakeClockWorld(at=fiction.now, environ=secrets, hosts={"127.0.0.1": ["127.0.0.1"]})
        memory = running.enter_context(Memory.open(path, world=clock))
        told: list[Told] = []
        for _ in range(STEPS):
            fiction.advance(days=DAYS)
            clock.at = fiction.now
            assert memory.sync().ok
            told += answers(memory, fiction)
        _print(judged([one for one in told if one.attribute not in AUTHORITY]), companies)
        held = {name: _authoritative(memory, fiction, name) for name in AUTHORITY}
        spread(memory, fiction)
        fiction.advance(hours=1)
        clock.at = fiction.now
        assert memory.sync().ok
        kept = {name: _authoritative(memory, fiction, name) for name in AUTHORITY}
        pairs = [(name, account) for name in AUTHORITY for account in held[name]]
        same = sum(held[name][account] == kept[name].get(account) for name, account in pairs)
        print(f"  authoritative record over a newer rumour {same / len(pairs):.4f} of {len(pairs)}")


def _print(found: Counter[str], companies: int) -> None:
    total = found["right"] + found["superseded"] + found["wrong"] + found["marked"]
    of_known = found["right"] / (total - found["marked"])
    print(f"fiction: {total} facts of {companies} companies over {STEPS * DAYS} days")
    first = (found["right"] + found["marked first"]) / total
    print(f"  current value first {first:.4f}, and told as known {found['right'] / total:.4f}")
    print(f"  of what is told as known, current {of_known:.4f}")
    print(f"  superseded and unmarked {found['superseded']}, otherwise wrong {found['wrong']}")
    print(f"  said to be uncertain, with both sides {found['marked']}")


def _authoritative(memory: Memory, fiction: FictionalWorld, attribute: str) -> dict[str, Any]:
    """By company, what is told of an attribute where the CRM is believed."""
    found = {}
    for key in fiction.company_keys:
        known = fiction.copies("salesforce", key)
        if len(known) == 1 and known[0].deleted is None:
            facts = {fact["attribute"]: fact for fact in memory.context(f"crm/{known[0].id}").data["facts"]}
            if attribute in facts and facts[attribute].get("source") == "crm":
                found[key] = facts[attribute]["value"]
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMPANIES)
