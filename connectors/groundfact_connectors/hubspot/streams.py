"""The streams of HubSpot, and what each has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from groundfact.model import StreamSpec

__all__ = ["OBJECTS", "OWNERS", "ROLES", "STAGES", "HubSpotObject", "specs"]

ROLES, STAGES, OWNERS = "contact_roles", "stages", "owners"
_WHOLE = {STAGES: "stage", OWNERS: "teammate"}
"""Lists that are read whole: nothing in them has a date that could be followed."""


class HubSpotObject(NamedTuple):
    """What HubSpot calls a stream's objects, and what differs between them."""

    kind: str
    modified: str
    """The property an increment follows; the wrong one returns no rows and no error."""
    type_id: str
    """How the app's addresses name the type."""
    primary_company: int | None
    """The association type of the primary company; labels are renamed now and then, type ids are not."""
    confirms: Literal["stream", "returned"]


OBJECTS: Mapping[str, HubSpotObject] = {
    "companies": HubSpotObject("account", "hs_lastmodifieddate", "0-2", None, "stream"),
    # Associating a record with a company does not move its date: an increment confirms what it returned.
    "contacts": HubSpotObject("contact", "lastmodifieddate", "0-1", 1, "returned"),
    "deals": HubSpotObject("deal", "hs_lastmodifieddate", "0-3", 5, "returned"),
}


@lru_cache(maxsize=1)
def _mappings() -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    text = files("groundfact_connectors.hubspot").joinpath("mapping.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def specs() -> list[StreamSpec]:
    """The declaration of every stream."""
    return [*_objects(), *_lists()]


def _lists() -> list[StreamSpec]:
    mappings = _mappings()
    roles = StreamSpec(
        name=ROLES,
        kind="role",
        mapping=mappings[ROLES],
        order="opaque",
        deletes="absence",
        confirms="returned",
        # To find what changed takes a call for every 100 companies: too many for every run.
        full_every=timedelta(days=1),
    )
    return [
        roles,
        *(
            StreamSpec(name=name, kind=kind, mapping=mappings[name], order="full", deletes="absence", confirms="stream")
            for name, kind in _WHOLE.items()
        ),
    ]


def _objects() -> list[StreamSpec]:
    return [
        StreamSpec(
            name=name,
            kind=item.kind,
            mapping=_mappings()[name],
            order="opaque",
            granularity=timedelta(milliseconds=1),
            index_lag=timedelta(minutes=5),
            window_cap=10_000,
            deletes="feed",
            confirms=item.confirms,
            full_every=timedelta(days=7),
        )
        for name, item in OBJECTS.items()
    ]
