"""Which part contacts play for companies and in deals: the labels of their associations.

A label comes and goes without moving anybody's date, so that every read is a complete one, and one a day has to do.
Where an account has defined no label, it takes one call for companies and one for deals to know that there is nothing
to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from groundfact.model import Batch, Record, Reject
from groundfact.protocols import Runtime
from groundfact_connectors.hubspot.client import Client
from groundfact_connectors.hubspot.directory import associated, next_page

__all__ = ["FIELDS", "PLACES", "labelled"]

FIELDS: Mapping[str, tuple[str, str]] = {
    "label": ("string", "Label of the association"),
    "contact": ("string", "Contact (its id)"),
    "company": ("string", "Company (its id)"),
    "deal": ("string", "Deal (its id)"),
}
"""Path to type and label."""
PLACES = {"company": "companies", "deal": "deals"}
"""Where a part is played: path to stream."""
_LIST, _TOGETHER = 100, 1000
_PRIMARY = frozenset((2, 6))
"""The types that HubSpot labels by itself, seen from companies and deals: they say who the primary company is."""


def labelled(client: Client, rt: Runtime, fields: Sequence[str]) -> Iterator[Batch]:
    """Every labelled association. No batch has a cursor: half of them say nothing of what has gone, so that a read
    which is cut off begins anew."""
    for path, kind in PLACES.items():
        if path in fields and _are_there(rt.call("associations", partial(client.labels, kind, "contacts"))):
            for ids in _ids(client, rt, kind):
                read = [
                    item
                    for key, target in associated(client, rt, kind, "contacts", ids)
                    for item in _parts(path, key, target)
                ]
                records = [item for item in read if isinstance(item, Record)]
                yield Batch(records, [item for item in read if isinstance(item, Reject)])


def _are_there(page: Mapping[str, Any]) -> bool:
    # A list that goes on may hold one further down.
    return "paging" in page or any(_is_part(kind) for kind in page["results"])


def _is_part(kind: Mapping[str, Any]) -> bool:
    """Whether a type of association says what part somebody plays."""
    return bool(kind.get("label")) and not (kind["category"] == "HUBSPOT_DEFINED" and kind["typeId"] in _PRIMARY)


def _ids(client: Client, rt: Runtime, kind: str) -> Iterator[Sequence[str]]:
    """The ids of all objects of a type, as many at a time as one call returns the associations of."""
    after: str | None = ""
    held: list[str] = []
    while after is not None:
        page = rt.call("list", partial(client.objects, kind, _LIST, after, ("hs_object_id",)))
        held += [str(row["id"]) for row in page["results"]]
        after = next_page(page, after)
        if len(held) + _LIST > _TOGETHER or after is None:
            yield held
            held = []


def _parts(path: str, key: str, target: Mapping[str, Any]) -> Iterator[Record | Reject]:
    """The parts that one contact plays at one place."""
    try:
        contact = str(target["toObjectId"])
        for kind in target["associationTypes"]:
            if _is_part(kind):
                # A label may be renamed; its type may not.
                name = f"{PLACES[path]}:{key}:{contact}:{kind['category']}:{kind['typeId']}"
                data = {"label": kind["label"], "contact": contact, **dict.fromkeys(PLACES), path: key}
                yield Record(name, data)
    except (AttributeError, KeyError, TypeError) as error:
        said = f"not an association as HubSpot promises: {type(error).__name__} {error}"
        yield Reject(None, orjson.dumps(target), said)
