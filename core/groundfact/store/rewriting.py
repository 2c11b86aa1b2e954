"""Writing stored versions anew: the same payloads as another mapping reads them, or for other eyes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from groundfact.store.engine import Tx
from groundfact.store.versions import Incoming, Page, carried, insert_versions, own_columns

__all__ = ["Stored", "rewrite", "stored_after"]


class Stored(NamedTuple):
    """A current version, with what is needed to write it anew."""

    id: int
    said: Incoming
    changed: str | None


_STORED = """
select id, changed, rec, hash, labels, payload, attributes, field_changes, text, parent_stream, parent_rec, url, gone,
       asserted_at, about
from version where stream = ? and id > ? and closed_seq is null and gone is null order by id limit ?"""


def stored_after(tx: Tx, stream: int, after: int, most: int) -> list[Stored]:
    """A page of a stream's current versions, by row id."""
    found = []
    for row in tx.rows(_STORED, (stream, after, most)):
        values = list(row[2:])
        values[5] = orjson.loads(values[5]) if values[5] else None
        found.append(Stored(row[0], Incoming(*values), row[1]))
    return found


def rewrite(tx: Tx, page: Page, pairs: Sequence[tuple[Stored, Incoming]], widens: Callable[[int, int], bool]) -> None:
    """Replace versions by the same payloads as another mapping reads them, or for other eyes.

    `widens(after, before)` says whether somebody may see one set of labels who could not see the other.
    """
    tx.many("update version set closed_seq = ? where id = ?", [(page.seq, old.id) for old, _ in pairs])
    rows = []
    for old, row in pairs:
        new_eyes = widens(row.labels, old.said.labels)
        before = None if new_eyes else (old.said.attributes, old.changed, old.said.asserted_at)
        rows.append(own_columns(row, carried(row, before, page.now, remapped=True)))
    insert_versions(tx, page, rows)
    # What was seen again was seen as it reads now: late news must not bring the old reading back, or its labels.
    seen = [(row.hash, page.stream, row.rec, old.said.hash) for old, row in pairs]
    tx.many("update confirmation set hash = ? where stream = ? and rec = ? and hash = ?", seen)
