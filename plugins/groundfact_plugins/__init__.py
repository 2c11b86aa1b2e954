"""The bundled rules, matchers, mappings, policies and renderers, offered by the door that everybody uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from groundfact.component import Component
from groundfact.hookspecs import hookimpl

if TYPE_CHECKING:
    import typer

    from groundfact.protocols import (
        FreshnessRule,
        Matcher,
        Policy,
        RecordMapping,
        Renderer,
        SurvivorshipRule,
        Validator,
    )

__all__: list[str] = []

# ---- Components ---------------------------------------------------------------------------------------------


@hookimpl
def register_mappings() -> Sequence[Component[Any, RecordMapping]]:
    """Offer `fields`."""
    from groundfact_plugins.mapping_fields import FIELDS

    return [FIELDS]


@hookimpl
def register_matchers() -> Sequence[Component[Any, Matcher]]:
    """Offer the keys (of one attribute, of several, of identifiers, of references) and `similar`."""
    from groundfact_plugins.identifiers import PHONE_KEY, REGISTRY_ID
    from groundfact_plugins.matchers import COMPOUND_KEY, CROSS_REFERENCE, SHARED_KEY
    from groundfact_plugins.similar import SIMILAR

    return [SHARED_KEY, COMPOUND_KEY, PHONE_KEY, REGISTRY_ID, CROSS_REFERENCE, SIMILAR]


@hookimpl
def register_survivorship_rules() -> Sequence[Component[Any, SurvivorshipRule]]:
    """Offer the source-of-truth rules."""
    from groundfact_plugins.survivorship import MOST_COMMON, MOST_RECENT, SYSTEM_OF_RECORD
    from groundfact_plugins.survivorship_by_agreement import QUORUM, UNANIMOUS
    from groundfact_plugins.survivorship_by_time import EARLIEST
    from groundfact_plugins.survivorship_by_trust import TRUST, WEIGHTED_VOTE
    from groundfact_plugins.survivorship_by_value import ALL_VALUES, IGNORE_EMPTY, LONGEST, MAX, MIN, SHORTEST
    from groundfact_plugins.survivorship_combining import COMBINE, INTERSECTION, UNION
    from groundfact_plugins.survivorship_conditional import CONDITIONAL_ORDER

    found: list[Component[Any, SurvivorshipRule]] = [SYSTEM_OF_RECORD, CONDITIONAL_ORDER, TRUST]
    found += [MOST_COMMON, WEIGHTED_VOTE, QUORUM, UNANIMOUS, MOST_RECENT, EARLIEST]
    found += [IGNORE_EMPTY, LONGEST, SHORTEST, MIN, MAX, COMBINE, UNION, INTERSECTION, ALL_VALUES]
    return found


@hookimpl
def register_validators() -> Sequence[Component[Any, Validator]]:
    """Offer `format`, `range`, `one_of` and `cross_field`."""
    from groundfact_plugins.validators import CROSS_FIELD, FORMAT, ONE_OF, RANGE

    return [FORMAT, RANGE, ONE_OF, CROSS_FIELD]


@hookimpl
def register_freshness_rules() -> Sequence[Component[Any, FreshnessRule]]:
    """Offer the freshness rules."""
    from groundfact_plugins.freshness import FIXED, HEURISTIC
    from groundfact_plugins.freshness_calendar import CALENDAR
    from groundfact_plugins.freshness_declared import SOURCE_DECLARED
    from groundfact_plugins.freshness_learned import LEARNED

    found: list[Component[Any, FreshnessRule]] = [FIXED, HEURISTIC, CALENDAR, LEARNED, SOURCE_DECLARED]
    return found


@hookimpl
def register_policies() -> Sequence[Component[Any, Policy]]:
    """Offer `clearance` and `attributes`."""
    from groundfact_plugins.policies import ATTRIBUTES, CLEARANCE

    return [CLEARANCE, ATTRIBUTES]


@hookimpl
def register_renderers() -> Sequence[Component[Any, Renderer]]:
    """Offer `markdown` and `json`."""
    from groundfact_plugins.renderers import JSON, MARKDOWN

    return [MARKDOWN, JSON]


# ---- Events: the journal, ids and counts only ---------------------------------------------------------------


@hookimpl
def sync_started(source: str, run: int) -> None:
    """Enter it in the journal."""
    from groundfact_plugins.journal import enter

    enter("sync_started", source=source, run=run)


@hookimpl
def sync_finished(source: str, run: int, counts: dict[str, int]) -> None:
    """Enter it in the journal."""
    from groundfact_plugins.journal import enter

    enter("sync_finished", source=source, run=run, counts=counts)


@hookimpl
def sync_failed(source: str, run: int) -> None:
    """Enter it in the journal, without the error's text: it may quote a record."""
    from groundfact_plugins.journal import enter

    enter("sync_failed", source=source, run=run)


@hookimpl
def match_needs_review(kind: str, source: str, record: str, entities: Sequence[str]) -> None:
    """Enter it in the journal."""
    from groundfact_plugins.journal import enter

    enter("match_needs_review", kind=kind, source=source, record=record, entities=list(entities))


@hookimpl
def fact_changed(kind: str, entity: str, attribute: str) -> None:
    """Enter it in the journal, without the values."""
    from groundfact_plugins.journal import enter

    enter("fact_changed", kind=kind, entity=entity, attribute=attribute)


@hookimpl
def context_served(principal: str, kind: str, entity: str, tokens: int) -> None:
    """Enter it in the journal."""
    from groundfact_plugins.journal import enter

    enter("context_served", principal=principal, kind=kind, entity=entity, tokens=tokens)


# ---- Doors --------------------------------------------------------------------------------------------------


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Add `groundfact fakes`."""
    from groundfact_plugins.fakes_command import add

    add(app)
