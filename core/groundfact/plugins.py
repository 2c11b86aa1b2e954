"""The typed façade over pluggy: the only module that touches it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from groundfact import hookspecs
from groundfact.component import AnyComponent, Component
from groundfact.errors import PluginError

if TYPE_CHECKING:
    import typer

__all__ = ["COMPONENT_HOOKS", "Plugins"]

GROUP = "groundfact"
COMPONENT_HOOKS: Mapping[str, str] = {
    "connectors": "register_connectors",
    "mappings": "register_mappings",
    "matchers": "register_matchers",
    "survivorship_rules": "register_survivorship_rules",
    "validators": "register_validators",
    "freshness_rules": "register_freshness_rules",
    "policies": "register_policies",
    "renderers": "register_renderers",
}
"""What a plugin can offer, and the hook that offers it."""

_log = logging.getLogger("groundfact.plugins")


class Plugins:
    """The plugins of one process: loaded from entry points, minus the blocked ones."""

    def __init__(self, *, block: Iterable[str] = (), extra: Mapping[str, object] | None = None) -> None:
        """Load every entry point of the group `groundfact`; `extra` adds modules or objects by name.

        Raises PluginError for one that cannot be imported or implements a hook that does not exist.
        """
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._origins: dict[str, str] = {}
        self.blocked = frozenset(block)
        for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
            if point.name not in self.blocked:
                distribution = point.dist
                origin = f"{distribution.name} {distribution.version}" if distribution else point.value
                self._register(point.name, _load(point), origin)
        for name, plugin in (extra or {}).items():
            if name not in self.blocked:
                self._register(name, plugin, "given in code")
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"a plugin implements a hook that does not exist: {error}") from error

    def _register(self, name: str, plugin: object, origin: str) -> None:
        if name in self._origins:
            hint = f"uninstall one of them, or do without both: `plugins: {{block: [{name}]}}`"
            raise PluginError(f"two plugins are called {name}: {self._origins[name]} and {origin}", hint=hint)
        try:
            self._manager.register(plugin, name=name)
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(f"plugin {name} ({origin}) cannot be registered: {error}", hint=_without(name)) from error
        self._origins[name] = origin

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Name and origin of every loaded plugin."""
        return sorted(self._origins.items())

    def _offered(self, what: str) -> Mapping[str, tuple[AnyComponent, str]]:
        found: dict[str, tuple[AnyComponent, str]] = {}
        caller = getattr(self._manager.hook, COMPONENT_HOOKS[what])
        for implementation in caller.get_hookimpls():
            plugin = implementation.plugin_name
            for offered in self._asked(plugin, COMPONENT_HOOKS[what], implementation.function):
                if offered.name in found:
                    both = f"{found[offered.name][1]} and {plugin}"
                    hint = f"block one of them with `plugins: {{block: [{plugin}]}}`"
                    raise PluginError(f"two plugins offer {what} {offered.name!r}: {both}", hint=hint)
                found[offered.name] = (offered, plugin)
        return dict(sorted(found.items()))

    def _asked(self, plugin: str, hook: str, function: Callable[[], Iterable[AnyComponent]]) -> list[AnyComponent]:
        try:
            return [_declared(offered) for offered in function()]
        except Exception as error:
            message = f"plugin {plugin} ({self._origins[plugin]}) failed in {hook}: {type(error).__name__}: {error}"
            raise PluginError(message, hint=_without(plugin)) from error

    @cached_property
    def _components(self) -> Mapping[str, Mapping[str, tuple[AnyComponent, str]]]:
        return {what: self._offered(what) for what in COMPONENT_HOOKS}

    def offered(self, what: str) -> Mapping[str, AnyComponent]:
        """The components of one sort (a key of COMPONENT_HOOKS) by name."""
        return {name: component for name, (component, _) in self._components[what].items()}

    @cached_property
    def connectors(self) -> Mapping[str, AnyComponent]:
        """Source connectors by name."""
        return self.offered("connectors")

    @cached_property
    def mappings(self) -> Mapping[str, AnyComponent]:
        """Mappings by name."""
        return self.offered("mappings")

    @cached_property
    def matchers(self) -> Mapping[str, AnyComponent]:
        """Matchers by name."""
        return self.offered("matchers")

    @cached_property
    def survivorship_rules(self) -> Mapping[str, AnyComponent]:
        """Source-of-truth rules by name."""
        return self.offered("survivorship_rules")

    @cached_property
    def validators(self) -> Mapping[str, AnyComponent]:
        """Validators by name."""
        return self.offered("validators")

    @cached_property
    def freshness_rules(self) -> Mapping[str, AnyComponent]:
        """Freshness rules by name."""
        return self.offered("freshness_rules")

    @cached_property
    def policies(self) -> Mapping[str, AnyComponent]:
        """Policies by name."""
        return self.offered("policies")

    @cached_property
    def renderers(self) -> Mapping[str, AnyComponent]:
        """Renderers by name."""
        return self.offered("renderers")

    def origin(self, what: str, name: str) -> str:
        """Which plugin and distribution offers a component."""
        plugin = self._components[what][name][1]
        return f"{plugin} ({self._origins[plugin]})"

    def tell(self, event: str, **facts: Any) -> None:
        """Tell every listener of an event by itself; one that raises is logged and hides nothing."""
        for implementation in getattr(self._manager.hook, event).get_hookimpls():
            wanted = {name: facts[name] for name in implementation.argnames}
            try:
                implementation.function(**wanted)
            except Exception:
                _log.exception("plugin %s failed on %s; the others were told", implementation.plugin_name, event)

    def register_commands(self, app: typer.Typer) -> None:
        """Let every plugin add its commands."""
        self._manager.hook.register_commands(app=app)


def _declared(offered: object) -> AnyComponent:
    if not isinstance(offered, Component):
        raise TypeError(f"{offered!r} is not what component(...) makes")
    return offered


def _without(name: str) -> str:
    return f"block it with `plugins: {{block: [{name}]}}` until it is mended"


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:
        hint = f"mend or uninstall it, or block it with `plugins: {{block: [{point.name}]}}`"
        raise PluginError(f"plugin {point.name} ({point.value}) cannot be imported: {error}", hint=hint) from error
