"""One seeded, fictional business world whose truth is known, and two vendors' imperfect views of it."""

from __future__ import annotations

import gc
import random
from datetime import UTC, datetime, timedelta

from groundfact.testing import evolution, generate, hero, merging, relating, seeding
from groundfact.testing.hero_facts import HeroChange
from groundfact.testing.projection import VENDORS
from groundfact.testing.views import Record
from groundfact.testing.world_records import WorldRecords

__all__ = ["FictionalWorld"]

_START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class FictionalWorld(WorldRecords):
    """Companies, people, deals, tickets and conversations that evolve; same seed and calls, same bytes."""

    def __init__(self, seed: int = 7, companies: int = 40, now: datetime = _START) -> None:
        super().__init__(seed, now)
        # Nothing made here becomes garbage, and collecting costs a quarter of the time for a large world.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._populate(companies)
        finally:
            if collecting:
                gc.enable()

    def _populate(self, companies: int) -> None:
        rng = random.Random(f"{self.seed}/start")  # noqa: S311 - fiction needs a seed, not secrecy
        self.teammates = generate.teammates(self, rng)
        for mate in self.teammates:
            for vendor in VENDORS:
                row = seeding.introduce(self, vendor, self.subjects[mate], rng, exact=True)
                if vendor == "hubspot" and not self.subjects[mate].get("active"):
                    row.deleted = row.modified
        self.hero = hero.create(self)
        for index in range(1, companies):
            seeding.settle(self, generate.company(self, index, rng), rng)
        relating.relate(self)

    def advance(self, *, days: float = 0, hours: float = 0) -> None:
        """Let time pass; cutting it into smaller steps makes no difference."""
        with self.lock:
            evolution.pass_time(self, self.now + timedelta(days=days, hours=hours))

    def change_hero(self) -> list[HeroChange]:
        """One visible business change at HubSpot, now: promotion, new company phone, deal moves a stage."""
        with self.lock:
            return hero.change(self)

    def merge_companies_in_hubspot(self, primary_id: str, other_id: str, *, keep_id: bool = False) -> Record:
        """Merge two HubSpot companies; the result names them in ``hs_merged_object_ids``.

        As documented since 2025 the result is a new record under a new id, to which both old ids lead when
        they are fetched; with ``keep_id`` the primary record stays and only the other one vanishes.
        """
        with self.lock:
            return merging.companies_in_hubspot(self, primary_id, other_id, keep_id)

    def merge_accounts_in_salesforce(self, winner_id: str, loser_id: str) -> Record:
        """Merge two accounts: the loser is deleted with ``MasterRecordId``, its children move over."""
        with self.lock:
            return merging.accounts_in_salesforce(self, winner_id, loser_id)
