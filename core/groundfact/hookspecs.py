"""Every hook of groundfact, in call order. A plugin is a module with `@hookimpl` functions and an entry point
in the group `groundfact`; it may implement any of these and take fewer arguments than are listed.

Order of registration decides nothing: components are picked by name, listeners are told one by one.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import typer

    from groundfact.component import Component
    from groundfact.protocols import (
        Connector,
        FreshnessRule,
        Matcher,
        Policy,
        RecordMapping,
        Renderer,
        SurvivorshipRule,
        Validator,
    )

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("groundfact")
hookimpl = pluggy.HookimplMarker("groundfact")

# ---- Components: offered once when groundfact starts, picked by name in the YAML -------------------------------


@hookspec
def register_connectors() -> Sequence[Component[Any, Connector]]:
    """Offer connectors, for `sources: {x: {type: NAME}}`. Built with (options, runtime) when the source is read."""


@hookspec
def register_mappings() -> Sequence[Component[Any, RecordMapping]]:
    """Offer mappings, for `mapping: {type: NAME}` of a stream. Built with (options, kind, vocabulary)."""


@hookspec
def register_matchers() -> Sequence[Component[Any, Matcher]]:
    """Offer matchers, for `identity: {KIND: [{type: NAME}]}`. Built with (options)."""


@hookspec
def register_survivorship_rules() -> Sequence[Component[Any, SurvivorshipRule]]:
    """Offer source-of-truth rules, for `survivorship:` of an attribute. Built with (options)."""


@hookspec
def register_validators() -> Sequence[Component[Any, Validator]]:
    """Offer validators, for `validate:` of an attribute. Built with (options)."""


@hookspec
def register_freshness_rules() -> Sequence[Component[Any, FreshnessRule]]:
    """Offer freshness rules, for `freshness:` of an attribute. Built with (options)."""


@hookspec
def register_policies() -> Sequence[Component[Any, Policy]]:
    """Offer policies, for `policies: [{type: NAME}]`. Built with (options)."""


@hookspec
def register_renderers() -> Sequence[Component[Any, Renderer]]:
    """Offer renderers, for `context: {renderer: {type: NAME}}`. Built with (options)."""


# ---- Events: told after the commit; a listener that raises is logged and neither stops nor hides the others ----


@hookspec
def sync_started(source: str, run: int) -> None:
    """A run of a source has begun and holds its lease."""


@hookspec
def sync_finished(source: str, run: int, counts: dict[str, int]) -> None:
    """A run ended with everything it set out to read. `counts`: new, changed, gone, unchanged, rejected, calls."""


@hookspec
def sync_failed(source: str, run: int, error: str) -> None:
    """A run ended early; what it had committed stays and the next run goes on from there."""


@hookspec
def match_needs_review(kind: str, source: str, record: str, entities: Sequence[str]) -> None:
    """A record fits several entities that it must not join into one; it was linked to the first."""


@hookspec
def fact_changed(kind: str, entity: str, attribute: str, before: Any, after: Any) -> None:
    """A fact that everybody in the workspace may see has another value, or became or ceased to be a conflict."""


@hookspec
def context_served(principal: str, kind: str, entity: str, tokens: int) -> None:
    """A context was handed out; the audit already holds it."""


# ---- Doors: receive the thing to extend -------------------------------------------------------------------------


@hookspec
def register_commands(app: typer.Typer) -> None:
    """Add commands to the `groundfact` command line."""
