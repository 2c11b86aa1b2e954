"""Notion read into a real memory: what the store believes is what Notion has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundfact.memory import Memory
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.testing.notion import FakeNotion
from groundfact.testing.notion_space import NotionSpace, Page
from groundfact.testing.world_clock import FakeClockWorld

YAML = """
workspace: lab
store: {{path: lab.db}}
sources:
  wiki:
    type: notion
    token: env:NOTION_TOKEN
    base_url: {url}
    access: [workspace]
    pages: true
    comments: true
    data_sources:
      plans:
        id: {plans}
        kind: account
        attributes: {{name: Account, domain: Domain, tier: Tier}}
      products: {{id: {products}, kind: page, text: false}}
network: {{allow: [127.0.0.1]}}
identity: {{account: [{{type: shared_key, attribute: domain}}]}}
principals: {{me: {{kind: person, clearance: restricted}}}}
context: {{default_principal: me}}
"""


class Office:
    """A memory that reads the fake Notion and shares its clock."""

    def __init__(self, vendor: FakeNotion, clock: FakeClockWorld, folder: Path) -> None:
        ids = {name.lower(): vendor.space.named(name).id for name in ("Accounts", "Products")}
        text = YAML.format(url=vendor.url, plans=ids["accounts"], products=ids["products"])
        (folder / "lab.yaml").write_text(text)
        clock.environ = {"NOTION_TOKEN": vendor.token}
        self.vendor, self.clock = vendor, clock
        self.memory = Memory.open(folder / "lab.yaml", world=clock)

    @property
    def space(self) -> NotionSpace:
        """What people write."""
        return self.vendor.space

    def sync(self, days: float = 0) -> None:
        """Let business go on for some days, then sync."""
        self.vendor.world.advance(days=days)
        self.clock.at = max(self.clock.at, self.vendor.world.now)
        report = self.memory.sync()
        assert report.ok, report

    def believed(self, stream: str) -> set[str]:
        """The ids of the records that are there, as the store believes."""
        return {rec for (rec,) in self._rows("select rec from current where name = ? and gone is null", stream)}

    def text(self, page: Page) -> str | None:
        """The text of a page, as the store believes."""
        ((text,),) = self._rows("select text from current where rec = ?", page.id)
        return str(text)

    def why(self, page: Page) -> str:
        """Why a page is gone."""
        ((gone,),) = self._rows("select gone from current where rec = ?", page.id)
        return str(gone)

    def _rows(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        current = """with current as (select v.rec, v.text, v.gone, s.name from version v join stream s
                     on s.id = v.stream where v.closed_seq is null) """
        with self.memory.store.reading() as tx:
            return tx.rows(current + sql, values)


@pytest.fixture
def office(vendor: FakeNotion, clock: FakeClockWorld, tmp_path: Path) -> Iterator[Office]:
    """A memory that has read Notion once."""
    made = Office(vendor, clock, tmp_path)
    made.sync()
    yield made
    made.memory.close()


def test_the_store_follows_notion(office: Office) -> None:
    """Through edits, a new page, the trash and un-sharing the store holds what Notion holds."""
    space = office.space
    plans, products = space.named("Accounts"), space.named("Products")
    told = {"plans": lambda: space.rows(plans), "products": lambda: space.rows(products)}
    skipped = {row.id for source in (plans, products) for row in space.rows(source)}

    def check() -> None:
        for stream, rows in told.items():
            assert office.believed(stream) == {row.id for row in rows()}
        there = {page.id for page in space.pages.values() if space.visible(page)}
        assert office.believed("pages") == there - skipped

    check()
    space.edit(space.rows(plans)[1], {"Tier": "Bronze"})
    skipped.add(space.add_page(plans, {"Account": "New", "Domain": "https://new.example"}).id)
    space.trash(space.rows(plans)[2])
    space.trash(space.free_pages()[0])
    office.sync(1)
    check()
    hidden = space.rows(plans)[0], space.free_pages()[1]
    for page in hidden:
        space.unshare(page)
    office.sync(8)
    check()
    assert [office.why(page) for page in hidden] == ["hidden", "hidden"]
    for page in hidden:
        space.unshare(page, share=True)
    office.sync(8)
    check()


def test_pages_that_search_forgets_are_not_gone(office: Office) -> None:
    """Search does not promise to be complete: a page it lacks is asked for by itself before it counts as gone."""
    pages = office.space.free_pages()
    for page in pages:
        page.findable = False
    office.sync(8)
    assert {page.id for page in pages} <= office.believed("pages")
    page = pages[0]
    office.space.unshare(page)
    office.sync(8)
    assert page.id not in office.believed("pages")


def test_two_edits_in_a_minute_are_two_versions(office: Office) -> None:
    """The second bears the same date as the first, and wins all the same; the first stays in the history."""
    page = office.space.free_pages()[0]
    office.space.edit(page, None, ["First."])
    office.sync()
    office.space.edit(page, None, ["Second."])
    office.clock.advance(seconds=20)
    office.sync()
    assert office.text(page) == "Second."
    office.sync(1)
    assert office.text(page) == "Second."


def test_a_comment_that_was_deleted_is_gone_with_the_next_complete_read(office: Office) -> None:
    """Comments have no feed: a complete read is due every day, and confirms each that is missing."""
    plan = next(row for row in office.space.rows(office.space.named("Accounts")) if row.comments)
    comment = plan.comments[0]
    assert office.believed("plans_comments") == {comment.id}
    plan.comments.clear()
    office.sync(2)
    assert office.believed("plans_comments") == set()


def test_a_second_run_writes_nothing(office: Office) -> None:
    """Reading everything again, unchanged, makes no new version."""
    office.clock.advance(minutes=1)
    report = office.memory.sync((), SyncOptions(full=True))
    counts = report.sources[0].counts
    assert (counts["new"], counts["changed"], counts["gone"], counts["rejected"]) == (0, 0, 0, 0)


def test_an_account_plan_is_about_the_account(office: Office) -> None:
    """The plan's domain makes it a record of the account: its tier is a claim, its text answers questions."""
    plan = office.space.rows(office.space.named("Accounts"))[0]
    told = office.memory.context("halden-robotics.example", "Do they want a second site?").text
    assert plan.properties["Tier"] in told
    assert "second site" in told
