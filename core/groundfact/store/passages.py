"""Free text and its full-text index. Text is data: every token of a query is quoted and its column named."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import NamedTuple

from groundfact.store.asof import believed
from groundfact.store.engine import Tx
from groundfact.store.statements import insert
from groundfact.store.tables import Passage

__all__ = [
    "Found",
    "drop_passages",
    "index_passages",
    "scope_token",
    "search_passages",
    "tokens_of",
    "words_of",
]

_WORD = re.compile(r"\w+", re.UNICODE)
_MOST_TOKENS = 32


class Found(NamedTuple):
    """A passage that matches."""

    stream: int
    rec: str
    body: str
    asserted_at: int | None
    observed_at: int


def scope_token(stream: int, rec: str) -> str:
    """The word under which the texts that hang on a record are indexed."""
    return "k" + blake2b(f"{stream}\0{rec}".encode(), digest_size=8).hexdigest()


def words_of(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(text.casefold())


def tokens_of(question: str) -> list[str]:
    """The words of a question, each once, at most 32."""
    return list(dict.fromkeys(words_of(question)))[:_MOST_TOKENS]


def index_passages(tx: Tx, workspace: int, after: int) -> None:
    """Bring the index up to the current versions above the watermark."""
    old = """
select p.id, p.scope, p.body from version v cross join passage p
where v.id > ? and v.workspace = ? and v.closed_seq is null and p.stream = v.stream and p.rec = v.rec"""
    stale = tx.rows(old, (after, workspace))
    _remove(tx, stale)
    new = """
select v.stream, v.rec, v.labels, v.parent_stream, v.parent_rec, v.text from version v
where v.id > ? and v.workspace = ? and v.closed_seq is null and v.gone is null and v.text is not null order by v.id"""
    rows = []
    for stream, rec, labels, parent_stream, parent_rec, text in tx.rows(new, (after, workspace)):
        scope = scope_token(parent_stream, parent_rec) if parent_rec is not None else scope_token(stream, rec)
        rows.append((workspace, stream, rec, labels, scope, text))
    if not rows:
        return
    last = tx.one("select max(id) from passage")
    tx.many(insert(Passage), rows)
    add = "insert into passage_index (rowid, scope, body) select id, scope, body from passage where id > ?"
    tx.run(add, ((last[0] or 0) if last else 0,))


def _remove(tx: Tx, rows: Sequence[tuple[int, str, str]] | Sequence[tuple[object, ...]]) -> None:
    if rows:
        delete = "insert into passage_index (passage_index, rowid, scope, body) values ('delete', ?, ?, ?)"
        tx.many(delete, rows)
        tx.many("delete from passage where id = ?", [(row[0],) for row in rows])


def drop_passages(tx: Tx, workspace: int) -> None:
    """Remove every passage of a workspace from table and index."""
    _remove(tx, tx.rows("select id, scope, body from passage where workspace = ?", (workspace,)))


def search_passages(
    tx: Tx, workspace: int, labels: str, scopes: Collection[str], words: Sequence[str], most: int
) -> list[Found]:
    """Passages under any of the scopes with any of the words, of records that may be seen now."""
    if not scopes or not words:
        return []
    quoted = " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
    where = " OR ".join(f'"{scope}"' for scope in sorted(scopes))
    sql = f"""
select p.stream, p.rec, p.body, v.asserted_at, v.observed_at from passage_index i
cross join passage p cross join version v
where passage_index match ? and p.id = i.rowid and p.workspace = ? and v.stream = p.stream and v.rec = p.rec
and {believed("v", None)} and v.gone is null and v.labels in (select value from json_each(?))
order by coalesce(v.asserted_at, v.observed_at) desc, p.stream, p.rec limit ?"""
    query = f"scope : ({where}) AND body : ({quoted})"
    return [Found(*row) for row in tx.rows(sql, (query, workspace, labels, most))]
