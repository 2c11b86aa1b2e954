"""Kinds of entity and their attributes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Attribute", "Kind", "Sensitivity", "Vocabulary", "default_vocabulary"]

Sensitivity = Literal["public", "internal", "confidential", "restricted"]
TypeName = Literal[
    "string", "text", "name", "integer", "number", "boolean", "date", "datetime", "time",
    "email", "domain", "phone", "url", "id", "list", "reference",
]  # fmt: skip


class Attribute(BaseModel):
    """One attribute of a kind: how its values are read, decided, aged and shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: TypeName = Field(default="string", description="How its values are read, normalised and compared.")
    to: str | None = Field(default=None, description="The kind that a `reference` refers to.")
    back: str | None = Field(
        default=None, description="What a `reference` is called from its other end: Subsidiaries; none: it has no name."
    )
    label: str = Field(default="", description="What people read; else made from its name.")
    lookup: bool = Field(default=False, description="true: an entity can be found by it.")
    hidden: bool = Field(default=False, description="true: used for linking and totals, never shown.")
    sensitivity: Sensitivity = Field(default="internal", description="The clearance it takes to see it.")
    survivorship: list[Any] = Field(
        default=[], description="Source-of-truth rules in the order they are asked; none: `most_recent`."
    )
    nulls: Literal["count", "ignore"] = Field(
        default="count",
        description="`count`: that there is none is an answer like any other; `ignore`: not where anybody has a value.",
    )
    checks: list[Any] = Field(
        default=[], alias="validate", description="Validators: what they find fault with has no say, or less."
    )
    mirrors: dict[str, str | None] = Field(
        default={}, description="By source that copies another in this attribute: which; null: it does not copy here."
    )
    on_conflict: Literal["flag", "prefer", "ask", "hide"] = Field(
        default="flag",
        description="Where the rules leave several values: show the sides and the question to ask; answer with the"
        " latest and mark it; show the question alone; say that it is unknown.",
    )
    freshness: Any = Field(default=None, description="How long a value may be relied on; none: `heuristic`.")
    valid_from: str | None = Field(
        default=None,
        description="The attribute (a date or time) of the same record before which a value is not yet true.",
    )
    valid_until: str | None = Field(
        default=None,
        description="The attribute (a date or time) of the same record after which a value is no longer true: the end"
        " of a contract or a role. A date is the last day.",
    )


class Kind(BaseModel):
    """A kind of thing. `resolved` kinds are decided across sources; the others hang on one by reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(description="The attribute that names an entity of this kind.")
    resolved: bool = Field(default=False, description="true: records of several sources can be one entity.")
    episode: bool = Field(
        default=False, description="true: something that happened, told by its text instead of fact by fact."
    )
    workspace: bool = Field(default=False, description="true: belongs to the workspace, and shows in its context.")
    when: str | None = Field(default=None, description="The attribute that says when it happened.")
    attributes: Mapping[str, Attribute] = Field(description="What there is to know, by name.")


Vocabulary = Mapping[str, Kind]


@lru_cache(maxsize=1)
def default_vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    from ruamel.yaml import YAML

    text = files("groundfact.vocabulary").joinpath("default.yaml").read_text("utf-8")
    return {name: Kind.model_validate(kind) for name, kind in YAML(typ="safe", pure=True).load(text).items()}
