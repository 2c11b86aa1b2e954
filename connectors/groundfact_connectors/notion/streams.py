"""The streams that the options make, each with the mapping of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from groundfact.model import StreamSpec
from groundfact_connectors.notion.options import COMMENTS, PAGES, DataSourceOptions, NotionOptions, comments_of
from groundfact_connectors.notion.rows import PROPERTY

__all__ = ["NotionStream", "notion_streams"]

_WEEK, _DAY = timedelta(days=7), timedelta(days=1)
_PAGE_KIND, _COMMENT_KIND = "page", "note"
_OWN = {_PAGE_KIND: PAGES, "playbook": "playbooks"}
"""Kinds that say something of themselves: when they were edited is no property of a page."""


class NotionStream(NamedTuple):
    """A stream and where its pages are listed."""

    spec: StreamSpec
    base: str
    """The stream of the pages: its own name, or for comments that of the pages they are on."""
    data_source: str | None
    """The id of the data source whose rows they are; None: what search finds."""

    @property
    def is_comments(self) -> bool:
        """Whether its records are the comments on the pages."""
        return self.spec.name != self.base


def notion_streams(options: NotionOptions) -> dict[str, NotionStream]:
    """Every stream by name."""
    return {stream.spec.name: stream for stream in _streams(options)}


def _streams(options: NotionOptions) -> Iterator[NotionStream]:
    bases: dict[str, str | None] = {}
    for name, source in options.data_sources.items():
        bases[name] = source.id
        yield NotionStream(_spec(name, source.kind, _mapping(source), "absence", _WEEK), name, source.id)
    if options.pages:
        bases[PAGES] = None
        # Search does not promise to find everything, so that what it lacks is only a question: see `confirm_gone`.
        yield NotionStream(_spec(PAGES, _PAGE_KIND, _defaults()[PAGES], "feed", _WEEK), PAGES, None)
    for base, key in bases.items() if options.comments else ():
        mapping = {**_defaults()[COMMENTS], "parent": {"stream": base, "field": "page"}}
        # A comment does not move its page's date: complete reads find it, so they are due more often.
        yield NotionStream(_spec(comments_of(base), _COMMENT_KIND, mapping, "absence", _DAY), base, key)


def _spec(name: str, kind: str, mapping: Mapping[str, Any], deletes: Any, every: timedelta) -> StreamSpec:
    return StreamSpec(
        name=name,
        kind=kind,
        mapping=mapping,
        order="opaque",
        granularity=timedelta(minutes=1),
        # The search index lags behind, and Notion's clock is not ours.
        index_lag=timedelta(minutes=15),
        window_cap=10_000,
        deletes=deletes,
        # Formulas, roll-ups and names change without moving a page's date.
        confirms="returned",
        full_every=every,
    )


@lru_cache(maxsize=1)
def _defaults() -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    text = files("groundfact_connectors.notion").joinpath("mapping.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def _mapping(source: DataSourceOptions) -> dict[str, Any]:
    own = {name: _of_property(told) for name, told in source.attributes.items()}
    known = _defaults()[_OWN[source.kind]]["attributes"] if source.kind in _OWN else {}
    said: dict[str, Any] = {"attributes": {**known, **own}}
    said |= {"text": ["text"]} if source.text else {}
    said |= {"about": [_about(one) for one in source.about]} if source.about else {}
    if source.parent is not None:
        said["parent"] = {"stream": source.parent.stream, "field": PROPERTY + source.parent.field}
    return said | ({"access": _of_property(source.access)} if source.access is not None else {})


def _about(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _of_property(value) if name in ("field", "when") else value for name, value in told.items()}


def _of_property(told: Any) -> Any:
    """What an attribute is read from, with the properties' names as paths."""
    if isinstance(told, str):
        return PROPERTY + told
    if isinstance(told, list):
        return [_of_property(name) for name in told]
    if isinstance(told, Mapping) and "field" in told:
        return {**told, "field": _of_property(told["field"])}
    return told
