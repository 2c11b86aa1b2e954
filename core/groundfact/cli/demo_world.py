"""What the demo plays on: fictional vendors on loopback, a billing export, and a memory over them."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from secrets import token_urlsafe

from groundfact.memory import Memory
from groundfact.testing import (
    FakeHubSpot,
    FakeNotion,
    FakeSalesforce,
    FakeSlack,
    FakeVendor,
    FakeZendesk,
    FictionalWorld,
)
from groundfact.world import SystemWorld

__all__ = ["CONFIG", "DemoWorld", "Stage", "config_text", "staged"]

CONFIG = "demo.yaml"
_COMPANIES = 400
_SETTLED = 15
"""Minutes after which every vendor shows what was written."""
_EXPORT_AGE = timedelta(days=46)
_OLD_PHONE = "+49 30 23125 10180"
_COLUMNS = ("customer_no", "company", "website", "phone", "plan", "renews_on", "balance", "exported_on")


def config_text() -> str:
    """The demo's YAML."""
    return files("groundfact.testing").joinpath(CONFIG).read_text("utf-8")


@dataclass
class DemoWorld:
    """The fiction's calendar with this machine's stopwatch; pauses are added up instead of waited for."""

    fiction: FictionalWorld
    environ: Mapping[str, str]
    waited: float = 0.0
    system: SystemWorld = field(default_factory=SystemWorld)
    numbers: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - jitter

    def now(self) -> datetime:
        """The fiction's date."""
        return self.fiction.now

    def monotonic(self) -> float:
        """Real seconds, so that what the demo calls fast was fast."""
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        """Note a pause that a real vendor's rate limit would need; the fake ones are on this machine."""
        self.waited += seconds

    def random(self) -> float:
        """The next number of a fixed seed."""
        return self.numbers.random()

    def resolve(self, host: str) -> Sequence[str]:
        """The host itself: the demo knows addresses only, and asks no name server."""
        return [host]

    def identity(self) -> str:
        """This process."""
        return self.system.identity()

    def is_running(self, identity: str) -> bool:
        """Whether the process behind an identity lives."""
        return self.system.is_running(identity)


@dataclass
class Stage:
    """Everything a scene works with."""

    memory: Memory
    fiction: FictionalWorld
    world: DemoWorld
    vendors: Mapping[str, FakeVendor]
    """By source of the YAML."""
    customers: Mapping[str, str]
    """Billing's customer numbers, and whom each is really about."""

    def truth_of(self, record: str) -> str | None:
        """The company that an account record (`source/id`) is really about; None where the fiction does not say."""
        source, _, number = record.partition("/")
        if source == "billing":
            return self.customers.get(number)
        known = {"crm": ("salesforce", "Account"), "marketing": ("hubspot", "companies")}
        return self.fiction.key_of(*known[source], number) if source in known else None


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Start the vendors, write the export and the YAML into a folder, and open the memory they describe."""
    fiction = FictionalWorld(companies=_COMPANIES)
    _edit_industry(fiction)
    customers = _export(fiction, folder / "billing.csv")
    config = folder / CONFIG
    config.write_text(config_text(), "utf-8")
    with ExitStack() as running:
        start = running.enter_context
        crm, marketing = start(FakeSalesforce(fiction)), start(FakeHubSpot(fiction))
        support, chat, wiki = start(FakeZendesk(fiction)), start(FakeSlack(fiction)), start(FakeNotion(fiction))
        # What was said this very second is not exported yet, as at the real vendors.
        fiction.advance(hours=_SETTLED / 60)
        tokens = {
            "DEMO_CRM_TOKEN": crm.session_id, "DEMO_MARKETING_TOKEN": marketing.access_token,
            "DEMO_SUPPORT_TOKEN": support.access_token, "DEMO_CHAT_TOKEN": chat.token, "DEMO_WIKI_TOKEN": wiki.token,
            **{name: token_urlsafe(24) for name in ("DEMO_COPILOT_TOKEN", "DEMO_DANA_TOKEN")},
        }  # fmt: skip
        world = DemoWorld(fiction, tokens)
        ids = {source.title: source.id for source in wiki.space.data_sources.values()}
        variables = {
            "crm_url": crm.url, "marketing_url": marketing.url, "support_url": support.url, "chat_url": chat.api_url,
            "wiki_url": wiki.url, "glossary": ids["Glossary"], "playbooks": ids["Playbooks"], "plans": ids["Accounts"],
        }  # fmt: skip
        memory = start(Memory.open(config, variables=variables, world=world))
        vendors = {"crm": crm, "marketing": marketing, "support": support, "chat": chat, "wiki": wiki}
        yield Stage(memory, fiction, world, vendors, customers)


def _edit_industry(fiction: FictionalWorld) -> None:
    """Somebody at HubSpot has set the industry five days ago: later than anything in the CRM record."""
    hero = fiction.hero
    said = hero.expectations["industry"].hubspot
    for value, days in ((None, 6), (said, 5)):
        at = fiction.now - timedelta(days=days)
        fiction.upsert("hubspot", "companies", hero.hubspot_id, {"industry": value}, at)


def _export(fiction: FictionalWorld, path: Path) -> dict[str, str]:
    """Billing's customers, as exported weeks ago; the hero's phone number is one that was given up long before."""
    numbers = random.Random(fiction.seed)  # noqa: S311 - fiction needs a seed
    exported = (fiction.now - _EXPORT_AGE).date()
    customers: dict[str, str] = {}
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for number, key in enumerate(fiction.company_keys, 1_001):
            company = fiction.subjects[key].values()
            if company["lifecycle"] not in ("customer", "evangelist"):
                continue
            phone = _OLD_PHONE if key == fiction.hero.company_key else company["phone"]
            balance = numbers.randrange(0, 400) * 50
            told = (company["name"], company["domain"], phone, company["tier"], company["renewal_date"])
            rows.writerow((f"C-{number}", *told, balance, exported))
            customers[f"C-{number}"] = key
    return customers
