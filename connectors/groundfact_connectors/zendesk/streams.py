"""The streams of Zendesk, and what each has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from groundfact.model import StreamSpec

__all__ = ["KINDS", "WITHHELD", "specs"]

KINDS: Mapping[str, str] = {"organizations": "account", "users": "contact", "tickets": "ticket"}
WITHHELD = timedelta(minutes=1)
"""The exports hold back what changed in the last minute."""


@lru_cache(maxsize=1)
def _mappings() -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    text = files("groundfact_connectors.zendesk").joinpath("mapping.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def specs() -> list[StreamSpec]:
    """The declaration of every stream."""
    return [
        StreamSpec(
            name=name,
            kind=kind,
            mapping=_mappings()[name],
            # Organizations are exported by time; the others by an opaque cursor that only Zendesk can rewind.
            order="cursor_asc" if name == "organizations" else "opaque",
            granularity=timedelta(seconds=1),
            index_lag=WITHHELD,
            deletes="inline",
            confirms="stream",
        )
        for name, kind in KINDS.items()
    ]
