"""Statement text made from the tables, so that no column is named twice."""

from __future__ import annotations

from functools import cache

from sqlmodel import SQLModel

__all__ = ["insert", "insert_or_ignore", "insert_or_replace"]


@cache
def _into(table: type[SQLModel], verb: str, without_id: bool) -> str:
    columns = [c.name for c in table.__table__.columns if not (without_id and c.name == "id")]  # type: ignore[attr-defined]
    marks = ", ".join("?" * len(columns))
    return f"{verb} into {table.__table__.name} ({', '.join(columns)}) values ({marks})"  # type: ignore[attr-defined]


def insert(table: type[SQLModel], *, without_id: bool = True) -> str:
    """`insert into …` for every column in the order they are declared; the row id is left to the store."""
    return _into(table, "insert", without_id)


def insert_or_ignore(table: type[SQLModel], *, without_id: bool = True) -> str:
    """The same, leaving a row alone that is already there."""
    return _into(table, "insert or ignore", without_id)


def insert_or_replace(table: type[SQLModel], *, without_id: bool = False) -> str:
    """The same, replacing a row that is already there."""
    return _into(table, "insert or replace", without_id)
