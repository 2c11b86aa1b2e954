"""Renderers: a context as Markdown for a copilot's prompt, or as JSON. Both keep the token budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundfact.component import component
from groundfact.model.tokens import estimate_tokens
from groundfact_plugins.fact_lines import is_marked
from groundfact_plugins.fitting import fitted
from groundfact_plugins.json_text import json_text, prepared
from groundfact_plugins.markdown_lines import markdown_lines
from groundfact_plugins.no_options import NoOptions

__all__ = ["JSON", "MARKDOWN", "JsonRenderer", "MarkdownRenderer"]


class MarkdownRenderer:
    """Headed lines, most needed first; marks of conflict and staleness outlive everything but the name."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def render(self, context: Mapping[str, Any], max_tokens: int) -> str:
        """The text, in at most `max_tokens` (an upper estimate)."""
        return fitted(markdown_lines(context), max_tokens)


_PARTS = (
    "sources",
    "unknown",
    "withheld",
    "passages",
    "episodes",
    "related",
    "groups",
    "relations",
    "summary",
    "directives",
)
"""What is left out, the least needed first."""
_SHORT = ("attribute", "status", "freshness", "disputed", "contested")
"""All of a marked fact that a tight budget keeps."""
_QUOTED = ("passages", "episodes")
_LONGEST_NAME = 200


class JsonRenderer:
    """The context as compact JSON; whole parts are left out, the least needed first, until it fits."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def render(self, context: Mapping[str, Any], max_tokens: int) -> str:
        """The JSON text, in at most `max_tokens` (an upper estimate)."""
        for told in _smaller_and_smaller(_data(context)):
            text = json_text(told)
            if estimate_tokens(text) <= max_tokens:
                return text
        return "{}"


def _data(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context as data; texts that somebody wrote at length are said to be untrusted."""
    whole = {key: value for key, value in context.items() if key != "links"}
    for part in _QUOTED:
        if part in whole:
            whole[part] = [{**item, "untrusted": True} for item in whole[part]]
    told: dict[str, Any] = prepared(whole, context.get("links", ()))
    return told


def _smaller_and_smaller(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield whole
    dropped = []
    for part in _PARTS:
        if whole.get(part):
            dropped.append(part)
        whole = {key: value for key, value in whole.items() if key != part}
        yield {**whole, "dropped": dropped} if dropped else whole
    yield from _only_marks(whole)


def _only_marks(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    marks = [fact for fact in whole.get("facts", ()) if is_marked(fact)]
    short = [{key: fact[key] for key in _SHORT if key in fact} for fact in marks]
    name = {"name": whole["name"][:_LONGEST_NAME]}
    fewer: Iterator[dict[str, Any]] = ({"facts": short[:count]} for count in range(len(short), 0, -1))
    for told in ({**name, "facts": marks}, {**name, "facts": short}, *fewer, dict[str, Any]()):
        yield {"id": whole["id"], **told, "cut": True}


MARKDOWN = component(
    "markdown",
    "Headed lines for a copilot's prompt, most needed first",
    NoOptions,
    MarkdownRenderer,
    example="type: markdown",
)
JSON = component(
    "json",
    "The context as compact JSON, for programs",
    NoOptions,
    JsonRenderer,
    example="type: json",
)
