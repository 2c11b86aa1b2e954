"""The tables of how values age: what was learnt of that, and which sources are wished to be read again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field, SQLModel

__all__ = ["LearntLifetimes", "RefreshWish"]


class LearntLifetimes(SQLModel, table=True):
    """How often the values of each attribute changed, as it was learnt in one step; over what everybody may see."""

    __tablename__ = "learnt_lifetimes"
    workspace: int = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    """JSON: by kind and attribute, the number of changes and the milliseconds watched."""


class RefreshWish(SQLModel, table=True):
    """An answer rested on a source that should be read again. One row for each source, however many wish it."""

    __tablename__ = "refresh_wish"
    workspace: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When it was first wished since the source was last read."""
