"""What a record refers to, read from its fields as `record:` or `key:` of an attribute says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from groundfact.vocabulary import Kind, Vocabulary, by_key, by_record
from groundfact_plugins.mapping_about import key_of
from groundfact_plugins.mapping_options import AttributeFrom, raw_word

__all__ = ["check_references", "referring"]


def check_references(sources: Mapping[str, AttributeFrom], kind_name: str, kind: Kind, vocabulary: Vocabulary) -> None:
    """Raises ValueError where an attribute refers to something and its field does not say how, or the reverse."""
    for name, source in sources.items():
        spec = kind.attributes.get(name)
        if spec is None:
            continue
        if spec.type != "reference":
            if source.refers:
                raise ValueError(
                    f"{kind_name}.{name} is a {spec.type}: only a `reference` is read by `record:` or `key:`"
                )
        elif not source.refers:
            hint = f"{{field: {source.paths[0]}, record: STREAM}} or {{field: {source.paths[0]}, key: ATTRIBUTE}}"
            raise ValueError(f"{kind_name}.{name} refers to {spec.to}: write {hint}")
        elif source.key is not None and source.key not in vocabulary[str(spec.to)].attributes:
            raise ValueError(f"{kind_name}.{name}: {spec.to} has no attribute {source.key!r} to be found by")


def referring(source: AttributeFrom, to: str, vocabulary: Vocabulary) -> Callable[[Mapping[str, Any]], Any]:
    """Reads the reference in a field; a value that names nothing is handed on as it is, to be refused with it."""
    path, words = source.paths[0], source.values
    record, key = source.record, source.key
    type_name = vocabulary[to].attributes[key].type if key is not None else ""

    def read(payload: Mapping[str, Any]) -> Any:
        value = payload.get(path)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is None or isinstance(value, (bool, float, list, dict)):
            return value
        text = str(value).strip() if words is None else words.get(raw_word(value), words.get("*", str(value).strip()))
        if not text:
            return None
        if record is not None:
            return by_record(record, text)
        found = key_of(type_name, str(text))
        return None if found is None else by_key(str(key), found)

    return read
