"""The guards of merging by likeness: size, chains, contradicting identifiers."""

from __future__ import annotations

import random

import pytest

from groundfact.model import Bounds, Guard, Likeness
from groundfact.pipeline.identity.clusters import cluster
from groundfact.pipeline.identity.membership import Member
from groundfact.pipeline.identity.resemblance import Pair, Resemblance

RANK = {1: 0, 2: 1}


def member(name: str, keys: str = "", labels: int = 1) -> Member:
    """`1a` is record a of stream 1, and its profile is its name; `keys` are words."""
    return Member(int(name[0]), name[1:], labels, tuple(keys.split()), profile=(name,), blocks=(name,))


def joined(members: list[Member], *pairs: str, largest: int = 10, chain: int = 9) -> list[str]:
    """The clusters of several records; a pair is like `1a~1b:0.9`."""
    told = {}
    for pair in pairs:
        names, _, score = pair.partition(":")
        one, _, other = names.partition("~")
        told[Pair((one,), (other,))] = Likeness(float(score or 0.9), True, ())
    like = Resemblance(Bounds(0.5, 0.8, 10, largest, chain), told, Guard())
    anchors, _ = cluster(members, frozenset([1]), RANK, None, like)
    again, _ = cluster(random.Random(4).sample(members, len(members)), frozenset([1]), RANK, None, like)
    assert again == anchors
    groups: dict[tuple[int, str], list[str]] = {}
    for (stream, rec), anchor in sorted(anchors.items()):
        groups.setdefault(anchor, []).append(f"{stream}{rec}")
    return [" ".join(group) for group in groups.values() if len(group) > 1]


def test_what_looks_alike_is_joined() -> None:
    """Above the score; below it two records stay apart."""
    members = [member("1a"), member("1b"), member("1c")]
    assert joined(members, "1a~1b:0.8", "1b~1c:0.79") == ["1a 1b"]


def test_a_cluster_has_a_largest_size() -> None:
    """The least sure likeness is refused, whatever the order."""
    members = [member(f"1{name}") for name in "abcd"]
    assert joined(members, "1a~1b:0.81", "1c~1d:0.95", "1b~1c:0.9", largest=3) == ["1b 1c 1d"]


def test_a_chain_has_a_longest_length() -> None:
    """Each looks like the next, but the ends do not look like each other: the chain is cut at its weakest."""
    members = [member(f"1{name}") for name in "abcd"]
    pairs = ("1a~1b:0.95", "1b~1c:0.9", "1c~1d:0.85")
    assert joined(members, *pairs, chain=3) == ["1a 1b 1c 1d"]
    assert joined(members, *pairs, chain=2) == ["1a 1b 1c"]


def test_shared_keys_shorten_a_chain() -> None:
    """What a key holds together is one link of it."""
    members = [member("1a"), member("1b", "k=1"), member("1c", "k=1"), member("1d")]
    assert joined(members, "1a~1b", "1c~1d", chain=2) == ["1a 1b 1c 1d"]
    assert joined(members, "1a~1b", "1c~1d", chain=1) != ["1a 1b 1c 1d"]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("domain=a", "domain=b", []),
        ("domain=a", "domain=a", ["1a 1b"]),
        ("domain=a domain=c", "domain=c domain=b", ["1a 1b"]),
        ("domain=a", "email=b", ["1a 1b"]),
        ("name+street=a|1", "name+street=b|1", ["1a 1b"]),
    ],
)
def test_identifiers_that_differ_keep_apart(one: str, other: str, found: list[str]) -> None:
    """Two domains with none in common are two companies, however alike; a compound key identifies a spelling only."""
    assert joined([member("1a", one), member("1b", other)], "1a~1b:1") == found


def test_a_contradiction_holds_for_the_whole_cluster() -> None:
    """A record without a domain does not bridge two that differ in it."""
    members = [member("1a", "domain=a"), member("1b"), member("1c", "domain=c")]
    assert joined(members, "1a~1b:0.9", "1b~1c:0.95") == ["1b 1c"]


def test_a_restricted_record_is_not_compared() -> None:
    """Likeness joins only what everybody may see."""
    assert joined([member("1a"), member("1b", labels=2)], "1a~1b:1") == []
