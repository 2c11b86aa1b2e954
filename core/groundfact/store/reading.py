"""Reading what a principal may see. Every query takes the visible label sets and filters before anything else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from groundfact.store.asof import believed, not_hidden_since, written
from groundfact.store.engine import Tx
from groundfact.store.links import HANGS
from groundfact.store.registry import StreamRow

__all__ = [
    "OF_KIND",
    "Said",
    "View",
    "VisibleRecord",
    "any_merged",
    "child_entities",
    "each_entity",
    "each_said",
    "entities_of",
    "keys_around",
    "labels_of",
    "linking_keys",
    "merged_into",
    "params_of",
    "passes",
    "records_of",
    "said_of",
    "visible",
    "who_has_id",
    "who_has_key",
    "who_has_keys",
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
    as_of: int | None = None
    """An instant in the world; None: now."""
    settled: bool = False
    """It is now, and every version has been worked into the passages: what is listed is what is believed."""
    merging: bool = True
    """A source has merged records, seen or not: only then is there anything to follow."""


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
    keys: str = "[]"
    """A JSON list of the keys that link it."""


_COLUMNS = f"""l.entity, l.kind, v.stream, v.rec, v.attributes, v.changed, v.asserted_at, v.observed_at,
v.parent_stream, v.parent_rec, v.url,
(select max(c.verified_at) from confirmation c where c.stream = v.stream and c.rec = v.rec and {written("c")}),
l.keys"""


def _record(row: tuple[Any, ...]) -> VisibleRecord:
    changed = orjson.loads(row[5]) if row[5] else None
    entity, kind, stream, rec, attributes = row[:5]
    return VisibleRecord(entity, kind, stream, rec, orjson.loads(attributes), changed, *row[6:])


Said = tuple[str, int, str, str, str | None, int | None, int]
"""What a visible record says: entity, stream, record, attributes and their changes as stored, asserted and observed."""


OF_KIND = "l.workspace = :ws and l.kind = :kind and l.entity >= :kind || '-' and l.entity < :kind || '.'"
"""An id begins with its kind and "-", which "." follows: one range of the index, not a walk through every link."""


def visible(view: View) -> str:
    """The condition of a version `v` under a link `l` that is believed and may be seen."""
    return f"""{believed("l", view.known_at)} and {believed("v", view.known_at)} and v.gone is null
and v.labels in (select value from json_each(:labels)) and {not_hidden_since("v", view.known_at)}"""


def params_of(view: View, **more: Any) -> dict[str, Any]:
    """The parameters of a query with `visible` in it."""
    known = 2**62 if view.known_at is None else view.known_at
    return {"labels": view.labels, "ws": view.workspace, "known": known, **more}


def records_of(tx: Tx, view: View, entities: Collection[str]) -> list[VisibleRecord]:
    """The visible records of entities."""
    sql = f"""select {_COLUMNS} from json_each(:entities) j cross join link l cross join version v
where l.entity = j.value and v.stream = l.stream and v.rec = l.rec and l.workspace = :ws and {visible(view)}"""
    wanted = orjson.dumps(sorted(entities)).decode()
    return [_record(row) for row in tx.rows(sql, params_of(view, entities=wanted))]


def each_entity(tx: Tx, view: View, kind: str) -> Iterator[list[VisibleRecord]]:
    """The visible records of every entity of a kind, entity by entity, in the order of their ids."""
    sql = f"""select {_COLUMNS} from link l cross join version v
where {OF_KIND} and v.stream = l.stream and v.rec = l.rec and {visible(view)}
order by l.entity"""
    group: list[VisibleRecord] = []
    for row in tx.each(sql, params_of(view, kind=kind)):
        if group and group[0].entity != row[0]:
            yield group
            group = []
        group.append(_record(row))
    if group:
        yield group


_SAYS = "l.entity, v.stream, v.rec, v.attributes, v.changed, v.asserted_at, v.observed_at"


def each_said(tx: Tx, view: View, kind: str) -> Iterator[list[Said]]:
    """What the visible records of every entity of a kind say, entity by entity, in the order of their ids."""
    sql = f"""select {_SAYS} from link l cross join version v
where {OF_KIND} and v.stream = l.stream and v.rec = l.rec and {visible(view)}
order by l.entity"""
    for _, group in groupby(tx.each(sql, params_of(view, kind=kind)), itemgetter(0)):
        yield list(group)


def said_of(tx: Tx, view: View, entities: list[str]) -> list[list[Said]]:
    """What the visible records of entities say, entity by entity: read in the order in which those are given."""
    sql = f"""select {_SAYS} from json_each(:entities) j cross join link l cross join version v
where l.entity = j.value and v.stream = l.stream and v.rec = l.rec and l.workspace = :ws and {visible(view)}"""
    wanted = orjson.dumps(entities).decode()
    found: dict[str, list[Said]] = {}
    for row in tx.rows(sql, params_of(view, entities=wanted)):
        found.setdefault(row[0], []).append(row)
    return list(found.values())


def any_merged(tx: Tx, view: View) -> bool:
    """Whether a source has ever merged records, seen or not: mostly none has, and nobody needs to look for them."""
    sql = """select 1 from json_each(?) j cross join version v
where v.stream = j.value and v.gone >= 'merged:' and v.gone < 'merged;' and v.gone is not null limit 1"""
    return tx.one(sql, (orjson.dumps(list(view.streams)).decode(),)) is not None


def merged_into(tx: Tx, view: View, records: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """The records, and those that their source has merged into them: what hung on those still names them."""
    if not view.merging:
        return set(records)
    sql = f"""with recursive one (stream, rec) as (
select json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') from json_each(:records) j
union select v.stream, v.rec from one cross join version v
where v.stream = one.stream and v.gone = 'merged:' || one.rec and v.gone is not null and {believed("v", view.known_at)}
and v.labels in (select value from json_each(:labels)) and {not_hidden_since("v", view.known_at)})
select stream, rec from one"""
    wanted = orjson.dumps(sorted(records)).decode()
    return {(row[0], row[1]) for row in tx.rows(sql, params_of(view, records=wanted))}


def _went_into(view: View, first: str) -> str:
    """A table `one` of the records of `first` and of those that their source has merged them into."""
    if not view.merging:
        return f"with one (stream, rec) as ({first})"
    return f"""with recursive one (stream, rec) as ({first}
union select v.stream, substr(v.gone, 8) from one cross join version v
where v.stream = one.stream and v.rec = one.rec and v.gone like 'merged:%' and {believed("v", view.known_at)}
and v.labels in (select value from json_each(:labels)) and {not_hidden_since("v", view.known_at)})"""


def child_entities(
    tx: Tx, view: View, parents: Collection[tuple[int, str]], scopes: Collection[str], kinds: Mapping[str, bool],
    most: int,
) -> list[tuple[str, str]]:  # fmt: skip
    """Entities (kind, id) of visible records of these kinds that hang on any of the parent records, or on a scope: of
    those kinds that have such records at all.

    At most `most`, by kind and id.
    """
    by_scope = [kind for kind, any_hangs in kinds.items() if any_hangs]
    hanging = f"""union
select l.kind, l.entity from json_each(:by_scope) t cross join json_each(:scopes) j cross join record_key k
cross join link l cross join version v
where k.workspace = :ws and k.kind = t.value and k.key = '{HANGS}' || j.value and {believed("k", view.known_at)}
and l.stream = k.stream and l.rec = k.rec and v.stream = k.stream and v.rec = k.rec and {visible(view)}"""
    sql = f"""select distinct l.kind, l.entity from json_each(:parents) j cross join version v cross join link l
where v.parent_stream = json_extract(j.value, '$[0]') and v.parent_rec = json_extract(j.value, '$[1]')
and v.parent_rec is not null and l.stream = v.stream and l.rec = v.rec and l.workspace = :ws
and l.kind in (select value from json_each(:kinds)) and {visible(view)}
{hanging if by_scope else ""} order by 1, 2 limit :most"""
    lists = {"parents": sorted(parents), "scopes": sorted(scopes), "kinds": sorted(kinds), "by_scope": by_scope}
    params = params_of(view, most=most, **{name: orjson.dumps(values).decode() for name, values in lists.items()})
    return [(row[0], row[1]) for row in tx.rows(sql, params)]


def linking_keys(tx: Tx, view: View, records: Collection[tuple[int, str]]) -> set[tuple[str, str]]:
    """The keys (with their kind) that link records; ask only for records that may be seen."""
    sql = f"""select l.kind, k.value from json_each(:records) j cross join link l cross join json_each(l.keys) k
where l.stream = json_extract(j.value, '$[0]') and l.rec = json_extract(j.value, '$[1]') and l.workspace = :ws
and {believed("l", view.known_at)}"""
    wanted = orjson.dumps(sorted(records)).decode()
    return {(kind, key) for kind, key in tx.rows(sql, params_of(view, records=wanted))}


def entities_of(tx: Tx, view: View, records: Collection[tuple[int, str]]) -> list[str]:
    """The entities of records that may be seen."""
    sql = f"""select distinct l.entity from json_each(:records) j cross join link l cross join version v
where l.stream = json_extract(j.value, '$[0]') and l.rec = json_extract(j.value, '$[1]')
and v.stream = l.stream and v.rec = l.rec and l.workspace = :ws and {visible(view)} order by l.entity"""
    wanted = orjson.dumps(sorted(records)).decode()
    return [row[0] for row in tx.rows(sql, params_of(view, records=wanted))]


def labels_of(tx: Tx, view: View, records: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The label sets of records that may be seen."""
    sql = f"""select v.stream, v.rec, v.labels from json_each(:records) j cross join version v
where v.stream = json_extract(j.value, '$[0]') and v.rec = json_extract(j.value, '$[1]')
and {believed("v", view.known_at)} and v.labels in (select value from json_each(:labels))
and {not_hidden_since("v", view.known_at)}"""
    wanted = orjson.dumps(sorted(records)).decode()
    return {(row[0], row[1]): row[2] for row in tx.rows(sql, params_of(view, records=wanted))}


def who_has_key(tx: Tx, view: View, kind: str, key: str) -> list[str]:
    """Entities with a visible record that is found by a key."""
    return who_has_keys(tx, view, kind, [key])


def who_has_keys(tx: Tx, view: View, kind: str, keys: Collection[str], *, begins: bool = False) -> list[str]:
    """Entities with a visible record that is found by one of the keys; `begins`: or by one that goes on with further
    words."""
    # "!" follows the space: the range holds the key itself and those that continue its words. One range, not an OR,
    # because SQLite would read every key of the kind for that.
    found = "k.key >= j.value and k.key < j.value || '!'" if begins else "k.key = j.value"
    sql = f"""select distinct l.entity from json_each(:keys) j cross join record_key k cross join link l
cross join version v where k.workspace = :ws and k.kind = :kind and {found} and {believed("k", view.known_at)}
and l.stream = k.stream and l.rec = k.rec and v.stream = k.stream and v.rec = k.rec and {visible(view)}
order by l.entity"""
    return [row[0] for row in tx.rows(sql, params_of(view, kind=kind, keys=orjson.dumps(list(keys)).decode()))]


def who_has_id(tx: Tx, view: View, kind: str, rec: str, source: str | None = None) -> list[str]:
    """Entities with a visible record whose own id in its source is `rec`."""
    ids = [s.id for s in view.streams.values() if s.kind == kind and source in (None, s.source)]
    sql = f"""{_went_into(view, "select j.value, :rec from json_each(:streams) j")}
select distinct l.entity from one cross join link l cross join version v
where l.stream = one.stream and l.rec = one.rec and l.kind = :kind and v.stream = l.stream and v.rec = l.rec
and {visible(view)} order by l.entity"""
    params = params_of(view, kind=kind, rec=rec, streams=orjson.dumps(ids).decode())
    return [row[0] for row in tx.rows(sql, params)]


def who_was_called(tx: Tx, view: View, entity: str) -> list[str]:
    """The entity that the record behind an old id belongs to now, if it may be seen."""
    first = "select e.stream, e.rec from entity e where e.id = :entity and e.workspace = :ws"
    sql = f"""{_went_into(view, first)} select distinct l.entity from one cross join link l cross join version v
where l.stream = one.stream and l.rec = one.rec and v.stream = l.stream and v.rec = l.rec and {visible(view)}"""
    return [row[0] for row in tx.rows(sql, params_of(view, entity=entity))]


def keys_around(tx: Tx, view: View, kind: str, prefix: str, key: str, most: int) -> list[str]:
    """The values behind a prefix of keys, of records that may be seen: those that come next to a key in their order,
    at most `most` before it and as many from it on."""
    found: list[str] = []
    for begin, end, order in ((key, prefix + "\U0010ffff", "asc"), (prefix, key, "desc")):
        sql = f"""select distinct k.key from record_key k cross join version v
where k.workspace = :ws and k.kind = :kind and k.key >= :begin and k.key < :end and {believed("k", view.known_at)}
and v.stream = k.stream and v.rec = k.rec and {believed("v", view.known_at)} and v.gone is null
and v.labels in (select value from json_each(:labels)) and {not_hidden_since("v", view.known_at)}
order by k.key {order} limit :most"""
        more = {"kind": kind, "begin": begin, "end": end, "most": most}
        found += [row[0].removeprefix(prefix) for row in tx.rows(sql, params_of(view, **more))]
    return found


def passes(tx: Tx, view: View, by: int | None = None) -> dict[int, dict[str, int]]:
    """For each stream, up to when it was completely read, by mode; `by`: by the reads until that instant."""
    sql = f"""select stream, mode, max(until) from stream_pass p
where workspace = :ws and {believed("p", view.known_at)} and until <= :world group by stream, mode"""
    found: dict[int, dict[str, int]] = {}
    for stream, mode, until in tx.rows(sql, {"ws": view.workspace, "world": 2**62 if by is None else by}):
        found.setdefault(stream, {})[mode] = until
    return found
