"""The worklist as it is handed out: what is wrong, what stands against what, and the command that would settle it."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from heapq import nsmallest
from itertools import islice
from typing import Any

import orjson

from groundfact.model import Claim, Fact, Target
from groundfact.model.voices import is_voice
from groundfact.pipeline.identity.members import is_link, merged_by
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.served import served_fact
from groundfact.pipeline.reading.stewarded import stewarded
from groundfact.pipeline.stewarding.reviewing import waiting
from groundfact.pipeline.stewarding.worklist import FactTask, Task, fact_tasks, task_of
from groundfact.store import links, registry
from groundfact.store.decisions import APART, decisions_of
from groundfact.store.worklist import KeyedRecord, restricted_records

__all__ = ["worklist"]

_CHUNK = 500
_WHY = "--reason WHY"
Item = dict[str, Any]
RecordId = tuple[int, str]


def worklist(reader: Reader, kind: str, only: Collection[Task], limit: int) -> list[Item]:
    """What waits for a steward, the worst first."""
    items = list(_facts(reader, fact_tasks(reader, kind, only, limit)))
    if "review" in only and len(items) < limit:
        items += nsmallest(limit - len(items), _reviews(reader, kind), key=lambda item: str(item["record"]))
    if "merge" in only and len(items) < limit:
        items += [_merge(kind, found) for found in waiting(reader, kind, limit - len(items))]
    return items


def _facts(reader: Reader, found: Collection[FactTask]) -> Iterator[Item]:
    views = reader.entities({task.entity for task in found})
    for task in found:
        view = views.get(task.entity)
        # What has settled itself since it was cached is nothing to do any more.
        now = task_of(reader, view, task.attribute) if view is not None else None
        if view is not None and now is not None and now.task == task.task:
            yield _fact(reader, view, task)


def _fact(reader: Reader, view: EntityView, task: FactTask) -> Item:
    fact, served = view.facts[task.attribute], served_fact(reader, view, task.attribute)
    told: Item = {"task": task.task, "kind": view.kind, "id": view.id, "name": view.title}
    told.update(attribute=task.attribute, label=served["label"])
    if task.task == "conflict":
        told["sides"] = [_side(claim) for claim in fact.claims]
        settle = _pin(view, task.attribute, fact)
    elif task.task == "contested":
        steward = stewarded(reader, view, task.attribute, fact)["steward"]
        told.update(value=served.get("value", fact.value), steward=steward)
        settle = f"groundfact forget {steward['id']}"
    else:
        told.update({key: served[key] for key in ("last_known", "source", "verified_at", "why") if key in served})
        settle = _confirm(view, task.attribute, fact)
    return {**told, "settle": settle}


def _side(claim: Claim) -> Item:
    told: Item = {"value": claim.value, "source": claim.source, "record": f"{claim.stream}/{claim.record}"}
    if isinstance(claim.value, Target):
        told["target"] = {"id": claim.value.id, "kind": claim.value.kind}
    return told


def _pin(view: EntityView, attribute: str, fact: Fact) -> str:
    claim = fact.claims[0]
    source = shlex.quote(f"{claim.source}/{claim.stream}/{claim.record}")
    return f"groundfact pin {view.id} {attribute} --source {source}{_of(view.kind)} {_WHY}"


def _confirm(view: EntityView, attribute: str, fact: Fact) -> str:
    source = fact.claims[0].source
    if is_voice(source):
        return f"groundfact correct {view.id} {attribute} VALUE{_of(view.kind)} {_WHY}"
    return f"groundfact sync {source}"


def _merge(kind: str, found: Mapping[str, Any]) -> Item:
    one, other = (shlex.quote(record) for record in found["records"])
    settle = f"groundfact merge {one} {other}{_of(kind)} {_WHY}"
    told = {"task": "merge", "name": found["one"]["name"], **found}
    return {**told, "settle": settle, "or": settle.replace("merge", "keep-apart", 1)}


def _of(kind: str) -> str:
    return "" if kind == "account" else f" --kind {kind}"


def _reviews(reader: Reader, kind: str) -> Iterator[Item]:
    """Records that fit several entities which they must not join into one, because not everybody may see them."""
    public = frozenset(registry.public_label_sets(reader.tx, reader.workspace))
    rows = restricted_records(reader.tx, reader.view, kind, public)
    while part := list(islice(rows, _CHUNK)):
        yield from _review(reader, kind, part, public)


def _review(reader: Reader, kind: str, part: Collection[KeyedRecord], public: frozenset[int]) -> Iterator[Item]:
    keys = {(row.stream, row.rec): [k for k in orjson.loads(row.keys) if is_link(k)] for row in part}
    # What somebody has merged is settled.
    keys = {record: own for record, own in keys.items() if not any(merged_by(key) is not None for key in own)}
    holders = _holders(reader, kind, {key for own in keys.values() for key in own}, public)
    homes = {entity for entities in holders.values() for entity in entities}
    views = reader.entities({*homes, *(row.entity for row in part)})
    apart = _apart(reader, kind, keys.keys())
    for row in part:
        own = keys.get((row.stream, row.rec), ())
        fits = sorted({e for key in own for e in holders.get(key, ()) if e in views} - apart[row.stream, row.rec])
        if len(fits) > 1:
            record = reader.record_name(row.stream, row.rec)
            others = [{"id": entity, "name": views[entity].title} for entity in fits]
            told = {"task": "review", "kind": kind, "id": row.entity, "name": views[row.entity].title, "record": record}
            settle = f"groundfact merge {shlex.quote(record)} {fits[0]}{_of(kind)} {_WHY}"
            yield {**told, "entities": others, "settle": settle}


def _apart(reader: Reader, kind: str, records: Collection[RecordId]) -> dict[RecordId, set[str]]:
    """The entities from which somebody keeps each record apart."""
    found: dict[RecordId, set[str]] = defaultdict(set)
    for row in decisions_of(reader.tx, reader.workspace, kind):
        for side, other in (row.sides, row.sides[::-1]):
            if row.verb == APART and side in records:
                found[side].update(link.entity for link in links.links_of_records(reader.tx, [other]))
    return found


def _holders(reader: Reader, kind: str, keys: Collection[str], public: frozenset[int]) -> dict[str, set[str]]:
    """The entities of what everybody may see that have each key; of a key that too many share, none."""
    found: dict[str, set[tuple[int, str]]] = {}
    for key, stream, rec, labels in links.key_holders(reader.tx, reader.workspace, kind, keys):
        if labels in public:
            found.setdefault(key, set()).add((stream, rec))
    limits = reader.plans[kind].identity.limits
    for key in list(found):
        if len(found[key]) > limits.get(key.partition("=")[0] + "=", len(found[key])):
            del found[key]
    records = {record for held in found.values() for record in held}
    homes = {(row.stream, row.rec): row.entity for row in links.links_of_records(reader.tx, records)}
    return {key: {homes[record] for record in held if record in homes} for key, held in found.items()}
