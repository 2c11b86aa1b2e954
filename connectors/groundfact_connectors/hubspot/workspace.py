"""What belongs to the account as a whole: the stages of its deal pipelines, and its owners as our own people.

Both are short lists without a date that could be trusted, so that every read is a complete one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from groundfact.model import Batch, Cursor, Record, Reject
from groundfact.protocols import Runtime
from groundfact_connectors.hubspot.client import Client
from groundfact_connectors.hubspot.directory import owner_rows
from groundfact_connectors.hubspot.streams import OWNERS, STAGES

__all__ = ["FIELDS", "listed"]

FIELDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    STAGES: {
        "id": ("string", "Id, as in `properties.dealstage`"),
        "label": ("string", "Name"),
        "position": ("number", "Place in the pipeline, from 0"),
        "is_closed": ("bool", "Deals in it are closed"),
        "probability": ("number", "Probability in percent"),
        "pipeline.id": ("string", "Pipeline (its id)"),
        "pipeline.label": ("string", "Pipeline's name"),
        "pipeline.position": ("number", "Place among the pipelines, from 0"),
    },
    OWNERS: {
        "id": ("string", "Id, as in `properties.hubspot_owner_id`"),
        "name": ("string", "First and last name"),
        "email": ("string", "E-mail"),
        "team": ("string", "Name of the main team"),
        "teams": ("enumeration", "Names of all teams"),
    },
}
"""By stream: path to type and label."""
_UNSOUND = (AttributeError, KeyError, TypeError, ValueError)
Made = Iterator[Record | Reject]


def listed(client: Client, rt: Runtime, stream: str, until: datetime) -> Iterator[Batch]:
    """The whole stream. A list that broke off is an error before this point: it says nothing of what has gone."""
    if stream == STAGES:
        rows = rt.call("pipelines", partial(client.pipelines, "deals"))["results"]
        read = [item for row in rows for item in _stages(row)]
    else:
        people = owner_rows(client, rt, archived=False)
        read = [_made(_owner, row) for row in people if not (isinstance(row, Mapping) and row.get("type") == "QUEUE")]
    records = [item for item in read if isinstance(item, Record)]
    rejects = [item for item in read if isinstance(item, Reject)]
    yield Batch(records, rejects, Cursor(at=until))


def _stages(pipeline: Any) -> Made:
    if not isinstance(pipeline, Mapping) or not isinstance(pipeline.get("stages"), list):
        yield Reject(None, orjson.dumps(pipeline), "a deal pipeline has no list of stages")
        return
    if not pipeline.get("archived"):
        there = (row for row in pipeline["stages"] if not (isinstance(row, Mapping) and row.get("archived")))
        yield from (_made(partial(_stage, pipeline), row) for row in there)


def _made(read: Callable[[Any], Record], row: Any) -> Record | Reject:
    try:
        return read(row)
    except _UNSOUND as error:
        key = row.get("id") if isinstance(row, Mapping) else None
        named = str(key) if key and read is _owner else None
        return Reject(named, orjson.dumps(row), f"not as HubSpot promises: {type(error).__name__} {error}")


def _stage(pipeline: Mapping[str, Any], row: Mapping[str, Any]) -> Record:
    told = row.get("metadata") or {}
    share, closed = told.get("probability"), told.get("isClosed")
    data = {
        "id": str(row["id"]),
        "label": row["label"],
        "position": row.get("displayOrder"),
        "is_closed": None if closed is None else str(closed).casefold() == "true",
        # HubSpot tells a fraction, Salesforce a percentage: the same stage must not look two ways.
        "probability": None if share in (None, "") else round(float(share) * 100, 2),
        "pipeline": {
            "id": str(pipeline["id"]),
            "label": pipeline.get("label"),
            "position": pipeline.get("displayOrder"),
        },
    }
    # Only within its pipeline is a stage's id its own.
    return Record(f"{pipeline['id']}:{row['id']}", data)


def _owner(row: Mapping[str, Any]) -> Record:
    name = " ".join(str(row[part]) for part in ("firstName", "lastName") if row.get(part))
    teams: Sequence[Mapping[str, Any]] = row.get("teams") or ()
    main = next((team["name"] for team in teams if team.get("primary")), None)
    email = row.get("email") or None
    names = [str(team["name"]) for team in teams]
    data = {"id": str(row["id"]), "name": name or email, "email": email, "team": main, "teams": names}
    return Record(str(row["id"]), data)
