"""The mapping `fields`: which field of a record says which attribute of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from groundfact.component import component
from groundfact.model import Mapped, Problem, Record, RecordRef
from groundfact.vocabulary import TYPES, Attribute, BadValue, Kind, Vocabulary
from groundfact_plugins.mapping_about import about_of, about_reader
from groundfact_plugins.mapping_options import AccessFrom, AttributeFrom, FieldsOptions, ParentFrom, raw_word
from groundfact_plugins.mapping_references import check_references, referring
from groundfact_plugins.payload import MISSING, plain, walker

__all__ = ["FIELDS", "FieldsMapping"]

_SHORT_TEXT = 4000
_NUMBERS = frozenset((int, float, bool))
_BIG = 2**62
_REMEMBERED = 512
"""Texts of an attribute whose reading is remembered."""


class FieldsMapping:
    """Reads attributes by path; a value that does not fit is a problem, and the rest of the record counts."""

    def __init__(self, options: FieldsOptions, kind: str, vocabulary: Vocabulary) -> None:
        known = _known(kind, vocabulary)
        check_references(options.attributes, kind, known, vocabulary)
        self._gathers = {
            _key(name, source): _gatherer(source, known.attributes.get(name), vocabulary)
            for name, source in options.attributes.items()
            if not source.is_plain
        }
        self._steps: list[tuple[str, str, Callable[[Any], Any], dict[str, Any]]] = [
            (name, _key(name, source), _reader(name, known, kind), {}) for name, source in options.attributes.items()
        ]
        self._none_where_empty = [
            (name, source.paths) for name, source in options.attributes.items() if source.empty == "none"
        ]
        self._parent = options.parent
        self._text = options.text
        self._access = options.access
        self._about = [about_reader(source, vocabulary) for source in options.about]
        self._fields = list(dict.fromkeys(_paths(options)))
        self._walks = [(path, walker(path) if "." in path else None) for path in self._fields]
        self._origin = {name: source.paths[0] for name, source in options.attributes.items()}
        self._hangs_by = sorted({(source.kind, source.attribute) for source in options.about})

    @property
    def fields(self) -> Sequence[str]:
        """The paths it reads, in the order of the options."""
        return self._fields

    @property
    def origin(self) -> Mapping[str, str]:
        """Attribute to the (first) field that it is read from."""
        return self._origin

    @property
    def hangs_by(self) -> Sequence[tuple[str, str]]:
        """The kinds and attributes by whose values `about:` hangs its records."""
        return self._hangs_by

    def project(self, record: Record) -> Mapping[str, Any]:
        """The allowed fields that the record has, flat, in the order of `fields`."""
        data = record.data
        payload = {}
        for path, walk in self._walks:
            value = data.get(path, MISSING) if walk is None else walk(data)
            # The usual cases, a plain text or number, must not cost a call.
            kind = type(value)
            if (
                (kind is str and len(value) <= _SHORT_TEXT and value.isascii())
                or (kind in _NUMBERS and -_BIG < value < _BIG)
                or value is None
            ):
                payload[path] = value
            elif value is not MISSING:
                payload[path] = plain(value)
        return payload

    def interpret(self, payload: Mapping[str, Any]) -> Mapped:
        """The record in the words of the vocabulary."""
        problems: list[Problem] = []
        attributes = self._read((self._gathered(payload) if self._gathers else payload).get, problems)
        for name, paths in self._none_where_empty:
            if name not in attributes and _says_none(paths, payload):
                attributes[name] = None
        parent = None if self._parent is None else _parent(self._parent, payload, problems)
        text = _text(self._text, payload) if self._text else None
        labels = None if self._access is None else _labels(self._access, payload, problems)
        about = about_of(self._about, payload) if self._about else ()
        return Mapped(attributes, parent, text, labels, problems, about)

    def _read(self, get: Callable[[str], Any], problems: list[Problem]) -> dict[str, Any]:
        """The attributes that the record states."""
        attributes: dict[str, Any] = {}
        for name, key, read, known in self._steps:
            value = get(key)
            # Texts that come again and again (a city, a stage) are read once.
            if type(value) is str and (result := known.get(value)) is not None:
                attributes[name] = result
            elif value is not None:
                try:
                    result = read(value)
                except BadValue as error:
                    problems.append(Problem(self._origin[name], plain(str(value))[:200], str(error)))
                    continue
                if result is not None:
                    attributes[name] = result
                    if len(known) < _REMEMBERED and type(value) is str and type(result) is not list:
                        known[value] = result
        return attributes

    def _gathered(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {**payload, **{key: gather(payload) for key, gather in self._gathers.items()}}


def _paths(options: FieldsOptions) -> list[str]:
    paths = [path for source in options.attributes.values() for path in source.paths]
    paths += [part.field for part in (options.parent, options.access) if part is not None]
    paths += [path for source in options.about for path in (source.field, source.when) if path is not None]
    return [*paths, *options.text, *options.keep]


def _known(kind: str, vocabulary: Vocabulary) -> Kind:
    if kind not in vocabulary:
        raise ValueError(f"there is no kind {kind!r}{_nearest(kind, vocabulary)}")
    return vocabulary[kind]


def _nearest(name: str, names: Mapping[str, Any]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(names))}"


def _reader(name: str, kind: Kind, kind_name: str) -> Callable[[Any], Any]:
    if name not in kind.attributes:
        raise ValueError(f"{kind_name} has no attribute {name!r}{_nearest(name, kind.attributes)}")
    return TYPES[kind.attributes[name].type].read


def _key(name: str, source: AttributeFrom) -> str:
    # What is gathered lies beside the fields under a name that no field has.
    return source.paths[0] if source.is_plain else f"\x00{name}"


def _gatherer(
    source: AttributeFrom, spec: Attribute | None, vocabulary: Vocabulary
) -> Callable[[Mapping[str, Any]], Any]:
    if spec is not None and spec.to is not None:
        return referring(source, spec.to, vocabulary)
    paths, words = source.paths, source.values

    def gather(payload: Mapping[str, Any]) -> Any:
        parts = [part for part in map(payload.get, paths) if not _is_empty(part)]
        if not parts:
            return None
        value = parts[0] if len(paths) == 1 else " ".join(map(str, parts))
        return value if words is None else words.get(raw_word(value), words.get("*", value))

    return gather


def _says_none(paths: Sequence[str], payload: Mapping[str, Any]) -> bool:
    there = [path for path in paths if path in payload]
    return bool(there) and all(_is_empty(payload[path]) for path in there)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def _parent(options: ParentFrom, payload: Mapping[str, Any], problems: list[Problem]) -> RecordRef | None:
    value = payload.get(options.field)
    if type(value) is str and value.isalnum():
        return RecordRef(options.stream, value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if _is_empty(value):
        return None
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return RecordRef(options.stream, str(value).strip())
    problems.append(Problem(options.field, str(value)[:200], "is not the id of one record"))
    return None


def _text(paths: Sequence[str], payload: Mapping[str, Any]) -> str | None:
    parts = [payload.get(path) for path in paths]
    texts = [part if isinstance(part, str) else str(part) for part in parts if part]
    return "\n\n".join([text for text in map(str.strip, texts) if text]) or None


def _labels(options: AccessFrom, payload: Mapping[str, Any], problems: list[Problem]) -> Sequence[str] | None:
    value = payload.get(options.field)
    if _is_empty(value):
        return None
    items = value.split(";") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if any(isinstance(item, (dict, list, float, bool)) for item in items):
        # Labels that cannot be read must not fall back to wider ones: nobody sees the record.
        problems.append(Problem(options.field, str(value)[:200], "is not a label; the record is hidden"))
        return ()
    words = sorted({str(item).strip() for item in items if not _is_empty(item)})
    return [options.label.replace("{value}", word) for word in words] or None


FIELDS = component(
    "fields",
    "Read each attribute from a field of the record",
    FieldsOptions,
    FieldsMapping,
    example="""
type: fields
attributes:
  name: Name
  domain: Website
  owner: {field: [Owner.FirstName, Owner.LastName]}
  tier: {field: Level__c, values: {"1": Gold, "2": Silver, "*": Standard}}
  renewal_date: {field: Renewal__c, empty: none}
text: [Description]
about: [{field: Channel, pattern: "cust-(.+)", attribute: domain, value: "{1}.example"}]
access: {field: Team__c, label: "team:{value}"}
""",
)
