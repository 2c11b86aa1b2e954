"""`component(...)`: declare once, get validation, editor schema, `groundfact plugins` and the reference page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

__all__ = ["Component", "Options", "component"]

O = TypeVar("O", bound=BaseModel)  # noqa: E741 - the usual letter for options
B = TypeVar("B", covariant=True)


class Options(BaseModel):
    """Base for a component's options: an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Component(Generic[O, B]):
    """Something a plugin offers and the YAML picks by name (`type:`); the other keys are its options."""

    name: str
    summary: str
    options: type[O]
    build: Callable[..., B]
    """Called with the validated options (a connector also gets its runtime). Import SDKs in here."""
    example: str
    """A YAML snippet that a test loads and builds."""


def component(name: str, summary: str, options: type[O], build: Callable[..., B], *, example: str) -> Component[O, B]:
    """Declare a component; a name is lower case with underscores, because people type it into YAML."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"component name {name!r} must match [a-z][a-z0-9_]*")
    return Component(name, summary, options, build, example.strip() + "\n")


AnyComponent = Component[Any, Any]
