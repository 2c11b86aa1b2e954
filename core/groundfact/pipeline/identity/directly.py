"""Linking one record that nobody has told of before and that joins nothing: no other record has to be looked at.

What it does is what the stage for many records (`linking.py`) would do, without searching how far a change reaches.
"""

from __future__ import annotations

from collections.abc import Callable

from groundfact.pipeline.identity.clusters import entity_id
from groundfact.pipeline.identity.decided import decided_now
from groundfact.pipeline.identity.linking import Audiences
from groundfact.pipeline.identity.members import IdentityRules, evidence, member_maker, stored_member
from groundfact.pipeline.identity.membership import Member
from groundfact.store import links as store
from groundfact.store.engine import Tx
from groundfact.store.links import DirtyRecord
from groundfact.store.registry import StreamRow

__all__ = ["link_directly"]


def link_directly(
    tx: Tx,
    workspace: tuple[int, str],
    rules: IdentityRules,
    stream: StreamRow,
    said: DirtyRecord,
    audiences: Callable[[], Audiences],
    seq: int,
) -> str | None:
    """The entity that the record was linked to; None where others may have to move with it, and nothing was done."""
    number, name = workspace
    member = member_maker(rules, {stream.id: stream}, decided_now(tx, number, rules.name))(said)
    if member.keys or member.profile is not None:
        return None
    linked = {(row.stream, row.rec): row for row in store.links_of_records(tx, [member.id, *member.attached])}
    if member.id in linked:
        return None
    entity = _followed(member, linked, audiences) if member.attached else None
    if entity is None:
        entity = entity_id(name, rules.name, stream.source, stream.name, member.rec)
        store.name_entities(tx, number, rules.name, seq, [(entity, *member.id)])
    row = (entity, *member.id, member.labels, evidence(member))
    if member.finds:
        store.open_keys(tx, number, rules.name, seq, sorted((key, *member.id, member.labels) for key in member.finds))
    store.open_links(tx, number, rules.name, seq, [row])
    return entity


def _followed(
    member: Member, linked: dict[tuple[int, str], store.LinkRow], audiences: Callable[[], Audiences]
) -> str | None:
    """Where the first record that it is about belongs, of those that all see who see this."""
    public, alike = audiences()
    own = alike.get(member.labels, member.labels)
    for record in member.attached:
        row = linked.get(record)
        if row is None or stored_member(row).attached:
            continue
        if row.labels in public or alike.get(row.labels, row.labels) == own:
            return row.entity
    return None
