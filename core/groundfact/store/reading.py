"""Reading what a principal may see. Every query takes the visible label sets and filters before anything else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from groundfact.store.asof import believed, written
from groundfact.store.engine import Tx
from groundfact.store.registry import StreamRow

__all__ = [
    "View",
    "VisibleRecord",
    "child_entities",
    "each_entity",
    "merged_into",
    "passes",
    "records_of",
    "visible_key_values",
    "who_has_id",
    "who_has_key",
    "who_was_called",
]


class View(NamedTuple):
    """What is looked at: a workspace, through the eyes of a principal, at one commit."""

    workspace: int
    labels: str
    """The visible label sets, as a JSON list of numbers."""
    streams: Mapping[int, StreamRow]
    known_at: int | None
    """A commit; None: now."""


class VisibleRecord(NamedTuple):
    """A record that may be seen, with what its current version says."""

    entity: str
    kind: str
    stream: int
    rec: str
    attributes: dict[str, Any]
    changed: dict[str, int] | None
    asserted_at: int | None
    observed_at: int
    parent_stream: int | None
    parent_rec: str | None
    url: str | None
    confirmed_at: int | None


_SAID = """l.entity, l.kind, v.stream, v.rec, v.attributes, v.changed, v.asserted_at, v.observed_at,
v.parent_stream, v.parent_rec, v.url"""
_COLUMNS = f"""{_SAID},
(select max(c.verified_at) from confirmation c where c.stream = v.stream and c.rec = v.rec and {written("c")})"""


def _record(row: tuple[Any, ...]) -> VisibleRecord:
    changed = orjson.loads(row[5]) if row[5] else None
    entity, kind, stream, rec, attributes = row[:5]
    return VisibleRecord(entity, kind, stream, rec, orjson.loads(attributes), changed, *row[6:])


def _visible(view: View) -> str:
    return f"""{believed("l", view.known_at)} and {believed("v", view.known_at)} and v.gone is null
and v.labels in (select value from json_each(:labels))"""


def _params(view: View, **more: Any) -> dict[str, Any]:
    known = 2**62 if view.known_at is None else view.known_at
    return {"labels": view.labels, "ws": view.workspace, "known": known, **more}


def records_of(tx: Tx, view: View, entities: Collection[str]) -> list[VisibleRecord]:
    """The visible records of entities."""
    sql = f"""select {_COLUMNS} from json_each(:entities) j cross join link l cross join version v
where l.entity = j.value and v.stream = l.stream and v.rec = l.rec and l.workspace = :ws and {_visible(view)}"""
    wanted = orjson.dumps(sorted(entities)).decode()
    return [_record(row) for row in tx.rows(sql, _params(view, entities=wanted))]


def each_entity(tx: Tx, view: View, kind: str, *, confirmed: bool = True) -> Iterator[list[VisibleRecord]]:
    """The visible records of every entity of a kind, entity by entity, in the order of their ids.

    `confirmed=False` leaves out when single records were last confirmed: facts do not depend on it.
    """
    columns = _COLUMNS if confirmed else f"{_SAID}, null"
    sql = f"""select {columns} from link l cross join version v
where l.workspace = :ws and l.kind = :kind and v.stream = l.stream and v.rec = l.rec and {_visible(view)}
order by l.entity"""
    group: list[VisibleRecord] = []
    for row in tx.each(sql, _params(view, kind=kind)):
        if group and group[0].entity != row[0]:
            yield group
            group = []
        group.append(_record(row))
    if group:
        yield group


def merged_into(tx: Tx, view: View, records: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """The records, and those that their source has merged into them: what hung on those still names them."""
    sql = f"""with recursive one (stream, rec) as (
select json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') from json_each(:records) j
union select v.stream, v.rec from one cross join version v
where v.stream = one.stream and v.gone = 'merged:' || one.rec and v.gone is not null and {believed("v", view.known_at)}
and v.labels in (select value from json_each(:labels))) select stream, rec from one"""
    wanted = orjson.dumps(sorted(records)).decode()
    return {(row[0], row[1]) for row in tx.rows(sql, _params(view, records=wanted))}


def _went_into(view: View, first: str) -> str:
    """A table `one` of the records of `first` and of those that their source has merged them into."""
    return f"""with recursive one (stream, rec) as ({first}
union select v.stream, substr(v.gone, 8) from one cross join version v
where v.stream = one.stream and v.rec = one.rec and v.gone like 'merged:%' and {believed("v", view.known_at)}
and v.labels in (select value from json_each(:labels)))"""


def child_entities(tx: Tx, view: View, parents: Collection[tuple[int, str]], most: int) -> list[tuple[str, str]]:
    """Entities (kind, id) of visible records that hang on any of the parent records; at most `most`, by id."""
    sql = f"""select distinct l.kind, l.entity from json_each(:parents) j cross join version v cross join link l
where v.parent_stream = json_extract(j.value, '$[0]') and v.parent_rec = json_extract(j.value, '$[1]')
and v.parent_rec is not null and l.stream = v.stream and l.rec = v.rec and l.workspace = :ws and {_visible(view)}
order by l.kind, l.entity limit :most"""
    wanted = orjson.dumps(sorted(parents)).decode()
    return [(row[0], row[1]) for row in tx.rows(sql, _params(view, parents=wanted, most=most))]


def who_has_key(tx: Tx, view: View, kind: str, key: str, *, begins: bool = False) -> list[str]:
    """Entities with a visible record that is found by a key; `begins`: or by one that goes on with further words."""
    # "!" follows the space: the range holds the key itself and those that continue its words. One range, not an OR,
    # because SQLite would read every key of the kind for that.
    upper = "k.key < :key || '!'" if begins else "k.key <= :key"
    sql = f"""select distinct l.entity from record_key k cross join link l cross join version v
where k.workspace = :ws and k.kind = :kind and k.key >= :key and {upper} and {believed("k", view.known_at)}
and l.stream = k.stream and l.rec = k.rec and v.stream = k.stream and v.rec = k.rec and {_visible(view)}
order by l.entity"""
    return [row[0] for row in tx.rows(sql, _params(view, kind=kind, key=key))]


def who_has_id(tx: Tx, view: View, kind: str, rec: str, source: str | None = None) -> list[str]:
    """Entities with a visible record whose own id in its source is `rec`."""
    ids = [s.id for s in view.streams.values() if s.kind == kind and source in (None, s.source)]
    sql = f"""{_went_into(view, "select j.value, :rec from json_each(:streams) j")}
select distinct l.entity from one cross join link l cross join version v
where l.stream = one.stream and l.rec = one.rec and l.kind = :kind and v.stream = l.stream and v.rec = l.rec
and {_visible(view)} order by l.entity"""
    params = _params(view, kind=kind, rec=rec, streams=orjson.dumps(ids).decode())
    return [row[0] for row in tx.rows(sql, params)]


def who_was_called(tx: Tx, view: View, entity: str) -> list[str]:
    """The entity that the record behind an old id belongs to now, if it may be seen."""
    first = "select e.stream, e.rec from entity e where e.id = :entity and e.workspace = :ws"
    sql = f"""{_went_into(view, first)} select distinct l.entity from one cross join link l cross join version v
where l.stream = one.stream and l.rec = one.rec and v.stream = l.stream and v.rec = l.rec and {_visible(view)}"""
    return [row[0] for row in tx.rows(sql, _params(view, entity=entity))]


def visible_key_values(tx: Tx, view: View, kind: str, prefix: str) -> list[str]:
    """The values behind a prefix of keys, of records that may be seen."""
    sql = f"""select distinct substr(k.key, :skip) from record_key k cross join version v
where k.workspace = :ws and k.kind = :kind and k.key >= :prefix and k.key < :after and {believed("k", view.known_at)}
and v.stream = k.stream and v.rec = k.rec and {believed("v", view.known_at)} and v.gone is null
and v.labels in (select value from json_each(:labels)) order by 1"""
    more = {"kind": kind, "prefix": prefix, "after": prefix + "\U0010ffff", "skip": len(prefix) + 1}
    return [row[0] for row in tx.rows(sql, _params(view, **more))]


def passes(tx: Tx, view: View) -> dict[int, dict[str, int]]:
    """For each stream, up to when it was completely read, by mode."""
    known = 2**62 if view.known_at is None else view.known_at
    sql = f"""select stream, mode, max(until) from stream_pass p where workspace = :ws and {written("p")}
group by stream, mode"""
    found: dict[int, dict[str, int]] = {}
    for stream, mode, until in tx.rows(sql, {"ws": view.workspace, "known": known}):
        found.setdefault(stream, {})[mode] = until
    return found
