"""What references lead to, and who refers to something: both over what a principal may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import orjson

from groundfact.store.asof import believed, last_link, not_hidden_since, not_undone, written
from groundfact.store.engine import Tx
from groundfact.store.reading import View, params_of, visible

__all__ = ["REFERS", "begun", "entities_behind", "ever_named", "holders_of", "who_refers"]

REFERS = "&"
"""Begins a key under which a record is found from what it refers to: the attribute and a scope of the other end."""


def entities_behind(tx: Tx, view: View, kind: str, records: Collection[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """The entity of a kind that each record belongs to, or the one that its source has merged it into."""
    further = f"""union select one.first, one.own, v.stream, substr(v.gone, 8) from one cross join version v
where v.stream = one.stream and v.rec = one.rec and v.gone like 'merged:%' and {believed("v", view.known_at)}
and v.labels in (select value from json_each(:labels))"""
    sql = f"""with {"recursive" if view.merging else ""} one (first, own, stream, rec) as (
select json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]'), json_extract(j.value, '$[0]'),
json_extract(j.value, '$[1]') from json_each(:records) j {further if view.merging else ""})
select one.first, one.own, min(l.entity) from one cross join link l cross join version v
where l.stream = one.stream and l.rec = one.rec and l.kind = :kind and l.workspace = :ws
and v.stream = l.stream and v.rec = l.rec and {_there(view)} group by one.first, one.own"""
    wanted = orjson.dumps(sorted(records)).decode()
    return {(row[0], row[1]): row[2] for row in tx.rows(sql, params_of(view, kind=kind, records=wanted))}


def _there(view: View) -> str:
    """The condition of a version `v` under a link `l` that may be seen: also of what has gone since, in the past."""
    if view.as_of is None:
        return visible(view)
    return f"""{last_link("l")} and {written("v")} and {not_undone("v")} and {not_hidden_since("v", 0)}
and v.gone is null and v.labels in (select value from json_each(:labels))"""


def holders_of(tx: Tx, view: View, kind: str, keys: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """For each name in `keys`, the entities with a visible record that is found by one of its keys."""
    sql = f"""select distinct n.key, l.entity from json_each(:keys) n cross join json_each(n.value) j
cross join record_key k cross join link l cross join version v
where k.workspace = :ws and k.kind = :kind and k.key = j.value and {believed("k", view.known_at)}
and l.stream = k.stream and l.rec = k.rec and v.stream = k.stream and v.rec = k.rec and {visible(view)}
order by 1, 2"""
    wanted = orjson.dumps({name: list(own) for name, own in keys.items()}).decode()
    found: dict[str, list[str]] = {}
    for name, entity in tx.rows(sql, params_of(view, kind=kind, keys=wanted)):
        found.setdefault(name, []).append(entity)
    return found


def who_refers(tx: Tx, view: View, kind: str, keys: Collection[str], most: int) -> list[str]:
    """At most so many entities of a kind with a visible record that says one of these references, by id.

    For an instant of the past also those with one that said so once: whether it was so then is for the caller to see.
    """
    if view.as_of is None:
        said = f"""{believed("k", view.known_at)} and l.stream = k.stream and l.rec = k.rec
and v.stream = k.stream and v.rec = k.rec and {visible(view)}"""
        versions = "cross join version v"
    else:
        said = f"""{written("k")} and k.labels in (select value from json_each(:labels))
and l.stream = k.stream and l.rec = k.rec and {written("l")}"""
        versions = ""
    sql = f"""select distinct l.entity from json_each(:keys) j cross join record_key k cross join link l {versions}
where k.workspace = :ws and k.kind = :kind and k.key = j.value and {said} order by l.entity limit :most"""
    wanted = orjson.dumps(sorted(keys)).decode()
    return [row[0] for row in tx.rows(sql, params_of(view, kind=kind, keys=wanted, most=most))]


def ever_named(tx: Tx, workspace: int, keys: Sequence[tuple[int, str, str]]) -> set[int]:
    """The numbers of those (number, kind, key) that any record ever had; who may see it is for another query."""
    sql = """select distinct json_extract(j.value, '$[0]') from json_each(?) j cross join record_key k
where k.workspace = ? and k.kind = json_extract(j.value, '$[1]') and k.key = json_extract(j.value, '$[2]')"""
    return {row[0] for row in tx.rows(sql, (orjson.dumps(keys).decode(), workspace))}


def begun(tx: Tx, workspace: int, places: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these kinds and beginnings of keys, those with a key that any record ever had."""
    sql = """select json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') from json_each(?) j
where exists (select 1 from record_key k where k.workspace = ? and k.kind = json_extract(j.value, '$[0]')
and k.key >= json_extract(j.value, '$[1]') and k.key < json_extract(j.value, '$[1]') || char(1114111))"""
    wanted = orjson.dumps(sorted(places)).decode()
    return {(row[0], row[1]) for row in tx.rows(sql, (wanted, workspace))}
