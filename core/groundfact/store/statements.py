"""Statement text made from the tables, so that no column is named twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, compress, count
from typing import Any

from sqlmodel import SQLModel

from groundfact.store.engine import Tx

__all__ = ["insert", "insert_many", "insert_or_ignore", "insert_or_replace", "replace_many"]

_TOGETHER = 20
"""Rows that one statement brings: fewer round trips through the driver for each of them."""


@cache
def _columns(table: type[SQLModel], without_id: bool) -> tuple[str, ...]:
    return tuple(c.name for c in table.__table__.columns if not (without_id and c.name == "id"))  # type: ignore[attr-defined]


@cache
def _into(
    table: type[SQLModel],
    verb: str,
    without_id: bool,
    rows: int = 1,
    same: tuple[str, ...] = (),
    empty: tuple[str, ...] = (),
) -> str:
    """`rows` rows at once; the values of the columns `same` come first, and once for all of them; those of the columns
    `empty` do not come at all."""
    columns = _columns(table, without_id)
    numbers = count(len(same) + 1)
    places = {name: f"?{place}" for place, name in enumerate(same, 1)} | dict.fromkeys(empty, "null")
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
    brought, empty = _without_empty([name for name in _columns(table, without_id) if name not in same], rows)
    whole = len(brought) - len(brought) % _TOGETHER
    if whole:
        parts = (brought[start : start + _TOGETHER] for start in range(0, whole, _TOGETHER))
        sql = _into(table, verb, without_id, _TOGETHER, names, empty)
        tx.many(sql, ((*values, *chain.from_iterable(part)) for part in parts))
    if whole < len(brought):
        tx.many(_into(table, verb, without_id, 1, names, empty), [(*values, *row) for row in brought[whole:]])


def _without_empty(
    names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> tuple[Sequence[Sequence[Any]], tuple[str, ...]]:
    """The rows without the columns that none of them fills, and which those are.

    The driver looks for an adapter of every None it is handed, which costs it more than a text.
    """
    if not rows or None not in rows[0]:
        return rows, ()
    columns = list(zip(*rows, strict=True))
    filled = [any(value is not None for value in column) for column in columns]
    empty = tuple(name for name, there in zip(names, filled, strict=False) if not there)
    return (list(zip(*compress(columns, filled), strict=True)), empty) if empty else (rows, empty)
