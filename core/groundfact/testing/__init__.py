"""What plugin authors test with: a fictional business world and vendors that serve it over real HTTP.

from datetime import timedelta
from groundfact.testing import FakeHubSpot, FakeSalesforce, FictionalWorld

world = FictionalWorld(seed=7, companies=40)          # same seed and calls, same bytes
with FakeSalesforce(world) as crm, FakeHubSpot(world, index_lag=timedelta(minutes=5)) as marketing:
    crm.url, crm.session_id                           # hand these to your connector's configuration
    marketing.url, marketing.access_token

    marketing.faults.add("429", match="/search", times=2, retry_after=1)
    crm.faults.add("truncated", match="/query", after_calls=3)
    ...                                               # run a sync
    assert crm.count("/queryAll") <= 12               # what it cost

    world.advance(days=3)                             # people move, deals close, records are touched
    world.change_hero()                               # one known change at HubSpot
    world.delete_record("salesforce", "Contact", contact_id)
    world.merge_companies_in_hubspot(winner_id, loser_id)

world.truth(world.hero.company_key, "employees")      # what is true, and since when
world.hero.expectations["employees"].finding          # why the hero account is interesting
"""

from groundfact.testing.faults import Fault, FaultSchedule
from groundfact.testing.hubspot import FakeHubSpot
from groundfact.testing.notion import FakeNotion
from groundfact.testing.salesforce import FakeSalesforce
from groundfact.testing.server import Call, FakeVendor
from groundfact.testing.slack import FakeSlack
from groundfact.testing.world_data import FictionalWorld
from groundfact.testing.zendesk import FakeZendesk

__all__ = [
    "Call",
    "FakeHubSpot",
    "FakeNotion",
    "FakeSalesforce",
    "FakeSlack",
    "FakeVendor",
    "FakeZendesk",
    "Fault",
    "FaultSchedule",
    "FictionalWorld",
]
