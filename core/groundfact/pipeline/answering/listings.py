"""`list`: everything a principal may see, one plain object at a time, so that other tools can check our work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundfact.model.times import iso
from groundfact.pipeline.answering.relations import every_relation
from groundfact.pipeline.deciding.resolution import claims_about
from groundfact.pipeline.reading.find import described
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.served import served_fact

__all__ = ["LISTS", "listed"]

Item = dict[str, Any]


def _entities(kind: str) -> Callable[[Reader, Mapping[str, object]], Iterator[Item]]:
    def walk(reader: Reader, only: Mapping[str, object]) -> Iterator[Item]:
        for view in reader.each(kind):
            yield described(view, reader.view.streams)

    return walk


def _all(reader: Reader, only: Mapping[str, object]) -> Iterator[EntityView]:
    kinds = [only["kind"]] if only.get("kind") else list(reader.plans)
    for kind in kinds:
        yield from reader.each(str(kind))


def _records(reader: Reader, only: Mapping[str, object]) -> Iterator[Item]:
    for view in _all(reader, only):
        shown = {n for n in reader.plans[view.kind].kind.attributes if reader.access.decide(view.kind, n) == "permit"}
        for record in view.records:
            stream = reader.view.streams[record.stream]
            yield {
                "source": stream.source,
                "stream": stream.name,
                "id": record.rec,
                "kind": view.kind,
                "entity": view.id,
                "attributes": {name: value for name, value in record.attributes.items() if name in shown},
                "asserted_at": iso(record.asserted_at),
                "observed_at": iso(record.observed_at),
                "url": record.url,
            }


def _links(reader: Reader, only: Mapping[str, object]) -> Iterator[Item]:
    for view in _all(reader, only):
        for record in view.records:
            stream = reader.view.streams[record.stream]
            yield {
                "entity": view.id,
                "kind": view.kind,
                "source": stream.source,
                "stream": stream.name,
                "id": record.rec,
            }


def _facts(reader: Reader, only: Mapping[str, object]) -> Iterator[Item]:
    for view in _all(reader, only):
        for name in view.facts:
            yield {
                "entity": view.id,
                "kind": view.kind,
                "name": view.title,
                **served_fact(reader, view, name),
            }


def _claims(reader: Reader, only: Mapping[str, object]) -> Iterator[Item]:
    for view in _all(reader, only):
        records = reader.claims(list(view.records))
        for name, spec in reader.plans[view.kind].kind.attributes.items():
            if reader.access.decide(view.kind, name) != "permit":
                continue
            for claim in claims_about(name, spec.type, records):
                yield {
                    "entity": view.id,
                    "kind": view.kind,
                    "attribute": name,
                    "value": claim.value,
                    "source": claim.source,
                    "record": f"{claim.stream}/{claim.record}",
                    "changed_at": iso(claim.changed_at),
                    "verified_at": iso(claim.verified_at),
                }


LISTS: Mapping[str, Callable[[Reader, Mapping[str, object]], Iterator[Item]]] = {
    "accounts": _entities("account"),
    "contacts": _entities("contact"),
    "records": _records,
    "links": _links,
    "facts": _facts,
    "claims": _claims,
    "relations": every_relation,
}
"""What can be listed."""


def listed(reader: Reader, what: str, *, kind: str | None = None) -> Iterator[Item]:
    """Stream a list; `kind` narrows records, links, facts and claims."""
    yield from LISTS[what](reader, {"kind": kind})
