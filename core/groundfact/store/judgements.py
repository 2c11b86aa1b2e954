"""The tables of what looks alike and of what people decided about it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

__all__ = ["LinkDecision", "Proposal"]

_OPEN = text("closed_seq IS NULL")


class Proposal(SQLModel, table=True):
    """Two records that look alike and are not one entity: for a person to decide. Only what everybody may see."""

    __table_args__ = (
        Index("proposal_one", "workspace", "kind", "one_profile", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("proposal_other", "workspace", "kind", "other_profile", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=True))
    workspace: int
    kind: str
    one_profile: str
    """The digest of what was compared of the first record."""
    other_profile: str
    one_stream: int
    one_rec: str
    other_stream: int
    other_rec: str
    score: int
    """In thousandths."""
    evidence: str = Field(sa_column=Column(Text, nullable=False))
    """A JSON list of words that quote no value."""
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    closed_seq: int | None = Field(sa_column=Column(BigInteger, nullable=True))


class LinkDecision(SQLModel, table=True):
    """What a person decided: that two records are the same or are not, or that one is taken out of what it was."""

    __tablename__ = "link_decision"
    __table_args__ = (
        Index("link_decision_record", "stream", "rec"),
        Index("link_decision_other", "other_stream", "other_rec"),
    )
    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=True))
    workspace: int
    kind: str
    verb: str
    """`merge`, `unmerge` or `apart`."""
    stream: int
    rec: str
    other_stream: int
    other_rec: str
    """The record it was merged with or is kept apart from, or the first one of the entity that it was taken out of."""
    author: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    closed_seq: int | None = Field(sa_column=Column(BigInteger, nullable=True))
