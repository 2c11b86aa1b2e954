"""What a record hangs on by a key, read from its fields as the mapping's `about:` says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from groundfact.model import KeyRef
from groundfact.vocabulary import FREE_MAIL, BadValue, Vocabulary, compare_key, convert
from groundfact_plugins.mapping_options import AboutFrom

__all__ = ["about_of", "about_reader", "key_of"]

_LONGEST = 300
_MOST = 50
Reader = Callable[[Mapping[str, Any]], Sequence[KeyRef]]


def about_reader(options: AboutFrom, vocabulary: Vocabulary) -> Reader:
    """Reads one `about:` entry. Raises ValueError for a kind or attribute that there is not."""
    if options.kind not in vocabulary or options.attribute not in vocabulary[options.kind].attributes:
        raise ValueError(f"about: there is no {options.kind}.{options.attribute}")
    type_name = vocabulary[options.kind].attributes[options.attribute].type
    pattern = re.compile(options.pattern) if options.pattern is not None else None

    def read(payload: Mapping[str, Any]) -> Sequence[KeyRef]:
        if options.when is not None and payload.get(options.when) is not True:
            return ()
        found = payload.get(options.field)
        items = found if isinstance(found, list) else [found]
        texts = (_value(options, pattern, str(item)) for item in items[:_MOST] if isinstance(item, (str, int)))
        keys = (key_of(type_name, text) for text in texts if text)
        return [KeyRef(options.kind, f"{options.attribute}={key}") for key in keys if key is not None]

    return read


def _value(options: AboutFrom, pattern: re.Pattern[str] | None, text: str) -> str | None:
    text = text.strip()
    if options.values is not None:
        return options.values.get(text)
    if not text or len(text) > _LONGEST:
        return None
    if pattern is None:
        return options.value.replace("{0}", text)
    match = pattern.fullmatch(text)
    if match is None:
        return None
    value = options.value.replace("{0}", text)
    for number, group in enumerate(match.groups(), 1):
        value = value.replace(f"{{{number}}}", group or "")
    return value


def key_of(type_name: str, text: str) -> str | None:
    """The value as a matcher would write it; none where it is no value, or a mailbox provider's domain."""
    try:
        value = convert(type_name, text)
    except BadValue:
        return None
    key = None if value is None else str(compare_key(type_name, value))
    return None if key in FREE_MAIL else key


def about_of(readers: Sequence[Reader], payload: Mapping[str, Any]) -> Sequence[KeyRef]:
    """Everything that a record hangs on, each once."""
    return tuple(dict.fromkeys(ref for read in readers for ref in read(payload)))
