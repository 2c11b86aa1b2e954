"""Contexts as renderers receive them, made by hand, and the bundled renderers."""

from __future__ import annotations

from typing import Any

from groundfact.model.text import visible
from groundfact.plugins import Plugins
from groundfact.protocols import Renderer

_RENDERERS = Plugins().renderers


def renderer(name: str) -> Renderer:
    """A bundled renderer."""
    built: Renderer = _RENDERERS[name].build(_RENDERERS[name].options())
    return built


MARKDOWN, JSON = renderer("markdown"), renderer("json")


def as_data(value: Any, part: str = "") -> Any:
    """What JSON readers get: visible characters, and texts that are said to be untrusted."""
    if isinstance(value, dict):
        more = {"untrusted": True} if part in ("passages", "episodes") else {}
        return {key: as_data(item, key) for key, item in value.items()} | more
    if isinstance(value, list):
        return [as_data(item, part) for item in value]
    return visible(value) if isinstance(value, str) else value


CONFLICT = {
    "attribute": "tier",
    "label": "Tier",
    "status": "conflict",
    "rule": "",
    "value": None,
    "confidence": "none",
    "ask": "What is right?",
    "sides": [
        {"value": "Gold", "source": "crm", "freshness": "fresh"},
        {"value": "Tin", "source": "books", "freshness": "fresh"},
    ],
}


def context_of(**more: Any) -> dict[str, Any]:
    """An account's context that holds nothing but this."""
    empty: dict[str, Any] = {
        **{name: {} for name in ("summary", "related")},
        **{name: [] for name in ("facts", "unknown", "withheld", "passages", "sources")},
        **{
            "kind": "account",
            "id": "account-407cd8d1d10c2a95",
            "name": "Acme",
            "asked_at": "2026-11-02",
            "principal": "d",
        },
    }
    return {**empty, **more}
