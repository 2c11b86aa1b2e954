"""The tables. Every row belongs to a workspace; what a source said carries its access labels.

Times are whole milliseconds since 1970 UTC. `seq` is belief time, one number for each commit: a row is believed
from `seq` until `closed_seq` (null: still). Version, link and key rows are appended and closed, never edited.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from groundfact.store.aging import LearntLifetimes, RefreshWish
from groundfact.store.books import AttributeUse, Audit, Checkpoint, Lease, Mark, RejectedRow, Run, StreamPass
from groundfact.store.bygone import ConfigVersion, UndoneVersion
from groundfact.store.judgements import LinkDecision, Proposal

__all__ = [
    "AttributeUse",
    "Audit",
    "Belonging",
    "Checkpoint",
    "Commit",
    "ConfigVersion",
    "Confirmation",
    "Entity",
    "FactDocument",
    "LabelSet",
    "LearntLifetimes",
    "Lease",
    "Link",
    "LinkDecision",
    "Mark",
    "Passage",
    "Proposal",
    "RecordKey",
    "RefreshWish",
    "RejectedRow",
    "Run",
    "SourceVersion",
    "Stream",
    "StreamPass",
    "TermCount",
    "TermStatistics",
    "UndoneVersion",
    "Workspace",
]

_OPEN = text("closed_seq IS NULL")
_DUE = text("due IS NOT NULL")


def _id() -> Column[int]:
    # Plain Integer, not BigInteger: only INTEGER PRIMARY KEY is the rowid itself in SQLite.
    return Column(Integer, primary_key=True, autoincrement=True)


def _ms(*, null: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=null)


class Workspace(SQLModel, table=True):
    """A workspace: nothing in one is ever seen from another."""

    id: int = Field(sa_column=_id())
    name: str = Field(unique=True)


class Commit(SQLModel, table=True):
    """Belief time: one number for each commit, and the wall clock it happened at."""

    __tablename__ = "belief_commit"
    seq: int = Field(sa_column=_id())
    workspace: int
    at: int = Field(sa_column=_ms())


class Stream(SQLModel, table=True):
    """A list in a source, with what must be known of it when answers are read."""

    __table_args__ = (UniqueConstraint("workspace", "source", "name"),)
    id: int = Field(sa_column=_id())
    workspace: int
    source: str
    name: str
    kind: str
    confirms: str
    mapping: str
    """Digest of the mapping its versions were last read with; empty for one that was never read."""
    labels: int
    """The label set of its records that say nothing of who may see them; 0 for one that was never read."""


class LabelSet(SQLModel, table=True):
    """A set of access labels, any of which lets a principal see what carries it; id by content and giver."""

    __tablename__ = "label_set"
    __table_args__ = (UniqueConstraint("workspace", "labels", "giver"),)
    id: int = Field(sa_column=_id())
    workspace: int
    labels: str
    """A sorted JSON list."""
    giver: str
    """Who says so: the `source`, the `mapping`, or the YAML's `access:` as the `default`, which may change."""


class SourceVersion(SQLModel, table=True):
    """What a record said during one unbroken span of our belief."""

    __tablename__ = "version"
    __table_args__ = (
        Index("version_current", "stream", "rec", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("version_history", "stream", "rec", "seq"),
        Index(
            "version_gone",
            "stream",
            "gone",
            sqlite_where=text("gone IS NOT NULL"),
            postgresql_where=text("gone IS NOT NULL"),
        ),
        Index(
            "version_parent",
            "parent_stream",
            "parent_rec",
            sqlite_where=text("parent_rec IS NOT NULL"),
            postgresql_where=text("parent_rec IS NOT NULL"),
        ),
    )
    id: int = Field(sa_column=_id())
    workspace: int
    stream: int
    rec: str
    labels: int
    hash: bytes
    """Of payload, attributes and labels: equal content, equal hash."""
    payload: str = Field(sa_column=Column(Text, nullable=False))
    attributes: str = Field(sa_column=Column(Text, nullable=False))
    changed: str | None = Field(sa_column=Column(Text, nullable=True))
    """When attributes last changed; negative, or missing (then `asserted_at`): that is the latest it can have been."""
    field_changes: str | None = Field(sa_column=Column(Text, nullable=True))
    """When single attributes last changed as the source's own field history says; negative: at the latest then."""
    text: str | None = Field(sa_column=Column(Text, nullable=True))
    about: str | None = Field(sa_column=Column(Text, nullable=True))
    """A JSON list of scopes: what the record hangs on besides its parent; null for nothing."""
    parent_stream: int | None
    parent_rec: str | None
    url: str | None
    gone: str | None
    """A tombstone's reason, `merged:` and an id for a record that went into another; null for one that is there."""
    asserted_at: int | None = Field(sa_column=_ms(null=True))
    """The source's own stamp; null where it has none."""
    observed_at: int = Field(sa_column=_ms())
    run: int
    seq: int = Field(sa_column=_ms())
    closed_seq: int | None = Field(sa_column=_ms(null=True))


class Confirmation(SQLModel, table=True):
    """A record seen again with the same content: under another stamp, or where only seeing it confirms it."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    stream: int = Field(primary_key=True)
    rec: str = Field(primary_key=True)
    asserted_at: int = Field(sa_column=Column(BigInteger, primary_key=True))
    """The stamp it carried; 0 where the source has none."""
    workspace: int
    hash: bytes
    verified_at: int = Field(sa_column=_ms())
    seq: int = Field(sa_column=_ms())


class Entity(SQLModel, table=True):
    """A name for an entity: the id made from its first record. The record's link says which entity it is now."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    id: str = Field(primary_key=True)
    workspace: int
    kind: str
    stream: int
    rec: str
    seq: int = Field(sa_column=_ms())


class Link(SQLModel, table=True):
    """The decision that a record belongs to an entity, with its evidence."""

    __table_args__ = (
        Index("link_current", "stream", "rec", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("link_entity", "entity"),
        Index("link_history", "stream", "rec", "seq"),
    )
    id: int = Field(sa_column=_id())
    workspace: int
    kind: str
    entity: str
    stream: int
    rec: str
    labels: int
    keys: str
    """A JSON list of the record's keys: the evidence."""
    seq: int = Field(sa_column=_ms())
    closed_seq: int | None = Field(sa_column=_ms(null=True))


class RecordKey(SQLModel, table=True):
    """What a record can be found and linked by."""

    __tablename__ = "record_key"
    __table_args__ = ({"sqlite_with_rowid": False},)
    workspace: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    stream: int = Field(primary_key=True)
    rec: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    closed_seq: int | None = Field(sa_column=_ms(null=True))
    labels: int


class FactDocument(SQLModel, table=True):
    """Cache: all facts of one entity, over what everybody in the workspace may see."""

    __tablename__ = "facts"
    __table_args__ = (Index("facts_due", "workspace", "due", sqlite_where=_DUE, postgresql_where=_DUE),)
    entity: str = Field(primary_key=True)
    workspace: int
    kind: str
    doc: str = Field(sa_column=Column(Text, nullable=False))
    facts: int
    """How many facts are in it."""
    conflicts: int
    """How many of those are conflicts."""
    due: int | None = Field(sa_column=_ms(null=True))
    """The first instant at which time alone may change it; None: nothing but news does."""


class Passage(SQLModel, table=True):
    """A part of a version's free text, small enough to be quoted. It is believed as long as its version is."""

    __table_args__ = (Index("passage_version", "version"), Index("passage_record", "stream", "rec"))
    id: int = Field(sa_column=_id())
    workspace: int
    version: int
    stream: int
    rec: str
    kind: str
    labels: int
    part: int
    """Its place in the text, from 0."""
    at: int = Field(sa_column=_ms())
    """When it happened or was said."""
    words: int
    """How many terms it has, repetitions included."""
    listed: bool
    """Whether the full-text index holds it: only what is believed now is listed."""
    body: str = Field(sa_column=Column(Text, nullable=False))
    terms: str = Field(sa_column=Column(Text, nullable=False))
    """The same as the index sees it: stems, without stop words, each with a space of its own on either side."""


class Belonging(SQLModel, table=True):
    """A passage under each scope it hangs on, in the order of time: the latest of an account are one range."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    workspace: int = Field(primary_key=True)
    scope: int = Field(sa_column=Column(BigInteger, primary_key=True))
    """A hash of the scope."""
    at: int = Field(sa_column=Column(BigInteger, primary_key=True))
    passage: int = Field(primary_key=True)


class TermCount(SQLModel, table=True):
    """In how many of the passages that everybody in a workspace may see a term occurs."""

    __tablename__ = "term_count"
    __table_args__ = ({"sqlite_with_rowid": False},)
    workspace: int = Field(primary_key=True)
    term: str = Field(primary_key=True)
    passages: int


class TermStatistics(SQLModel, table=True):
    """How much text everybody in a workspace may see: all that ranking may know of other texts."""

    __tablename__ = "term_statistics"
    workspace: int = Field(primary_key=True)
    passages: int
    words: int
