"""What belongs to the workspace and what to an account, over one fictional business that five vendors serve."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from groundfact.memory import Memory
from groundfact.testing import FakeHubSpot, FakeNotion, FakeSalesforce, FakeSlack, FakeZendesk, FictionalWorld
from groundfact.testing.notion_space import Page
from groundfact.testing.world_clock import FakeClockWorld

YAML = """
workspace: northlane
store: {{path: {name}.db}}
network: {{allow: [127.0.0.1]}}
sources:
  crm: {{type: salesforce, access: [workspace], access_token: env:CRM, base_url: "{crm.url}"}}
  marketing: {{type: hubspot, access: [workspace], access_token: env:HUB, base_url: "{hub.url}"}}
  support: {{type: zendesk, access: [workspace], access_token: env:DESK, base_url: "{desk.url}"}}
  chat:
    type: slack
    access: [workspace]
    token: env:CHAT
    base_url: "{chat.api_url}"
    channels: {channels}
    streams:
      messages:
        mapping:
          about:
          - {{field: author.email, attribute: domain, when: author.external}}
          - {{field: channel.name, pattern: "cust-(.+)", attribute: domain, value: "{{1}}.example"}}
          - {{field: channel.id, values: {{C0DEALDESK: halden-robotics.example}}, attribute: domain}}
  wiki:
    type: notion
    access: [workspace]
    token: env:WIKI
    base_url: "{wiki.url}"
    comments: true
    data_sources:
      plans: {{id: {ids[Accounts]}, kind: account, attributes: {{name: Account, domain: Domain}}}}
      visits: {{id: {ids[Visits]}, kind: page, about: [{{field: Customer, attribute: domain}}]}}
      terms:
        id: {ids[Glossary]}
        kind: term
        text: false
        attributes: {{name: Term, definition: Definition, aliases: Also called}}
      playbooks:
        id: {ids[Playbooks]}
        kind: playbook
        attributes: {{name: Name, applies_to: Applies to, status: Status}}
      products:
        id: {ids[Products]}
        kind: product
        text: false
        attributes: {{name: Product, status: {{field: On sale, values: {{true: on sale, false: withdrawn}}}}}}
identity:
  account:
  - {{type: cross_reference, attribute: salesforce_id, source: crm, stream: accounts}}
  - {{type: shared_key, attribute: domain}}
  contact: [{{type: shared_key, attribute: email}}]
  teammate: [{{type: shared_key, attribute: email}}]
principals:
  dana: {{kind: person, labels: ["slack:C0DEALDESK"]}}
  support_copilot: {{kind: copilot}}
context: {{default_principal: support_copilot, max_tokens: 8000}}
"""
SECRET = "Not below 12 percent off"
QUESTION = "percent off with a second site in the contract"


@dataclass
class Business:
    """Five vendors, and two memories: one reads everything, the other all but the private channel."""

    world: FictionalWorld
    memory: Memory
    without: Memory
    desk: FakeZendesk
    plan: Page
    visit: Page

    @property
    def domain(self) -> str:
        """The hero account's."""
        return self.world.hero.domain

    def others(self) -> list[str]:
        """The domains of the other accounts."""
        domains = [str(company.get("domain")) for company in self.world.of_kind("company")]
        return [domain for domain in domains if domain and domain != self.domain]


@pytest.fixture(scope="module")
def business(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    """A small business, read once by each memory."""
    folder, world = tmp_path_factory.mktemp("workspace"), FictionalWorld(seed=7, companies=12)
    with ExitStack() as running:
        enter = running.enter_context
        crm, hub, desk = enter(FakeSalesforce(world)), enter(FakeHubSpot(world)), enter(FakeZendesk(world))
        chat, wiki = enter(FakeSlack(world)), enter(FakeNotion(world))
        visits = wiki.space.add_data_source("Visits", {"Name": "title", "Customer": "url"})
        page = {"Name": "Visit in autumn", "Customer": f"https://www.{world.hero.domain}"}
        visit = wiki.space.add_page(visits, page, ["The cold store needs a heated sensor."])
        named = {"CRM": crm.session_id, "HUB": hub.access_token, "DESK": desk.access_token}
        secrets = {**named, "CHAT": chat.token, "WIKI": wiki.token}
        ids = {source.title: source.id for source in wiki.space.data_sources.values()}
        plans = wiki.space.rows(wiki.space.named("Accounts"))
        plan = next(row for row in plans if "Halden" in row.properties["Account"])

        def open_memory(name: str, channels: str) -> Memory:
            vendors = {"crm": crm, "hub": hub, "desk": desk, "chat": chat, "wiki": wiki, "ids": ids}
            (folder / f"{name}.yaml").write_text(YAML.format(name=name, channels=channels, **vendors))
            clock = FakeClockWorld(at=world.now, environ=secrets, hosts={"127.0.0.1": ["127.0.0.1"]})
            memory = running.enter_context(Memory.open(folder / f"{name}.yaml", world=clock))
            report = memory.sync()
            assert report.ok, report
            assert all(stream.problems == stream.rejected == 0 for read in report.sources for stream in read.streams)
            clock.at = world.now
            return memory

        world.advance(hours=1)
        memory = open_memory("all", "{include: [general, cust-*, deal-desk]}")
        yield Business(world, memory, open_memory("without", "{include: [general, cust-*]}"), desk, plan, visit)


def told(data: Mapping[str, Any]) -> list[str]:
    """The records whose texts an answer holds."""
    return [text["record"] for text in (*data.get("passages", ()), *data.get("episodes", ()))]


def test_the_workspace_has_its_words_ways_stages_and_people(business: Business) -> None:
    """Terms, products, playbooks, stages and teammates come with their source and say how fresh they are."""
    answer = business.memory.workspace_context("what is a QBR")
    groups = answer.data["groups"]
    assert groups.keys() == {"term", "product", "playbook", "stage", "teammate"}
    qbr = groups["term"]["shown"][0]
    facts = {fact["attribute"]: fact for fact in qbr["facts"]}
    assert qbr["name"] == "QBR"
    assert facts["definition"]["value"].startswith("The quarterly business review")
    assert {(fact["source"], fact["freshness"]) for fact in facts.values()} == {("wiki", "fresh")}
    assert {source["source"] for source in answer.data["sources"]} >= {"crm", "marketing", "chat", "wiki"}
    assert "The quarterly business review" in answer.text


def test_a_draft_is_no_procedure(business: Business) -> None:
    """Playbooks that are approved are shown; the one that is still being written is not."""
    group = business.memory.workspace_context().data["groups"]["playbook"]
    assert [book["name"] for book in group["shown"]] == ["New champion", "Renewal in 90 days", "Sev1: sensor outage"]
    outage = {fact["attribute"]: fact["value"] for fact in group["shown"][2]["facts"]}
    assert (outage["applies_to"], outage["status"]) == (["Support", "Pulse Hub"], "Approved")


def test_stages_come_in_the_order_of_their_pipeline(business: Business) -> None:
    """Salesforce's and HubSpot's stages stand in their order, with one notion of probability."""
    shown = business.memory.workspace_context().data["groups"]["stage"]["shown"]
    ordered = ["Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won"]
    assert [stage["name"] for stage in shown] == [*ordered, "Closed Lost"] * 2
    likely = [[fact["value"] for fact in stage["facts"] if fact["attribute"] == "probability"] for stage in shown]
    assert likely == [[10.0], [20.0], [65.0], [80.0], [100.0], [0.0]] * 2


def test_our_people_are_those_who_work_here(business: Business) -> None:
    """Salesforce, HubSpot and Slack tell of the seven who have not left; each is one person, and nobody else is."""
    group = business.memory.workspace_context("Dana Whitlock").data["groups"]["teammate"]
    assert (group["count"], len({one["name"] for one in group["shown"]})) == (7, 7)
    told = [{fact["attribute"]: fact for fact in one["facts"]} for one in group["shown"]]
    assert {one["email"]["value"].partition("@")[2] for one in told} == {"northlane.example"}
    dana = told[0]
    assert (dana["name"]["value"], set(dana["name"]["sources"])) == ("Dana Whitlock", {"crm", "marketing", "chat"})
    assert (dana["team"]["value"], dana["team"]["source"]) == ("Key accounts", "marketing")


@pytest.mark.parametrize(
    ("question", "stream"),
    [
        ("firmware robots stop in aisle", "support/tickets/{business.desk.hero.open}"),
        ("spare parts portal login", "support/tickets/{business.desk.hero.without_organization}"),
        ("heated sensor in the cold store", "wiki/visits/{business.visit.id}"),
        ("plan goals risks next step", "wiki/plans/{business.plan.id}"),
        ("plant manager visit moved to March", "wiki/plans_comments/{business.plan.comments[0].id}"),
    ],
)
def test_an_account_has_its_ticket_page_plan_and_comment(business: Business, question: str, stream: str) -> None:
    """Each answers in its account's context, and in no other account's."""
    record = stream.format(business=business)
    assert record in told(business.memory.context(business.domain, question).data)
    for other in business.others():
        assert record not in told(business.memory.context(other, question).data)


def test_an_account_has_the_messages_of_its_channel(business: Business) -> None:
    """All that is said in the channel named after it, by either side, is the account's; nothing of it is another's."""
    asked = "works again, call Mara tomorrow"
    found = business.memory.search(asked, account=business.domain, limit=50)
    of_chat = [hit for hit in found if hit["source"] == "chat"]
    assert of_chat
    assert all(hit["record"].startswith("chat/messages/C0HALDEN:") for hit in of_chat)
    assert {hit["external"] for hit in of_chat} == {True, False}
    for other in business.others():
        assert not [record for record in told(business.memory.context(other, asked).data) if "C0HALDEN" in record]


def test_every_text_of_an_account_is_about_it(business: Business) -> None:
    """Tickets in an account's answer are those of its own organization or people."""
    desk = business.desk.desk
    for other in business.others():
        for record in told(business.memory.context(other, "please problem order delivery").data):
            source, stream, key = record.split("/")
            if (source, stream) == ("support", "tickets"):
                asker = desk.rows["users"][desk.rows["tickets"][int(key)].fields["requester_id"]]
                assert asker.fields["email"].partition("@")[2] in (other, *business.world.free_mail_domains)


def test_a_private_message_is_seen_with_its_label_only(business: Business) -> None:
    """Who holds the channel's label finds it in context, search and workspace search; others nowhere."""
    for principal, sees in (("dana", True), ("support_copilot", False)):
        who = {"principal": principal}
        answers = [
            business.memory.context(business.domain, QUESTION, **who).text,
            json.dumps(business.memory.search(QUESTION, account=business.domain, **who)),
            json.dumps(business.memory.search(QUESTION, **who)),
            business.memory.workspace_context(QUESTION, **who).text,
        ]
        assert [SECRET in answer for answer in answers] == [sees] * 4


def test_what_others_see_is_the_same_without_it(business: Business) -> None:
    """Byte for byte: to whom the private channel is closed, its messages make no difference."""
    for question in (None, QUESTION, "framework agreement", "robots works again"):
        one, two = (
            [memory.context(domain, question) for domain in (business.domain, *business.others())]
            + [memory.workspace_context(question)]
            for memory in (business.memory, business.without)
        )
        assert [answer.text for answer in one] == [answer.text for answer in two]
        assert json.dumps([answer.data for answer in one]) == json.dumps([answer.data for answer in two])
        if question is not None:
            for account in (None, business.domain):
                found = [m.search(question, account=account, limit=50) for m in (business.memory, business.without)]
                assert json.dumps(found[0]) == json.dumps(found[1])
