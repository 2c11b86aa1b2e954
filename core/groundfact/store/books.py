"""The tables of groundfact's own books: where a read goes on, what was done, by whom, and what could not be taken."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

__all__ = ["AttributeUse", "Audit", "Checkpoint", "Lease", "Mark", "RejectedRow", "Run", "StreamPass"]


def _id() -> Column[int]:
    return Column(Integer, primary_key=True, autoincrement=True)


def _ms(*, null: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=null)


class Checkpoint(SQLModel, table=True):
    """Where to go on in a stream; written in the transaction of the records it covers."""

    stream: int = Field(primary_key=True)
    workspace: int
    cursor: str = Field(sa_column=Column(Text, nullable=False))
    mode: str
    complete: bool
    """False: in the middle of a read, to be resumed."""
    began: int
    """The run that began the read."""
    seq: int = Field(sa_column=_ms())


class Run(SQLModel, table=True):
    """One sync of one source."""

    id: int = Field(sa_column=_id())
    workspace: int
    source: str
    started_at: int = Field(sa_column=_ms())
    finished_at: int | None = Field(sa_column=_ms(null=True))
    status: str
    counts: str
    error: str | None = Field(sa_column=Column(Text, nullable=True))
    after: int = Field(sa_column=_ms())
    """The last commit before it."""
    closed_seq: int | None = Field(sa_column=_ms(null=True))
    """The commit that took back what it brought; null: it counts."""


class StreamPass(SQLModel, table=True):
    """A complete read of a stream: what "verified" rests on."""

    __tablename__ = "stream_pass"
    __table_args__ = (Index("stream_pass_latest", "stream", "until"),)
    id: int = Field(sa_column=_id())
    workspace: int
    stream: int
    run: int
    mode: str
    until: int = Field(sa_column=_ms())
    """Everything up to this instant was read."""
    seq: int = Field(sa_column=_ms())
    closed_seq: int | None = Field(sa_column=_ms(null=True))
    """The commit that undid it; null while it counts."""


class RejectedRow(SQLModel, table=True):
    """A row or value that could not be taken: kept, counted, shown."""

    __tablename__ = "reject"
    __table_args__ = (UniqueConstraint("stream", "digest"),)
    id: int = Field(sa_column=_id())
    workspace: int
    stream: int
    rec: str | None
    error: str = Field(sa_column=Column(Text, nullable=False))
    raw: bytes
    digest: bytes
    """Of record, error and raw: the same reject is kept once."""
    run: int
    at: int = Field(sa_column=_ms())


class Audit(SQLModel, table=True):
    """Who was answered what, by ids; never a value."""

    id: int = Field(sa_column=_id())
    workspace: int
    at: int = Field(sa_column=_ms())
    principal: str
    action: str
    subject: str
    detail: str


class AttributeUse(SQLModel, table=True):
    """In how many contexts a principal was told an attribute; never a value, and not whose."""

    __tablename__ = "attribute_use"
    __table_args__ = ({"sqlite_with_rowid": False},)
    workspace: int = Field(primary_key=True)
    principal: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    attribute: str = Field(primary_key=True)
    """Empty: how many contexts of the kind there were."""
    contexts: int


class Mark(SQLModel, table=True):
    """How far a derived stage has got: the last version id it has worked off, and the rules it used."""

    workspace: int = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    version: int
    digest: str


class Lease(SQLModel, table=True):
    """Who may sync a source now. `token` grows with each holder; a commit under an old one is refused."""

    workspace: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    holder: str
    token: int
    until: int = Field(sa_column=_ms())
