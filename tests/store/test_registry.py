"""Numbers for small things: label sets, streams, commits."""

from __future__ import annotations

import pytest

from groundfact.store import registry
from groundfact.store.asof import believed
from groundfact.store.engine import Store


def test_a_label_set_is_a_set(store: Store, workspace: int) -> None:
    """Order and repetition make no other set; another workspace has its own."""
    with store.writing() as tx:
        one = registry.label_set(tx, workspace, ["b", "a", "a"])
        assert registry.label_set(tx, workspace, ["a", "b"]) == one
        assert registry.label_set(tx, workspace, ["a"]) != one
        assert registry.label_set(tx, workspace + 1, ["a", "b"]) != one


@pytest.mark.parametrize(
    ("held", "seen"),
    [(set(), ""), ({"x"}, "xy"), ({"workspace"}, "w"), ({"z"}, ""), ({"x", "workspace"}, "xyw"), ({"nobody"}, "")],
)
def test_any_label_of_a_set_lets_one_see(store: Store, workspace: int, held: set[str], seen: str) -> None:
    """One shared label is enough; a set without labels is seen by nobody, and labels of another workspace by nobody."""
    sets = {"x": ["x"], "y": ["x", "y"], "w": ["workspace", "other"], "-": []}
    with store.writing() as tx:
        numbers = {registry.label_set(tx, workspace, labels): name for name, labels in sets.items()}
        registry.label_set(tx, workspace + 1, ["z"])
        visible = registry.visible_label_sets(tx, workspace, frozenset(held))
        assert "".join(numbers[number] for number in visible) == seen
        assert [numbers[n] for n in registry.public_label_sets(tx, workspace)] == ["w"]


def test_belief_time_is_the_last_commit_at_an_instant(store: Store, workspace: int) -> None:
    """`belief_at` is the last commit at or before an instant, of this workspace alone; before the first it is 0."""
    with store.writing() as tx:
        first = registry.next_seq(tx, workspace, 1000)
        other = registry.next_seq(tx, workspace + 1, 1500)
        second = registry.next_seq(tx, workspace, 2000)
        third = registry.next_seq(tx, workspace, 2000)
    assert first < other < second < third
    with store.reading() as tx:
        found = [registry.belief_at(tx, workspace, at) for at in (999, 1000, 1999, 2000, 10**15)]
        assert found == [0, first, first, third, third]
        assert [registry.commit_time(tx, seq) for seq in (0, first, second, third + 9)] == [None, 1000, 2000, 2000]
        assert registry.latest_seq(tx) == third


def test_a_commit_that_changed_nothing_leaves_no_number(store: Store, workspace: int) -> None:
    """A commit taken back is no instant of belief."""
    with store.writing() as tx:
        kept = registry.next_seq(tx, workspace, 1)
        registry.forget_seq(tx, registry.next_seq(tx, workspace, 2))
        assert registry.latest_seq(tx) == kept


def test_belief_is_closed_open(store: Store, workspace: int) -> None:
    """A row is believed from its commit on, and no more at the commit that closed it."""
    link = """insert into link (workspace, kind, entity, stream, rec, labels, keys, seq, closed_seq)
values (?, 'account', ?, 1, ?, 1, '[]', ?, ?)"""
    with store.writing() as tx:
        tx.many(link, [(workspace, "old", "r", 3, 5), (workspace, "new", "r", 5, None)])
        found = {}
        for known_at in (2, 3, 4, 5, 9, None):
            rows = tx.rows(f"select entity from link l where {believed('l', known_at)}")
            found[known_at] = [row[0] for row in rows]
    assert found == {2: [], 3: ["old"], 4: ["old"], 5: ["new"], 9: ["new"], None: ["new"]}


def test_a_stream_keeps_its_number_and_its_mapping(store: Store, workspace: int) -> None:
    """The second time a stream is met it has the same number; what a connector declares anew is taken over."""
    with store.writing() as tx:
        number = registry.stream_id(tx, workspace, "crm", "accounts", "account", "stream", "m1")
        assert registry.stream_id(tx, workspace, "crm", "accounts", "account", "returned", "m2") == number
        (row,) = registry.streams(tx, workspace)
        assert (row.confirms, row.mapping) == ("returned", "m1")
        registry.set_reading(tx, number, "m2", 3)
        assert registry.streams(tx, workspace)[0][5:] == ("m2", 3)
        assert registry.stream_id(tx, workspace + 1, "crm", "accounts", "account", "stream", "m1") != number
