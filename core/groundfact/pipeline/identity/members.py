"""From a record to what identity knows of it: the keys it is linked by, what it is found by, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from groundfact.errors import ConfigError
from groundfact.model import Guard
from groundfact.pipeline.identity.membership import Member, Profile
from groundfact.pipeline.identity.reference_keys import Referring, reference_keys
from groundfact.protocols import Compares, Counts, Guards, Matcher
from groundfact.store.links import BLOCK, HANGS, PROFILE, SAYS, DirtyRecord, LinkRow
from groundfact.store.registry import StreamRow
from groundfact.store.relations import REFERS
from groundfact.vocabulary import TYPES, compare_key

__all__ = [
    "Decided",
    "IdentityRules",
    "attached_to",
    "block_keys",
    "evidence",
    "find_keys",
    "is_link",
    "member_maker",
    "merged_by",
    "stored_member",
]

RecordId = tuple[int, str]
_new_tuple = tuple.__new__
_FIND = "~"
"""Begins a key that finds a record but links nothing."""
_ATTACHED = "@"
"""Begins the number and id of a record that this one speaks about."""
_MERGED = "!"
"""Begins the number of a decision that merged records: a key that both have."""
_KEPT = "-"
"""Begins the number of a decision that keeps two records apart: each has a key of its own."""
_FINDS = frozenset((_FIND, HANGS, REFERS))
_NO_LINK = _FINDS | {_ATTACHED, BLOCK, PROFILE, SAYS}


class IdentityRules(NamedTuple):
    """How records of one kind are linked and found."""

    name: str
    lookups: Sequence[tuple[str, str]]
    """Attributes an entity is found by, with their types."""
    matchers: Sequence[tuple[str, Matcher]]
    hangs: bool = False
    """Whether its records are found from what they are about."""
    referring: Referring = ()
    """Attributes by which they refer to others, with the kinds of those."""

    @property
    def comparer(self) -> Compares | None:
        """The matcher that finds what looks alike. Raises ConfigError where there are several."""
        found = [matcher for _, matcher in self.matchers if isinstance(matcher, Compares)]
        if len(found) > 1:
            hint = "keep one, or give it the attributes of both"
            raise ConfigError(f"identity.{self.name}: {len(found)} matchers compare records; one can", hint=hint)
        return found[0] if found else None

    @property
    def limits(self) -> Mapping[str, int]:
        """For what a key begins with, how many records may share it."""
        return {
            f"{matcher.attributes[0]}=": matcher.most
            for _, matcher in self.matchers
            if isinstance(matcher, Counts) and matcher.most is not None
        }

    @property
    def guards(self) -> Mapping[str, Guard]:
        """What keeps the holders of a key apart, for what the key begins with; in the order of the matchers."""
        return {m.space: m.guard for _, m in self.matchers if isinstance(m, Guards) and any(m.guard)}


class Decided(NamedTuple):
    """What people decided of a record."""

    merges: Sequence[int] = ()
    """The decisions that say it is the same as another one."""
    apart: bool = False
    """Whether no key and no likeness links it."""
    kept: Sequence[tuple[int, int]] = ()
    """The decisions that keep it apart from another one, and which of their two sides it is."""


def is_link(key: str) -> bool:
    """Whether a key of a record's link is one that links it."""
    return key[0] not in _NO_LINK


def merged_by(key: str) -> int | None:
    """The number of the decision behind a key; None for a matcher's."""
    return int(key[1:]) if key[0] == _MERGED else None


def find_keys(attribute: str, type_name: str, value: object) -> tuple[str, str]:
    """The two forms of the key a record is found by: one that only finds, and one that links as well."""
    key = f"{attribute}={compare_key(type_name, value)}"
    return _FIND + key, key


def attached_to(stream: int, rec: str) -> str:
    """How a version names a record that it speaks about, in its `about`."""
    return f"{_ATTACHED}{stream}/{rec}"


def member_maker(
    rules: IdentityRules, streams: Mapping[int, StreamRow], decided: Mapping[RecordId, Decided]
) -> Callable[[DirtyRecord], Member]:
    """A function from a record to its member: with the keys it is linked by and those it is only found by."""
    asked = [matcher.keys for _, matcher in rules.matchers]
    names = {row.id: (row.source, row.name) for row in streams.values()}
    lookups = [(name, f"{name}=", TYPES[type_name].key) for name, type_name in rules.lookups]
    said_by = frozenset(name for name, _ in rules.referring)
    comparer = rules.comparer
    says = [matcher.says for _, matcher in rules.matchers if isinstance(matcher, Guards) and any(matcher.guard)]

    def member(row: DirtyRecord) -> Member:
        stream, rec, labels, said, _, told = row
        attributes = orjson.loads(said)
        source, name = names[stream]
        keys: list[str] = []
        for keys_of in asked:
            keys += keys_of(source, name, rec, attributes)
        finds = _found_by(lookups, attributes, keys)
        if not attributes.keys().isdisjoint(said_by):
            finds += reference_keys(rules.referring, source, attributes)
        # Each once, in order: the same key may come from two matchers.
        links = tuple(dict.fromkeys(keys)) if len(keys) > 1 else tuple(keys)
        if told is None:
            # As Member(...) does, and cheaper: one for every record of a first load.
            made = _new_tuple(Member, (stream, rec, labels, links, tuple(finds), (), None, (), ()))
        else:
            about: list[str] = orjson.loads(told)
            if rules.hangs:
                finds += [HANGS + scope for scope in about if not scope.startswith(_ATTACHED)]
            attached = tuple(_record_id(scope) for scope in about if scope.startswith(_ATTACHED))
            made = Member(stream, rec, labels, links, tuple(finds), attached)
        if comparer is not None and not made.attached:
            made = _profiled(made, comparer, attributes)
        if says:
            made = made._replace(says=_said(says, attributes))
        # Most workspaces hold few decisions: the others must not pay for them.
        return _as_decided(made, decided[made.id]) if decided and made.id in decided else made

    return member


def _found_by(
    lookups: Sequence[tuple[str, str, Callable[[Any], str] | None]], attributes: Mapping[str, Any], keys: Sequence[str]
) -> list[str]:
    finds = []
    for attribute, prefix, compared in lookups:
        value = attributes.get(attribute)
        if value is not None:
            key = f"{prefix}{value if compared is None else compared(value)}"
            if key not in keys:
                finds.append(_FIND + key)
    return finds


def _profiled(member: Member, comparer: Compares, attributes: Mapping[str, object]) -> Member:
    found = comparer.profile(attributes)
    if found is None:
        return member
    profile = tuple(found)
    return member._replace(profile=profile, blocks=tuple(block_keys(comparer, profile)))


def _said(
    says: Sequence[Callable[[Mapping[str, Any]], Mapping[str, str]]], attributes: Mapping[str, Any]
) -> tuple[str, ...]:
    told = {f"{name}={value}" for says_of in says for name, value in says_of(attributes).items()}
    return tuple(sorted(told))


def _as_decided(member: Member, decided: Decided) -> Member:
    merges = tuple(f"{_MERGED}{number}" for number in decided.merges)
    # Identifiers of one space that differ: what merges by likeness never has both.
    merges += tuple(f"{_KEPT}{number}={side}" for number, side in decided.kept)
    if not decided.apart:
        return member._replace(keys=(*merges, *member.keys))
    # What is kept apart is still found by what it says.
    finds = tuple(dict.fromkeys((*member.finds, *(_FIND + key for key in member.keys))))
    return member._replace(keys=merges, finds=finds, profile=None, blocks=())


def block_keys(comparer: Compares, profile: Profile) -> list[str]:
    """The keys by which what may look alike is found; each ends with what tells one profile from another."""
    digest = blake2b(orjson.dumps(profile), digest_size=8).hexdigest()
    return [f"{BLOCK}{block}\x1f{digest}" for block in dict.fromkeys(comparer.blocks(profile))]


def _record_id(written: str) -> RecordId:
    stream, _, rec = written.removeprefix(_ATTACHED).partition("/")
    return int(stream), rec


def stored_member(row: LinkRow) -> Member:
    """A record as its link remembers it."""
    told: list[str] = orjson.loads(row.keys)
    links: list[str] = []
    finds: list[str] = []
    rest: list[str] = []
    for key in told:
        sign = key[0]
        (links if sign not in _NO_LINK else finds if sign in _FINDS else rest).append(key)
    if not rest:
        # Most records: nothing but keys. There is one of them for every record that a large load reaches.
        return _new_tuple(Member, (row.stream, row.rec, row.labels, tuple(links), tuple(finds), (), None, (), ()))
    attached = tuple(_record_id(key) for key in rest if key[0] == _ATTACHED)
    profile = next((tuple(orjson.loads(key[1:])) for key in rest if key[0] == PROFILE), None)
    blocks = tuple(key for key in rest if key[0] == BLOCK)
    says = tuple(key[1:] for key in rest if key[0] == SAYS)
    return Member(row.stream, row.rec, row.labels, tuple(links), tuple(finds), attached, profile, blocks, says)


def evidence(member: Member) -> str:
    """What a link remembers of its record."""
    told = [*member.keys, *member.finds]
    if member.attached:
        told += [attached_to(*record) for record in member.attached]
    if member.profile is not None:
        told += [PROFILE + orjson.dumps(member.profile).decode(), *member.blocks]
    if member.says:
        told += [SAYS + said for said in member.says]
    return orjson.dumps(told).decode()
