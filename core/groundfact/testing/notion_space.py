"""What is in the fake Notion workspace: data sources, pages with blocks and comments, and what people do to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from groundfact.testing.world_data import FictionalWorld


@dataclass(slots=True)
class User:
    """A person of the workspace, or the connection itself."""

    id: str
    name: str
    email: str | None


@dataclass(slots=True)
class Block:
    """A block of a page; `payload` is what its type carries besides the text."""

    id: str
    type: str
    text: str = ""
    children: list[Block] = field(default_factory=list)
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Comment:
    """A comment at the top of a page."""

    id: str
    author: str
    text: str
    at: datetime
    edited: datetime


@dataclass(slots=True)
class Page:
    """A page: free, or the row of a data source."""

    id: str
    parent: str | None
    """The data source or page it lies in; None: the workspace itself."""
    properties: dict[str, Any]
    created: datetime
    edited: datetime
    created_by: str
    edited_by: str
    blocks: list[Block] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    in_trash: bool = False
    shared: bool = True
    findable: bool = True
    """Whether search has it; it does not promise to have every page."""


@dataclass(slots=True)
class DataSource:
    """A table: property name to type."""

    id: str
    database: str
    title: str
    schema: dict[str, str]
    created: datetime
    shared: bool = True


Told = str | tuple[str, str] | tuple[str, str, Sequence[Any]]
"""A block as a test writes it: a paragraph, (type, text) or (type, text, children)."""


class NotionSpace:
    """One workspace; every change moves the page's date, as Notion does, and says who did it."""

    def __init__(self, world: FictionalWorld) -> None:
        self.world = world
        self.users: dict[str, User] = {}
        self.data_sources: dict[str, DataSource] = {}
        self.pages: dict[str, Page] = {}
        self.revision = 0
        self._number = 0
        self.bot = User(self.new_id(), "groundfact", None)

    def new_id(self) -> str:
        """The next id: the same in every run of the same seed."""
        self._number += 1
        told = f"{self.world.seed}/notion/{self._number}".encode()
        return str(UUID(bytes=blake2b(told, digest_size=16).digest(), version=4))

    # -- making -----------------------------------------------------------------------------------------------

    def add_user(self, name: str, email: str) -> User:
        """Somebody joins."""
        user = User(self.new_id(), name, email)
        self.users[user.id] = user
        return user

    def add_data_source(self, title: str, schema: dict[str, str]) -> DataSource:
        """A new table; the first property of type `title` names its rows."""
        made = DataSource(self.new_id(), self.new_id(), title, schema, self.world.now)
        self.data_sources[made.id] = made
        return made

    def add_page(
        self,
        parent: DataSource | Page | None,
        properties: dict[str, Any] | str,
        blocks: Sequence[Told] = (),
        at: datetime | None = None,
        author: str | None = None,
    ) -> Page:
        """A new page; one outside data sources has only a title."""
        values = {"title": properties} if isinstance(properties, str) else properties
        moment, who = at or self.world.now, author or next(iter(self.users), self.bot.id)
        page = Page(self.new_id(), parent.id if parent else None, values, moment, moment, who, who)
        page.blocks = self.blocks(blocks)
        self.pages[page.id] = page
        if isinstance(parent, Page):
            parent.blocks.append(Block(page.id, "child_page", payload={"title": values["title"]}))
        self.revision += 1
        return page

    def blocks(self, told: Sequence[Told]) -> list[Block]:
        """Blocks from their short form."""
        made = []
        for item in told:
            kind, text, *rest = ("paragraph", item) if isinstance(item, str) else item
            made.append(Block(self.new_id(), kind, text, self.blocks(rest[0]) if rest else []))
        return made

    # -- what people do ---------------------------------------------------------------------------------------

    def edit(self, page: Page, values: dict[str, Any] | None = None, blocks: Sequence[Told] | None = None) -> None:
        """Change properties or text, now."""
        with self.world.lock:
            page.properties |= values or {}
            if blocks is not None:
                page.blocks = self.blocks(blocks)
            page.edited = self.world.now
            self.revision += 1

    def trash(self, page: Page, *, restore: bool = False) -> None:
        """Move a page to the trash, or back; its date does not move, so that nobody can rely on it."""
        with self.world.lock:
            page.in_trash = not restore
            self.revision += 1

    def unshare(self, thing: Page | DataSource, *, share: bool = False) -> None:
        """Take a page or data source out of (or back into) what the connection may see."""
        with self.world.lock:
            thing.shared = share
            self.revision += 1

    def comment(self, page: Page, author: str, text: str) -> Comment:
        """Comment on a page: that does not move the page's date."""
        with self.world.lock:
            made = Comment(self.new_id(), author, text, self.world.now, self.world.now)
            page.comments.append(made)
            self.revision += 1
            return made

    # -- looking ----------------------------------------------------------------------------------------------

    def named(self, title: str) -> DataSource:
        """The data source of that title."""
        return next(source for source in self.data_sources.values() if source.title == title)

    def rows(self, source: DataSource) -> list[Page]:
        """The rows of a data source that are there, in the order they were made."""
        return [page for page in self.pages.values() if page.parent == source.id and self.visible(page)]

    def free_pages(self) -> list[Page]:
        """The pages outside data sources that are there."""
        return [page for page in self.pages.values() if page.parent not in self.data_sources and self.visible(page)]

    def visible(self, page: Page) -> bool:
        """Whether a page is there for the connection and not in the trash."""
        return self.reachable(page) and not page.in_trash

    def reachable(self, page: Page) -> bool:
        """Whether the connection may see a page, in the trash or not."""
        source = self.data_sources.get(page.parent or "")
        return page.shared and (source is None or source.shared)

    def title_of(self, page: Page) -> str:
        """What a page is called."""
        source = self.data_sources.get(page.parent or "")
        name = "title" if source is None else next(n for n, kind in source.schema.items() if kind == "title")
        return str(page.properties.get(name) or "")

    def find_block(self, block_id: str) -> tuple[Page, Block | None] | None:
        """The page and block behind an id; no block where the id is the page's own."""
        page = self.pages.get(block_id)
        if page is not None:
            return page, None
        found = ((page, block) for page in self.pages.values() for block in _all(page.blocks) if block.id == block_id)
        return next(found, None)


def _all(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _all(block.children)
