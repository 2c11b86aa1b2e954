"""Learning how often values change, from the versions that everybody in the workspace may see.

A record is watched from when it was first read, or from its oldest version where its source delivers its history, to
when it was last confirmed. Watching may only begin at a stamp where older versions would have been delivered as well:
a record that was last edited years ago tells nothing of the edits before, and would make everything look steady.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from groundfact.model import Learnt
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.claims import MARKS
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.store import registry
from groundfact.store.engine import Store, Tx
from groundfact.store.lifetimes import Said, keep_learnt, learnt, said_by
from groundfact.store.reading import View, passes
from groundfact.vocabulary import Attribute, compare_key

__all__ = ["Lifetimes", "days", "learn", "learnt_of", "lifetimes_from"]

Lifetimes = Mapping[str, Mapping[str, Learnt]]
"""What was learnt, by kind and attribute."""
_HALF = 0.5
_DAY = 86_400_000


class Spell(NamedTuple):
    """One value of one attribute of one record, while it held."""

    attribute: str
    begun: int
    ended: int
    changed: bool
    """Whether another value followed; False: it was only not watched any longer."""


def learn(store: Store, workspace: int, plans: Mapping[str, KindPlan], now: int) -> Lifetimes:
    """Learn anew and remember it; the same as before is not written again."""
    with store.writing() as tx:
        found = _counted(tx, workspace, plans)
        document = orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()
        if document != learnt(tx, workspace, None):
            keep_learnt(tx, workspace, registry.next_seq(tx, workspace, now), document)
    return lifetimes_from(document)


def days(found: Learnt) -> float:
    """How many days were watched, added up over the records."""
    return round(found.watched / _DAY, 1)


def learnt_of(tx: Tx, workspace: int, known_at: int | None) -> Lifetimes:
    """What was known at a commit."""
    return lifetimes_from(learnt(tx, workspace, known_at))


def lifetimes_from(document: str) -> Lifetimes:
    """What a stored document says."""
    told = orjson.loads(document) if document else {}
    return {kind: {name: Learnt(*counts) for name, counts in by.items()} for kind, by in told.items()}


def _counted(tx: Tx, workspace: int, plans: Mapping[str, KindPlan]) -> dict[str, dict[str, list[int]]]:
    streams = {row.id: row for row in registry.streams(tx, workspace)}
    public = registry.public_label_sets(tx, workspace)
    read = passes(tx, View(workspace, orjson.dumps(public).decode(), streams, None))
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for stream in streams.values():
        if is_voice(stream.source) or stream.kind not in plans or plans[stream.kind].kind.episode:
            continue
        modes = read.get(stream.id, {})
        verified = max(modes.values(), default=0) if stream.confirms == "stream" else modes.get("full", 0)
        attributes = plans[stream.kind].kind.attributes
        for spell in spells(attributes, said_by(tx, stream.id, public), verified):
            tally = found[stream.kind][spell.attribute]
            tally[0] += spell.changed
            tally[1] += spell.ended - spell.begun
    return found


def spells(attributes: Mapping[str, Attribute], said: Iterator[Said], verified: int) -> Iterator[Spell]:
    """How long each value of a stream's records was watched; `verified` is when the stream last confirmed all."""
    whole: list[Spell] = []
    seen: list[Spell] = []
    several, delivered = 0, 0
    for _, group in groupby(said, lambda one: one.rec):
        versions = list(group)
        first_seen = min(version.observed_at for version in versions)
        several += len(versions) > 1
        delivered += len(versions) > 1 and versions[1].at <= first_seen
        for spell in _spells(attributes, versions, verified):
            whole.append(spell)
            if spell.ended > first_seen:
                seen.append(spell._replace(begun=max(spell.begun, first_seen)))
    # One that was edited while it was read looks like history, too: it takes more than a few of them.
    yield from whole if several and delivered >= _HALF * several else seen


def _spells(attributes: Mapping[str, Attribute], versions: Sequence[Said], verified: int) -> Iterator[Spell]:
    held: dict[str, tuple[Any, int]] = {}
    payload = None
    for version in versions:
        said = {} if version.gone else _keys(attributes, version)
        for name in list(held):
            key, since = held[name]
            if name in said and (said[name] == key or version.payload == payload):
                # The same payload read otherwise is another mapping, and no change.
                held[name] = (said[name], since)
                continue
            del held[name]
            yield Spell(name, since, max(since, version.at), changed=not version.gone)
        for name, key in said.items():
            held.setdefault(name, (key, version.at))
        payload = version.payload
    last = versions[-1]
    until = max(verified, last.observed_at, last.confirmed_at or 0)
    for name, (_, since) in held.items():
        yield Spell(name, since, max(since, until), changed=False)


def _keys(attributes: Mapping[str, Attribute], version: Said) -> dict[str, Any]:
    said = orjson.loads(version.attributes)
    return {
        name: compare_key(attributes[name].type, value)
        for name, value in said.items()
        if name != MARKS and name in attributes
    }
