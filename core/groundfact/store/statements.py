"""Statement text made from the tables, so that no column is named twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, count
from typing import Any

from sqlmodel import SQLModel

from groundfact.store.engine import Tx

__all__ = ["insert", "insert_many", "insert_or_ignore", "insert_or_replace", "replace_many"]

_TOGETHER = 20
"""Rows that one statement brings: fewer round trips through the driver for each of them."""


@cache
def _into(table: type[SQLModel], verb: str, without_id: bool, rows: int = 1, same: tuple[str, ...] = ()) -> str:
    """`rows` rows at once; the values of the columns `same` come first, and once for all of them."""
    columns = [c.name for c in table.__table__.columns if not (without_id and c.name == "id")]  # type: ignore[attr-defined]
    numbers = count(len(same) + 1)
    places = {name: f"?{place}" for place, name in enumerate(same, 1)}
    marks = [[places.get(name) or f"?{next(numbers)}" for name in columns] for _ in range(rows)]
    into = f"{verb} into {table.__table__.name} ({', '.join(columns)})"  # type: ignore[attr-defined]
    brought = ", ".join(f"({', '.join(row)})" for row in marks)
    return f"{into} values {brought}"


def insert(table: type[SQLModel], *, without_id: bool = True) -> str:
    """`insert into …` for every column in the order they are declared; the row id is left to the store."""
    return _into(table, "insert", without_id)


def insert_or_ignore(table: type[SQLModel], *, without_id: bool = True) -> str:
    """The same, leaving a row alone that is already there."""
    return _into(table, "insert or ignore", without_id)


def insert_or_replace(table: type[SQLModel], *, without_id: bool = False) -> str:
    """The same, replacing a row that is already there."""
    return _into(table, "insert or replace", without_id)


def insert_many(tx: Tx, table: type[SQLModel], rows: Sequence[Sequence[Any]], **same: Any) -> None:
    """Insert rows, in their order; the row ids are left to the store. `same`: columns of one value for all of them,
    which the rows then lack."""
    _bring(tx, table, "insert", True, rows, same)


def replace_many(tx: Tx, table: type[SQLModel], rows: Sequence[Sequence[Any]], **same: Any) -> None:
    """Insert rows of a table without row ids, or of one whose ids are given, replacing those already there."""
    _bring(tx, table, "insert or replace", False, rows, same)


def _bring(
    tx: Tx, table: type[SQLModel], verb: str, without_id: bool, rows: Sequence[Sequence[Any]], same: Mapping[str, Any]
) -> None:
    names, values = tuple(same), tuple(same.values())
    whole = len(rows) - len(rows) % _TOGETHER
    if whole:
        parts = (rows[start : start + _TOGETHER] for start in range(0, whole, _TOGETHER))
        sql = _into(table, verb, without_id, _TOGETHER, names)
        tx.many(sql, ((*values, *chain.from_iterable(part)) for part in parts))
    if whole < len(rows):
        tx.many(_into(table, verb, without_id, 1, names), [(*values, *row) for row in rows[whole:]])
