"""Small components of every sort, so that the tests do not hang on what the bundled plugins look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from groundfact.component import Component, Options, component
from groundfact.hookspecs import hookimpl
from groundfact.model import Claim, Narrowed, Question, SecretRef
from groundfact.model.durations import Duration
from groundfact.plugins import Plugins

NAMES = ("salesforce", "hubspot", "files", "defaults")


class Nothing(Options):
    """No options."""


class Named(Options):
    """A matcher's option."""

    attribute: str = Field(description="The attribute to compare")


class Ranked(Options):
    """A rule's option."""

    sources: list[str] = Field(min_length=1)


class Lasting(Options):
    """A freshness rule's options."""

    fresh_for: Duration
    must_revalidate: bool = False


class Desk(Options):
    """A connector's options."""

    token: SecretRef
    base_url: str | None = None
    page_size: int = Field(default=100, ge=1, le=500)
    lists: Mapping[str, Mapping[str, Any]] = {}


class Fields(Options):
    """A mapping's options."""

    attributes: Mapping[str, str]
    text: Sequence[str] = ()


class Keys:
    """Looks at one attribute."""

    def __init__(self, options: Named) -> None:
        self.attributes = [options.attribute]

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """The attribute's value."""
        return [str(value)] if (value := attributes.get(self.attributes[0])) else []


class Everything:
    """Keeps every claim."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """All of them."""
        return Narrowed(claims)


class Built:
    """Remembers what it was built from."""

    def __init__(self, options: Options, *arguments: Any) -> None:
        self.options, self.arguments = options, arguments


def mapping(options: Fields, kind: str, vocabulary: Mapping[str, Any]) -> Built:
    """Refuses attributes that the kind does not have, as the bundled mapping does."""
    for name in options.attributes:
        if name not in vocabulary[kind].attributes:
            raise ValueError(f"{kind} has no attribute {name!r}")
    return Built(options, kind, vocabulary)


def broken(options: Options) -> Any:
    """A builder with a bug."""
    return {}["nothing"]


def _made(name: str, options: type[Options], build: Any) -> Component[Any, Any]:
    return component(name, f"stand-in {name}", options, build, example=f"type: {name}")


class StandIns:
    """Offers all of it."""

    @hookimpl
    def register_connectors(self) -> Sequence[Component[Any, Any]]:
        """One help desk."""
        return [_made("desk", Desk, Built)]

    @hookimpl
    def register_mappings(self) -> Sequence[Component[Any, Any]]:
        """The usual one and another."""
        return [_made("fields", Fields, mapping), _made("other", Nothing, Built)]

    @hookimpl
    def register_matchers(self) -> Sequence[Component[Any, Any]]:
        """One."""
        return [_made("shared_key", Named, Keys)]

    @hookimpl
    def register_survivorship_rules(self) -> Sequence[Component[Any, Any]]:
        """Some."""
        rules = [_made(name, Nothing, Everything) for name in ("most_recent", "max", "longest")]
        return [*rules, _made("system_of_record", Ranked, Everything), _made("broken", Nothing, broken)]

    @hookimpl
    def register_freshness_rules(self) -> Sequence[Component[Any, Any]]:
        """Two."""
        return [_made("heuristic", Nothing, Built), _made("fixed", Lasting, Built)]

    @hookimpl
    def register_policies(self) -> Sequence[Component[Any, Any]]:
        """One."""
        return [_made("clearance", Nothing, Built)]

    @hookimpl
    def register_renderers(self) -> Sequence[Component[Any, Any]]:
        """Two."""
        return [_made("markdown", Nothing, Built), _made("json", Nothing, Built)]


def stand_ins() -> Plugins:
    """Plugins that hold the stand-ins and nothing that is installed."""
    return Plugins(block=NAMES, extra={"stand_ins": StandIns()})
