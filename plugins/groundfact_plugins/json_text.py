"""JSON that means exactly the data, and in which no client finds a link, an image or a tag."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from groundfact.model.inert import link
from groundfact.model.text import visible

__all__ = ["json_text", "prepared"]

_SIGNS = "<>[]`&/.~:"
_ACTIVE = re.compile(r"[<>`\[\]]|&(?=[#A-Za-z])|//|(?i:www)\.|~~|(?i:data|file|javascript|mailto|vbscript):")
"""What Markdown or HTML would act on; its last sign is written as an escape, of `//` both."""
_STANDS_FOR = {sign: chr(0xE000 + at) for at, sign in enumerate(_SIGNS)}
"""Private characters, which no visible text holds, until the JSON is written."""
_ESCAPES = {ord(private): r"\/" if sign == "/" else f"\\u{ord(sign):04x}" for sign, private in _STANDS_FOR.items()}


def prepared(value: Any, links: Collection[str]) -> Any:
    """Data for `json_text`: visible characters only, a record's `url` only where its host is one of `links`."""
    if isinstance(value, str):
        return _ACTIVE.sub(_marked, visible(value))
    if isinstance(value, Mapping):
        kept = {key: item for key, item in value.items() if key != "url" or link(item, links)}
        return {prepared(key, links): prepared(item, links) for key, item in kept.items()}
    if isinstance(value, (list, tuple)):
        return [prepared(item, links) for item in value]
    return value


def _marked(match: re.Match[str]) -> str:
    found = match[0]
    return _STANDS_FOR["/"] * 2 if found == "//" else found[:-1] + _STANDS_FOR[found[-1]]


def json_text(value: Any) -> str:
    """Compact JSON of prepared data; the escapes in it mean the same to whoever parses it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
