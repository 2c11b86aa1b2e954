"""From a reference in the YAML (`{type: NAME, option: …}`) to a built component."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import BaseModel

from groundfact.component import AnyComponent
from groundfact.config.explain import Path, dotted, validated
from groundfact.config.load import Document
from groundfact.config.problems import Problems
from groundfact.config.schema import ComponentRef
from groundfact.config.spelling import did_you_mean
from groundfact.errors import GroundfactError, PluginError
from groundfact.plugins import Plugins

__all__ = ["Part", "Parts"]

_NOUNS = {
    "connectors": "connector",
    "mappings": "mapping",
    "matchers": "matcher",
    "survivorship_rules": "survivorship rule",
    "validators": "validator",
    "freshness_rules": "freshness rule",
    "policies": "policy",
    "renderers": "renderer",
}


class Part(NamedTuple):
    """A component that was picked: its name, its validated options and what it was built to."""

    name: str
    options: BaseModel
    built: Any

    def canonical(self) -> dict[str, Any]:
        """The reference with every default written out, for digests."""
        return {"type": self.name, **self.options.model_dump(mode="json")}


@dataclass(frozen=True)
class Parts:
    """Picks, validates and builds components; mistakes go to `problems` with the line of the reference."""

    document: Document
    problems: Problems
    plugins: Plugins

    def note(self, at: Path, message: str) -> None:
        """Note a mistake at a path of the YAML."""
        self.problems.add(self.document.where(at), message)

    def pick(self, sort: str, raw: Any, at: Path, *arguments: Any) -> Part | None:
        """Build the component that `raw` names with its options and `arguments`; None where that failed."""
        if isinstance(raw, ComponentRef):
            ref: ComponentRef | None = raw
        else:
            ref = validated(ComponentRef, raw, at, self.document, self.problems)
        found = self.chosen(sort, ref.type, at) if ref else None
        options = self.options(found, ref.options, at) if ref and found else None
        if ref is None or found is None or options is None:
            return None
        try:
            return Part(ref.type, options, found.build(options, *arguments))
        except (GroundfactError, ValueError) as error:
            self.note(at, f"{dotted(at)}: {error}")
            return None
        except Exception as error:
            raise PluginError(
                f"{ref.type!r} of plugin {self.plugins.origin(sort, ref.type)} broke while it was built for"
                f" {dotted(at)} ({self.document.where(at)}): {type(error).__name__}: {error}"
            ) from error

    def chosen(self, sort: str, name: str, at: Path) -> AnyComponent | None:
        """The component of that name."""
        offered = self.plugins.offered(sort)
        if name in offered:
            return offered[name]
        path = [*at, "type"]
        shown = dotted(path[: self.document.reach(path)] or at)
        blocked = ", ".join(sorted(self.plugins.blocked))
        near = did_you_mean(name, offered)
        if blocked and "did you mean" not in near:
            near += f"; `plugins: block:` keeps out {blocked}"
        message = f"there is no {_NOUNS[sort]} {name!r}{near}"
        self.note(path, f"{shown}: {message}" if shown else message)
        return None

    def options(self, component: AnyComponent, raw: Any, at: Path, beside: Iterable[str] = ()) -> BaseModel | None:
        """The validated options of a component; `beside` are keys that are not its own."""
        also = ("type", *beside)
        found: BaseModel | None = validated(component.options, raw, at, self.document, self.problems, also)
        return found
