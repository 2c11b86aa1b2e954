"""The mapping of a stream: what its connector declares, with the YAML's changes over it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.config.explain import Path
from groundfact.config.load import Document
from groundfact.config.parts import Parts
from groundfact.config.problems import Problems
from groundfact.config.sources import SourceSettings
from groundfact.config.spelling import did_you_mean
from groundfact.errors import PluginError
from groundfact.model import StreamSpec
from groundfact.plugins import Plugins
from groundfact.protocols import RecordMapping
from groundfact.vocabulary import Vocabulary

__all__ = ["Words", "check_streams", "mapping_digest", "stream_mapping"]


class Words(NamedTuple):
    """What a mapping is read and built with."""

    document: Document
    plugins: Plugins
    vocabulary: Vocabulary


def check_streams(words: Words, source: SourceSettings, specs: Sequence[StreamSpec]) -> None:
    """Refuse settings for a stream that is not there: silently ignored, they would look as if they held."""
    known = [spec.name for spec in specs]
    problems = Problems()
    for name in source.streams:
        if name not in known:
            path = ("sources", source.name, "streams", name)
            message = f"{source.component.name} has no stream {name!r}{did_you_mean(name, known)}"
            problems.add(words.document.where(path), f"sources.{source.name}.streams: {message}")
    for spec in specs:
        parent = _options(source, spec).get("parent")
        on = parent.get("stream") if isinstance(parent, Mapping) else None
        if on is not None and on not in known:
            place = (*_place(words, source, spec.name), "parent", "stream")
            message = f"{source.component.name} has no stream {on!r} to hang records on{did_you_mean(on, known)}"
            problems.add(words.document.where(place), f"sources.{source.name}, stream {spec.name}: {message}")
    problems.stop_if_any()


def stream_mapping(words: Words, source: SourceSettings, spec: StreamSpec) -> RecordMapping:
    """Build the mapping of one stream."""
    if spec.kind not in words.vocabulary:
        raise PluginError(
            f"stream {spec.name} of source {source.name} is about {spec.kind!r}, a kind that does not exist",
            hint=f"declare it: `kinds: {{{spec.kind}: …}}` in {words.document.path.name}",
        )
    options = _options(source, spec)
    problems = Problems()
    parts = Parts(words.document, problems, words.plugins)
    part = parts.pick("mappings", options, _place(words, source, spec.name), spec.kind, words.vocabulary)
    problems.stop_if_any()
    if part is None:
        raise AssertionError("a part that cannot be picked notes why")
    built: RecordMapping = part.built
    return built


def mapping_digest(words: Words, source: SourceSettings, spec: StreamSpec) -> str:
    """Tells one way of reading a stream from another: its mapping's options and the types of the attributes."""
    types = {name: attribute.type for name, attribute in words.vocabulary[spec.kind].attributes.items()}
    told = json.dumps([spec.kind, _options(source, spec), types], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _options(source: SourceSettings, spec: StreamSpec) -> dict[str, Any]:
    own = source.streams[spec.name].mapping if spec.name in source.streams else {}
    # Another type has other options, so the connector's defaults mean nothing to it.
    base = spec.mapping if own.get("type") in (None, spec.mapping.get("type", "fields")) else {}
    return {"type": "fields", **_over(base, own)}


def _place(words: Words, source: SourceSettings, stream: str) -> Path:
    """Where the YAML speaks of a mapping: the stream's own setting, or a connector's option by its name."""
    path: Path = ("sources", source.name, "streams", stream, "mapping")
    if words.document.reach(path) == len(path):
        return path
    for option in source.options.model_fields_set:
        option_path = ("sources", source.name, option, stream)
        if words.document.reach(option_path) == len(option_path):
            return option_path
    return path


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """`own` over `base`: mappings merge, all else is replaced, null takes away."""
    found = dict(base)
    for key, value in own.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(found.get(key), Mapping):
            found[key] = _over(found[key], value)
        else:
            found[key] = value
    return found
