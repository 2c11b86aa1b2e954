"""The tables of what held once: the rules and readings of then, and what was undone."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Text
from sqlmodel import Field, SQLModel

__all__ = ["ConfigVersion", "UndoneVersion"]


class ConfigVersion(SQLModel, table=True):
    """What the configuration came to from a commit on: the rules that decide, or how a stream is read."""

    __tablename__ = "config_version"
    workspace: int = Field(primary_key=True)
    part: str = Field(primary_key=True)
    """`rules`, or `mapping:` and the number of a stream."""
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    digest: str
    document: str = Field(sa_column=Column(Text, nullable=False))
    """JSON with every default written out; no secrets, no addresses."""


class UndoneVersion(SQLModel, table=True):
    """A version that was undone: what we believed once, and what no history of the record knows of any more."""

    __tablename__ = "undone_version"
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    workspace: int
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    """The commit that undid it."""
