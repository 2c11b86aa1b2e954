"""Free text cut into passages, what each hangs on, and the full-text index.

Texts that everybody in the workspace may see and those that not everybody may see stand in two indexes: what is
hidden from somebody must not move the ranks of what is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
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

__all__ = ["Texts", "drop_passages", "index_passages", "index_table", "scope_number"]

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


def index_passages(tx: Tx, texts: Texts, after: int) -> None:
    """Bring passages and index up to the record versions above the watermark."""
    for public in (True, False):
        # Contentless: the terms stand in the table already.
        tx.run(
            f"create virtual table if not exists {index_table(texts.workspace, public=public)} using fts5("
            "terms, content='', tokenize='unicode61 remove_diacritics 0')"
        )
    told = _Told()
    _unlist(tx, texts, after, told)
    first = _next_id(tx)
    found = _passages(tx, texts, after, first)
    while part := list(islice(found, _CHUNK)):
        tx.many(insert(Passage, without_id=False), [passage for passage, _ in part])
        scopes = [(texts.workspace, scope, passage[8], passage[0]) for passage, said in part for scope in said]
        tx.many(insert_or_replace(Belonging), scopes)
        for passage, _ in part:
            if passage[10] and passage[6] in texts.public:
                told.add(passage[12], passage[9], 1)
    _list(tx, texts, first)
    _count(tx, texts.workspace, told)


class _Told:
    """What changes in the statistics of what everybody may see."""

    def __init__(self) -> None:
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


def _next_id(tx: Tx) -> int:
    row = tx.one("select max(id) from passage")
    return 1 + (row[0] or 0 if row else 0)


_NEW = f"""
select v.id, v.stream, v.rec, v.labels, v.attributes, v.text, v.about, v.parent_stream, v.parent_rec,
       coalesce(v.asserted_at, v.observed_at), v.closed_seq is null
from version v where v.id > ? and v.workspace = ? and v.gone is null and v.text is not null and {ever_believed("v")}
and not exists (select 1 from passage p where p.version = v.id) order by v.id"""


def _passages(tx: Tx, texts: Texts, after: int, first: int) -> Iterator[tuple[tuple[Any, ...], Sequence[int]]]:
    """Each new passage as a row, with its scopes."""
    number = first
    for row in tx.rows(_NEW, (after, texts.workspace)):
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


def _list(tx: Tx, texts: Texts, first: int) -> None:
    """Put the new passages that are believed now into their index."""
    labels = orjson.dumps(sorted(texts.public)).decode()
    for public, word in ((True, "in"), (False, "not in")):
        tx.run(
            f"""insert into {index_table(texts.workspace, public=public)} (rowid, terms)
select id, terms from passage where id >= ? and workspace = ? and listed and labels {word}
(select value from json_each(?))""",
            (first, texts.workspace, labels),
        )


def _unlist(tx: Tx, texts: Texts, after: int, told: _Told) -> None:
    """Take out of the index what records with newer versions said before."""
    old = tx.rows(
        """select p.id, p.terms, p.labels, p.words from version v cross join passage p
where v.id > ? and v.workspace = ? and v.closed_seq is null and p.stream = v.stream and p.rec = v.rec
and p.listed and p.version <> v.id""",
        (after, texts.workspace),
    )
    for public in (True, False):
        table = index_table(texts.workspace, public=public)
        rows = [row[:2] for row in old if (row[2] in texts.public) is public]
        tx.many(f"insert into {table} ({table}, rowid, terms) values ('delete', ?, ?)", rows)
    tx.many("update passage set listed = 0 where id = ?", [(row[0],) for row in old])
    for _, terms, labels, words in old:
        if labels in texts.public:
            told.add(str(terms), int(words), -1)


def _count(tx: Tx, workspace: int, told: _Told) -> None:
    changed = [(workspace, term, count) for term, count in sorted(told.terms.items()) if count]
    if not changed and not told.passages and not told.words:
        return
    tx.many(f"{insert(TermCount)} on conflict do update set passages = passages + excluded.passages", changed)
    row = tx.one("select passages, words from term_statistics where workspace = ?", (workspace,)) or (0, 0)
    tx.run(insert_or_replace(TermStatistics), (workspace, row[0] + told.passages, row[1] + told.words))


def drop_passages(tx: Tx, workspace: int) -> None:
    """Remove every passage of a workspace, from table and index."""
    for public in (True, False):
        tx.run(f"drop table if exists {index_table(workspace, public=public)}")
    for table in ("passage", "belonging", "term_count", "term_statistics"):
        tx.run(f"delete from {table} where workspace = ?", (workspace,))
