"""Finding passages that a principal may see. Every term is quoted; visibility comes before ranking."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import orjson

from groundfact.errors import StoreError
from groundfact.store.asof import believed, happened, not_hidden_since
from groundfact.store.engine import Tx
from groundfact.store.passages import index_table, scope_number
from groundfact.store.reading import View

__all__ = [
    "Hit",
    "Quoted",
    "Statistics",
    "any_in_scopes",
    "in_scopes",
    "latest_in_scopes",
    "listed_hidden",
    "listed_public",
    "quoted",
    "statistics",
    "term_counts",
    "then",
]


class Hit(NamedTuple):
    """A passage that may be seen."""

    id: int
    stream: int
    rec: str
    kind: str
    at: int
    words: int
    terms: str


class Quoted(NamedTuple):
    """A passage in full, with what its record says."""

    body: str
    part: int
    attributes: dict[str, Any]
    url: str | None
    about: Sequence[str]
    parent_stream: int | None
    parent_rec: str | None


class Statistics(NamedTuple):
    """How much text everybody may see."""

    passages: int
    words: int


_new_tuple = tuple.__new__
_AHEAD, _FURTHER = 4, 25
"""How many to look at for each passage that is wanted, and how many times as many where those were not enough."""
_LATEST = "order by p.at desc, p.version, p.part"
"""Where several are of one time, in the order in which they were told, wherever they stand in the table."""
_HIT = "p.id, p.stream, p.rec, p.kind, p.at, p.words, p.terms"


def _seen(view: View) -> str:
    """Where to look, and the condition: of a version that is believed and may be seen."""
    may_see = "p.workspace = :ws and p.labels in (select value from json_each(:labels))"
    if view.settled:
        # Where the list is up to date it says the same, and no version has to be looked up for every passage.
        return f"where {may_see} and p.listed"
    return f"""cross join version v where {may_see} and v.id = p.version and {believed("v", view.known_at)}
and v.gone is null and {not_hidden_since("v", view.known_at)} and {happened("p", view.as_of)}"""


def in_scopes(tx: Tx, view: View, scopes: Collection[str], most: int) -> list[Hit]:
    """The latest passages that hang on any of the scopes."""
    return [_new_tuple(Hit, row) for row in _each_once(_hanging(tx, view, scopes, most, _LATEST))]


def any_in_scopes(tx: Tx, view: View, scopes: Collection[str], most: int) -> list[Any]:
    """The same in no order and as bare tuples, for who looks at all of them and keeps few."""
    found = _hanging(tx, view, scopes, most + 1, "")
    # Sorting costs as much as reading: it is done where it decides which ones are looked at.
    return _each_once(found if len(found) <= most else _hanging(tx, view, scopes, most, _LATEST))


def _hanging(tx: Tx, view: View, scopes: Collection[str], most: int, order: str) -> list[Any]:
    wanted = orjson.dumps(sorted(map(scope_number, scopes))).decode()
    sql = f"""select {_HIT} from json_each(:scopes) j cross join belonging b cross join passage p {_seen(view)}
and b.workspace = :ws and b.scope = j.value and p.id = b.passage {order} limit :most"""
    return tx.rows(sql, {"ws": view.workspace, "labels": view.labels, "scopes": wanted, "most": most})


def _each_once(rows: Sequence[Any]) -> list[Any]:
    """One passage may hang on several of the scopes."""
    return list({row[0]: row for row in rows}.values())


def latest_in_scopes(tx: Tx, view: View, scopes: Collection[str], kinds: Collection[str], most: int) -> list[Hit]:
    """The first passages of the latest records of these kinds that hang on any of the scopes."""
    wanted = orjson.dumps(sorted(map(scope_number, scopes))).decode()
    kind = orjson.dumps(sorted(kinds)).decode()
    # One passage may hang on several of the scopes.
    hanging = """select distinct b.passage, b.at from json_each(?) j cross join belonging b
where b.workspace = ? and b.scope = j.value order by b.at desc limit ?"""
    sql = f"""select {_HIT} from json_each(:ids) j cross join passage p {_seen(view)} and p.id = j.value and p.part = 0
and p.kind in (select value from json_each(:kinds)) {_LATEST} limit :most"""
    ahead = _AHEAD * most
    while True:
        near = tx.rows(hanging, (wanted, view.workspace, ahead))
        params = {"ws": view.workspace, "labels": view.labels, "kinds": kind, "most": most}
        ids = orjson.dumps([row[0] for row in near]).decode()
        found = [Hit(*row) for row in tx.rows(sql, {**params, "ids": ids})]
        if len(near) < ahead or (len(found) == most and found[-1].at > near[-1][1]):
            return found
        # Too many of the latest are of other kinds, further parts, not to be seen, or of one time.
        ahead *= _FURTHER


def then(tx: Tx, view: View) -> list[Hit]:
    """Every passage that was believed at the view's commit: the index knows only those of now."""
    sql = f"select {_HIT} from passage p {_seen(view)}"
    return [Hit(*row) for row in tx.rows(sql, {"ws": view.workspace, "labels": view.labels})]


def _query(terms: Sequence[str]) -> str:
    return "terms : (" + " OR ".join('"' + term.replace('"', '""') + '"' for term in terms) + ")"


def _is_there(tx: Tx, view: View, table: str) -> bool:
    """Whether there is an index; no texts need none. Texts without one are an error, never "nothing found"."""
    if tx.one("select 1 from sqlite_master where name = ?", (table,)) is not None:
        return True
    if tx.one("select 1 from passage where workspace = ? limit 1", (view.workspace,)) is not None:
        raise StoreError(f"the full-text index {table} is missing", hint="`groundfact rebuild` makes it again")
    return False


def listed_public(tx: Tx, view: View, terms: Sequence[str], most: int) -> list[Hit]:
    """The best passages by these terms among those that everybody may see."""
    table = index_table(view.workspace, public=True)
    if not _is_there(tx, view, table) or not terms:
        return []
    sql = f"""select {_HIT} from
(select rowid as id, rank as score from {table} where {table} match :query order by rank limit :most) i
cross join passage p {_seen(view)} and p.id = i.id order by i.score, p.id"""
    params = {"ws": view.workspace, "labels": view.labels, "query": _query(terms), "most": most}
    return [Hit(*row) for row in tx.rows(sql, params)]


def listed_hidden(tx: Tx, view: View, terms: Sequence[str], most: int) -> list[Hit]:
    """The latest passages with any of the terms among those that not everybody may see, but this principal may."""
    table = index_table(view.workspace, public=False)
    if not _is_there(tx, view, table) or not terms:
        return []
    sql = f"""select {_HIT} from {table} i cross join passage p {_seen(view)}
and {table} match :query and p.id = i.rowid {_LATEST} limit :most"""
    params = {"ws": view.workspace, "labels": view.labels, "query": _query(terms), "most": most}
    return [Hit(*row) for row in tx.rows(sql, params)]


def term_counts(tx: Tx, workspace: int, terms: Sequence[str]) -> dict[str, int]:
    """In how many of the passages that everybody may see each term occurs."""
    sql = """select c.term, c.passages from json_each(?) j cross join term_count c
where c.workspace = ? and c.term = j.value"""
    found: dict[str, int] = dict(tx.rows(sql, (orjson.dumps(list(terms)).decode(), workspace)))
    return {term: found.get(term, 0) for term in terms}


def statistics(tx: Tx, workspace: int) -> Statistics:
    """How much text everybody may see."""
    row = tx.one("select passages, words from term_statistics where workspace = ?", (workspace,))
    return Statistics(*row) if row else Statistics(0, 0)


def quoted(tx: Tx, ids: Collection[int]) -> dict[int, Quoted]:
    """Passages in full. Ask only for those that a query of this module has found."""
    if not ids:
        return {}
    wanted = orjson.dumps(sorted(ids)).decode()
    sql = """select p.id, p.body, p.part, v.attributes, v.url, v.about, v.parent_stream, v.parent_rec
from json_each(?) j cross join passage p cross join version v where p.id = j.value and v.id = p.version"""
    found = {}
    for number, body, part, attributes, url, about, parent_stream, parent_rec in tx.rows(sql, (wanted,)):
        scopes = orjson.loads(about) if about else ()
        found[number] = Quoted(body, part, orjson.loads(attributes), url, scopes, parent_stream, parent_rec)
    return found
