"""Kinds of entity and their attributes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Attribute", "Kind", "Sensitivity", "Vocabulary", "default_vocabulary"]

Sensitivity = Literal["public", "internal", "confidential", "restricted"]
TypeName = Literal[
    "string", "text", "name", "integer", "number", "boolean", "date", "datetime",
    "email", "domain", "phone", "url", "id", "list",
]  # fmt: skip


class Attribute(BaseModel):
    """One attribute of a kind: how its values are read, decided, aged and shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: TypeName = "string"
    label: str = ""
    lookup: bool = False
    hidden: bool = False
    sensitivity: Sensitivity = "internal"
    survivorship: list[Any] = []
    """Rule references in order; none: `most_recent`."""
    freshness: Any = None
    """A freshness rule reference; none: `heuristic`."""


class Kind(BaseModel):
    """A kind of thing. `resolved` kinds are decided across sources; the others hang on one by reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    """The attribute that names an entity of this kind."""
    resolved: bool = False
    attributes: Mapping[str, Attribute]


Vocabulary = Mapping[str, Kind]


@lru_cache(maxsize=1)
def default_vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    from ruamel.yaml import YAML

    text = files("groundfact.vocabulary").joinpath("default.yaml").read_text("utf-8")
    return {name: Kind.model_validate(kind) for name, kind in YAML(typ="safe", pure=True).load(text).items()}
