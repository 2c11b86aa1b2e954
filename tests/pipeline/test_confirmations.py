"""What a run confirms: everything, or only what it returned; seeing a record unchanged writes no version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.lab import Lab, account, config_of

Make = Callable[[str], Lab]


@pytest.fixture
def make(tmp_path: Path, blank_store: Path) -> Iterator[Make]:
    """A laboratory whose sources confirm as they say."""
    made: list[Lab] = []

    def lab(confirms: str) -> Lab:
        made.append(Lab(tmp_path, blank_store, config_of(tmp_path, options=f", confirms: {confirms}")))
        return made[-1]

    yield lab
    for one in made:
        one.close()


def verified(lab: Lab, name: str) -> str:
    """When the account's name was last confirmed."""
    at: str = lab.memory.why(name, "name")["fact"]["verified_at"]
    return at


def said(lab: Lab, *names: str) -> None:
    """A day later, a source shows these accounts, unchanged."""
    lab.world.advance(days=1)
    lab.say("a", "accounts", *(account(name, 1, name=name) for name in names))
    assert lab.sync("a").ok


@pytest.mark.parametrize(("confirms", "second"), [("stream", "2026-11-04"), ("returned", "2026-11-03")])
def test_what_an_increment_does_not_return(make: Make, confirms: str, second: str) -> None:
    """A record that an increment left out is confirmed by it only where the stream says that it confirms all."""
    lab = make(confirms)
    said(lab, "One", "Two")
    said(lab, "One")
    assert (verified(lab, "One")[:10], verified(lab, "Two")[:10]) == ("2026-11-04", second)


def test_seeing_it_again_writes_no_version(make: Make) -> None:
    """Where only what is returned is confirmed, each sight is one small row that moves; versions stay as they are."""
    lab = make("returned")
    for _ in range(3):
        said(lab, "One", "Two")
    assert lab.rows("select count(*) from version") == [(2,)]
    rows = lab.rows("select rec, verified_at from confirmation order by rec")
    assert [row[0] for row in rows] == ["One", "Two"]
    assert {row[1] for row in rows} == {lab.memory.now()}


def test_where_a_pass_confirms_all_nothing_is_written(make: Make) -> None:
    """A complete pass over a stream that confirms everything leaves no row for any record."""
    lab = make("stream")
    for _ in range(2):
        said(lab, "One", "Two")
    assert lab.rows("select * from confirmation") == []


def test_a_new_stamp_on_the_same_content_is_kept(make: Make) -> None:
    """A record touched without another value is no version, but that it was seen under the newer stamp is not lost."""
    lab = make("stream")
    said(lab, "One")
    lab.say("a", "accounts", account("One", 5, name="One"))
    lab.sync("a")
    assert lab.rows("select count(*) from version") == [(1,)]
    assert len(lab.rows("select asserted_at from confirmation")) == 1
    lab.say("a", "accounts", account("One", 3, name="Late"))
    lab.sync("a")
    assert [entry["name"] for entry in lab.memory.list("accounts")] == ["One"]
