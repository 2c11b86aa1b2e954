"""Which values many records share, and what those records are called."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import orjson

from groundfact.store.engine import Tx

__all__ = ["attributes_under", "most_shared"]


def most_shared(
    tx: Tx, where: tuple[int, str], attribute: str, public: Collection[int], least: int
) -> list[tuple[str, int]]:
    """The keys of one attribute that at least so many records have now which everybody may see, with their number."""
    # The keys that begin with `attribute=` lie between it and the next sign.
    sql = """
select k.key, count(*) from record_key k
where k.workspace = ?1 and k.kind = ?2 and k.key >= ?3 || '=' and k.key < ?3 || '>' and k.closed_seq is null
and k.labels in (select value from json_each(?4)) group by k.key having count(*) >= ?5 order by count(*) desc, k.key"""
    return [(row[0], row[1]) for row in tx.rows(sql, (*where, attribute, _listed(public), least))]


def attributes_under(
    tx: Tx, where: tuple[int, str], keys: Collection[str], public: Collection[int]
) -> Iterator[tuple[str, str]]:
    """Each key with what a record says that has it now and that everybody may see."""
    wanted = orjson.dumps(sorted(keys)).decode()
    sql = """
select k.key, v.attributes from json_each(?) j cross join record_key k cross join version v
where k.workspace = ? and k.kind = ? and k.key = j.value and k.closed_seq is null
and k.labels in (select value from json_each(?))
and v.stream = k.stream and v.rec = k.rec and v.closed_seq is null and v.gone is null"""
    return ((row[0], row[1]) for row in tx.each(sql, (wanted, *where, _listed(public))))


def _listed(numbers: Collection[int]) -> str:
    return orjson.dumps(sorted(numbers)).decode()
