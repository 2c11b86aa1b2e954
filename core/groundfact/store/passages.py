"""Free text cut into passages, what each hangs on, and the full-text index.

Texts that everybody in the workspace may see and those that not everybody may see stand in two indexes: what is
hidden from somebody must not move the ranks of what is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

import orjson

from groundfact.model.scopes import directive_scope, record_scope
from groundfact.model.terms import cut, terms_of
from groundfact.model.times import parse_instant
from groundfact.store.asof import ever_believed
from groundfact.store.engine import Tx
from groundfact.store.registry import StreamRow
from groundfact.store.statements import insert, insert_or_replace
from groundfact.store.tables import Belonging, Passage, TermCount, TermStatistics
from groundfact.store.versions import Incoming

__all__ = ["Texts", "drop_passages", "index_fresh", "index_passages", "index_table", "scope_number"]

_CHUNK = 2_000
_DIRECTIVE = "directive"


class Texts(NamedTuple):
    """What indexing must know of a workspace."""

    workspace: int
    streams: Mapping[int, StreamRow]
    public: Collection[int]
    """The label sets that everybody may see."""
    when: Mapping[str, str]
    """By kind, the attribute that says when it happened."""


def scope_number(scope: str) -> int:
    """A scope as it is stored: 64 bits of a hash."""
    return int.from_bytes(blake2b(scope.encode(), digest_size=8).digest(), "big", signed=True)


def index_table(workspace: int, *, public: bool) -> str:
    """The name of a workspace's full-text index."""
    return f"passage_index_{int(workspace)}" + ("" if public else "_hidden")


def index_passages(tx: Tx, texts: Texts, after: int, top: int) -> None:
    """Bring passages and index up to the record versions above one and up to another."""
    told = _Told(tx, texts.workspace)
    _unlist(tx, texts, after, top, told)
    # What hangs on the same thing is written side by side: whoever looks at all of it reads few pages.
    _index(tx, texts, sorted(tx.rows(_NEW, (after, top, texts.workspace)), key=_hangs_on), told)
    told.count()


def index_fresh(tx: Tx, texts: Texts, version: int, stream: int, row: Incoming) -> None:
    """Bring them up to the one version of a record that was never there before."""
    told = _Told(tx, texts.workspace)
    said = (version, stream, row.rec, row.labels, row.attributes, row.text, row.about)
    _index(tx, texts, [(*said, row.parent_stream, row.parent_rec, row.asserted_at, True)], told)
    told.count()


def _index(tx: Tx, texts: Texts, versions: Iterable[tuple[Any, ...]], told: _Told) -> None:
    found = _passages(tx, texts, versions)
    while part := list(islice(found, _CHUNK)):
        tx.many(insert(Passage, without_id=False), [passage for passage, _ in part])
        scopes = [(texts.workspace, scope, passage[8], passage[0]) for passage, said in part for scope in said]
        tx.many(insert_or_replace(Belonging), scopes)
        _list(tx, texts, [passage for passage, _ in part if passage[10]], told)


def _begin(tx: Tx, workspace: int) -> tuple[int, int]:
    """Two empty indexes, and nothing counted."""
    for public in (True, False):
        # Contentless: the terms stand in the table already.
        tx.run(
            f"create virtual table if not exists {index_table(workspace, public=public)} using fts5("
            "terms, content='', tokenize='unicode61 remove_diacritics 0')"
        )
    tx.run(insert(TermStatistics, without_id=False), (workspace, 0, 0))
    return 0, 0


class _Told:
    """What changes in the statistics of what everybody may see."""

    def __init__(self, tx: Tx, workspace: int) -> None:
        self._tx, self._workspace = tx, workspace
        row = tx.one("select passages, words from term_statistics where workspace = ?", (workspace,))
        # What counts the texts comes and goes with their indexes.
        self._before = _begin(tx, workspace) if row is None else row
        self.passages = 0
        self.words = 0
        self.terms: Counter[str] = Counter()

    def add(self, terms: str, words: int, sign: int) -> None:
        self.passages += sign
        self.words += sign * words
        if sign > 0:
            self.terms.update(set(terms.split()))
        else:
            self.terms.subtract(set(terms.split()))

    def count(self) -> None:
        """Write it down."""
        changed = [(self._workspace, term, count) for term, count in sorted(self.terms.items()) if count]
        if not changed and not self.passages and not self.words:
            return
        sql = f"{insert(TermCount)} on conflict do update set passages = passages + excluded.passages"
        self._tx.many(sql, changed)
        counted = (self._before[0] + self.passages, self._before[1] + self.words, self._workspace)
        self._tx.run("update term_statistics set passages = ?, words = ? where workspace = ?", counted)


def _hangs_on(row: tuple[Any, ...]) -> tuple[str, int, str, int]:
    """The order in which new texts are written, of a row of `_NEW`."""
    version, _, _, _, _, _, about, parent_stream, parent_rec, _, _ = row
    return about or "", parent_stream or 0, parent_rec or "", version


def _next_id(tx: Tx) -> int:
    row = tx.one("select max(id) from passage")
    return 1 + (row[0] or 0 if row else 0)


_NEW = f"""
select v.id, v.stream, v.rec, v.labels, v.attributes, v.text, v.about, v.parent_stream, v.parent_rec,
       coalesce(v.asserted_at, v.observed_at), v.closed_seq is null
from version v where v.id > ? and v.id <= ? and v.workspace = ? and v.gone is null and v.text is not null
and {ever_believed("v")} and not exists (select 1 from passage p where p.version = v.id)"""


def _passages(
    tx: Tx, texts: Texts, versions: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[tuple[Any, ...], Sequence[int]]]:
    """Each new passage as a row, with its scopes."""
    number = _next_id(tx)
    for row in versions:
        version, stream, rec, labels, attributes, text, about, parent_stream, parent_rec, at, current = row
        kind = texts.streams[stream].kind
        when = texts.when.get(kind)
        if when is not None:
            happened = orjson.loads(attributes).get(when)
            at = parse_instant(happened) if happened else at
        scopes = _scopes(texts, kind, (stream, rec), (parent_stream, parent_rec), about)
        for place, body in enumerate(cut(text)):
            terms = terms_of(body)
            yield (
                (number, texts.workspace, version, stream, rec, kind, labels, place, at, len(terms), current, body,
                 f" {'  '.join(terms)} "),
                scopes,
            )  # fmt: skip
            number += 1


def _scopes(
    texts: Texts, kind: str, record: tuple[int, str], parent: tuple[int | None, str | None], about: str | None
) -> Sequence[int]:
    said: list[str] = orjson.loads(about) if about else []
    for stream, rec in (record, parent):
        if stream is not None and rec is not None:
            row = texts.streams[stream]
            said.append(record_scope(row.source, row.name, rec))
    if kind == _DIRECTIVE:
        said = [directive_scope(scope) for scope in said]
    return [scope_number(scope) for scope in dict.fromkeys(said)]


def _list(tx: Tx, texts: Texts, believed: Sequence[tuple[Any, ...]], told: _Told) -> None:
    """Put new passages that are believed now into their index."""
    for public in (True, False):
        rows = [row for row in believed if (row[6] in texts.public) is public]
        if rows:
            table = index_table(texts.workspace, public=public)
            tx.many(f"insert into {table} (rowid, terms) values (?, ?)", [(row[0], row[12]) for row in rows])
        for row in rows if public else ():
            told.add(row[12], row[9], 1)


def _unlist(tx: Tx, texts: Texts, after: int, top: int, told: _Told) -> None:
    """Take out of the index what records with newer versions said before."""
    old = tx.rows(
        """select p.id, p.terms, p.labels, p.words from version v cross join passage p
where v.id > ? and v.id <= ? and v.workspace = ? and v.closed_seq is null and p.stream = v.stream and p.rec = v.rec
and p.listed and p.version <> v.id""",
        (after, top, texts.workspace),
    )
    if not old:
        return
    for public in (True, False):
        table = index_table(texts.workspace, public=public)
        rows = [row[:2] for row in old if (row[2] in texts.public) is public]
        tx.many(f"insert into {table} ({table}, rowid, terms) values ('delete', ?, ?)", rows)
    tx.many("update passage set listed = 0 where id = ?", [(row[0],) for row in old])
    for _, terms, labels, words in old:
        if labels in texts.public:
            told.add(str(terms), int(words), -1)


def drop_passages(tx: Tx, workspace: int) -> None:
    """Remove every passage of a workspace, from table and index."""
    for public in (True, False):
        tx.run(f"drop table if exists {index_table(workspace, public=public)}")
    for table in ("passage", "belonging", "term_count", "term_statistics"):
        tx.run(f"delete from {table} where workspace = ?", (workspace,))
