"""What is known to be right: stewards' corrections and pins that everybody may see, and facts that somebody audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.errors import Ambiguous, UnknownName
from groundfact.pipeline.advice.walk import Group
from groundfact.pipeline.deciding.claims import MARKS, NEVER
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.reading.find import find
from groundfact.pipeline.reading.reader import Reader
from groundfact.vocabulary import BadValue, compare_key, convert

__all__ = ["Audited", "Known", "Sample", "audited", "known_of", "set_aside"]

_MOST_TOLD = 20


class Audited(NamedTuple):
    """A fact that somebody looked up outside groundfact."""

    entity: str
    """What it is called: a name, a domain, an id of ours, a source's own id."""
    attribute: str
    value: Any
    kind: str = "account"


class Known(NamedTuple):
    """The right value of one attribute of one entity."""

    key: Any
    by: str
    """`audit`, `correction` or `pin`."""
    since: int
    """What a source changed after that is not judged by it."""


class Sample(NamedTuple):
    """An audited sample, found in the memory."""

    known: Mapping[tuple[str, str], Known]
    """By entity and attribute."""
    skipped: Sequence[str]
    """What could not be used, in words; of many, the first few."""
    unused: int


def audited(reader: Reader, rows: Iterable[Audited]) -> Sample:
    """Find the entities of an audited sample; what names none, or several, is told and not used."""
    found: dict[tuple[str, str], Known] = {}
    skipped: list[str] = []
    unused = 0
    for number, row in enumerate(rows, 1):
        problem = _used(reader, row, found)
        if problem:
            unused += 1
            if len(skipped) < _MOST_TOLD:
                skipped.append(f"fact {number}: {problem}")
    return Sample(found, skipped, unused)


def _used(reader: Reader, row: Audited, found: dict[tuple[str, str], Known]) -> str:
    """Keep a row; why not, where it cannot be used."""
    if row.kind not in reader.plans or row.attribute not in reader.plans[row.kind].kind.attributes:
        return f"there is no {row.kind}.{row.attribute}"
    type_name = reader.plans[row.kind].kind.attributes[row.attribute].type
    try:
        entity = find(reader, row.kind, row.entity).id
        value = convert(type_name, row.value)
    except (UnknownName, Ambiguous) as error:
        return error.message
    except BadValue as error:
        return f"{row.attribute} of {row.entity}: {str(row.value)[:60]!r} {error}"
    if value is None:
        return f"{row.attribute} of {row.entity} has no value"
    key = compare_key(type_name, value)
    before = found.setdefault((entity, row.attribute), Known(key, "audit", NEVER))
    return "" if before.key == key else f"{row.attribute} of {row.entity} is there twice, with two values"


def known_of(plan: KindPlan, group: Group, sample: Mapping[tuple[str, str], Known]) -> Mapping[str, Known]:
    """What is known to be right of an entity, by attribute: an audit before a steward's word, of those the latest."""
    found: dict[str, Known] = {}
    attributes = plan.kind.attributes
    for record in sorted(group.told, key=lambda told: (told.asserted_at or told.observed_at, told.record)):
        marks = record.attributes.get(MARKS, {})
        word = next((word for word in ("correction", "pin") if marks.get(word)), "")
        for name, value in record.attributes.items() if word else ():
            if name in attributes and attributes[name].type != "reference" and value is not None:
                key = compare_key(attributes[name].type, value)
                found[name] = Known(key, word, record.asserted_at or record.observed_at)
    if sample:
        found |= {name: sample[group.entity, name] for name in attributes if (group.entity, name) in sample}
    return found


def set_aside(plan: KindPlan, group: Group) -> Iterable[tuple[str, str]]:
    """Attribute and source of what stewards ignore: they hold it for wrong."""
    for record in group.told:
        ignore = record.attributes.get(MARKS, {}).get("ignore")
        if ignore is not None and ignore["attribute"] in plan.kind.attributes:
            yield ignore["attribute"], str(ignore["of"]).partition("/")[0]
