"""From what somebody calls it (name, domain, e-mail, our id, a source's own id) to one entity, or a clear no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from groundfact.errors import Ambiguous, UnknownName
from groundfact.pipeline.identity.linking import find_keys
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.store import reading
from groundfact.store.registry import StreamRow
from groundfact.vocabulary import BadValue, compare_key, convert

__all__ = ["described", "find"]

_MOST_CANDIDATES = 50
_LONGEST = 500
_NEIGHBOURS = 2_000
"""Names on each side, in their order, among which the nearest are looked for: a question that nothing answers must not
read all there are."""
_TELLING = ("domain", "email", "street", "city")
"""What tells entities apart that answer to the same name."""


def find(reader: Reader, kind: str, asked: str, *, briefly: bool = False) -> EntityView:
    """The one entity that answers to `asked`. Raises UnknownName or Ambiguous; neither speaks of hidden things.

    `briefly`: with none of its facts but what it is called, for who asks for nothing else.
    """
    # What a terminal could not decode comes as half characters, which no store can look for.
    asked = asked.encode("utf-8", "replace").decode().strip()
    ids = list(dict.fromkeys(_candidates(reader, kind, asked)))
    views = reader.briefly(ids) if briefly else reader.entities(ids)
    if len(views) == 1:
        return next(iter(views.values()))
    if views:
        views = reader.briefly(ids, _TELLING)
        candidates = [described(view, reader.view.streams) for view in sorted(views.values(), key=_by_name)]
        message = f"{asked!r} could be any of {len(candidates)} {kind}s"
        hint = "ask again with one of their ids"
        raise Ambiguous(message, candidates=candidates[:_MOST_CANDIDATES], hint=hint)
    near = _nearest(reader, kind, asked)
    hint = f"nearest: {', '.join(near)}" if near else f"`groundfact list {kind}s` shows what there is"
    raise UnknownName(f"no {kind} answers to {asked[:100]!r}", near=near, hint=hint)


def _by_name(view: EntityView) -> tuple[str, str]:
    return (view.title.casefold(), view.id)


def _candidates(reader: Reader, kind: str, asked: str) -> Iterable[str]:
    """The ids that fit, from the surest reading of `asked` to the loosest; the first reading that fits counts."""
    if not asked or len(asked) > _LONGEST:
        return []
    if asked.startswith(f"{kind}-"):
        found = _by_entity_id(reader, asked)
        if found:
            return found
    source, slash, rec = asked.partition("/")
    if slash and any(row.source == source for row in reader.view.streams.values()):
        # `crm/42` or `crm/accounts/42`; an id may hold slashes of its own.
        for wanted in dict.fromkeys((rec, rec.partition("/")[2])):
            by_id = reading.who_has_id(reader.tx, reader.view, kind, wanted, source) if wanted else []
            if by_id:
                return by_id
    by_id = reading.who_has_id(reader.tx, reader.view, kind, asked)
    return by_id or _by_attribute(reader, kind, asked)


def _by_entity_id(reader: Reader, entity: str) -> list[str]:
    """An id once given keeps answering: it stands for the record it was made from, wherever that is linked now."""
    if reader.briefly([entity]):
        return [entity]
    return reading.who_was_called(reader.tx, reader.view, entity)


def _by_attribute(reader: Reader, kind: str, asked: str) -> list[str]:
    keys: list[str] = []
    words: list[str] = []
    for name, spec in reader.plans[kind].kind.attributes.items():
        if not spec.lookup or reader.access.decide(kind, name) != "permit":
            continue
        try:
            value = convert(spec.type, asked)
        except BadValue:
            continue
        if value is not None:
            # The first words of a name may mean any of those that begin so: listing them beats guessing.
            wanted = words if spec.type == "name" else keys
            wanted += find_keys(name, spec.type, value)
    found = reading.who_has_keys(reader.tx, reader.view, kind, keys)
    # Whoever calls his account like another one's domain must not make that domain ambiguous.
    return found or reading.who_has_keys(reader.tx, reader.view, kind, words, begins=True)


def described(view: EntityView, streams: Mapping[int, StreamRow]) -> dict[str, object]:
    """A candidate, with enough to tell it from the others."""
    told: dict[str, object] = {"id": view.id, "name": view.title}
    for name in _TELLING:
        fact = view.facts.get(name)
        if fact is not None and fact.claims:
            told[name] = fact.claims[0].value
    told["records"] = sorted(f"{streams[record.stream].source}/{record.rec}" for record in view.records)
    return told


def _nearest(reader: Reader, kind: str, asked: str) -> list[str]:
    """Visible names that look like what was asked for."""
    from rapidfuzz import fuzz, process

    title = reader.plans[kind].kind.title
    if reader.access.decide(kind, title) != "permit":
        return []
    prefix, _ = find_keys(title, "string", "")
    key = f"{prefix}{compare_key('name', asked)}"
    names = reading.keys_around(reader.tx, reader.view, kind, prefix, key, _NEIGHBOURS)
    best = process.extract(asked.casefold(), names, scorer=fuzz.WRatio, limit=3, score_cutoff=70)
    return [match[0] for match in best]
