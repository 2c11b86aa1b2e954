"""The context of an entity with more related ones than are shown: all of them count, those that are shown are whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.lab import Lab, account, config_of

from groundfact.errors import UsageError

Change = Callable[[str, str], None]
ACME = "acme.example"
MANY = 30
SHOWN = 25


def test_all_count_and_the_first_are_whole(tmp_path: Path, blank_store: Path) -> None:
    """Sums are over every deal, also one that is not shown; of those that are, every fact is told."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, options=", relations: true"), "deals")
    lab.say("a", "accounts", account("1", 1, domain=ACME, name="Acme"))
    lab.say("a", "deals", *(
        account(f"d{n}", 2, name=f"Deal {n:02}", stage="Won" if n < 2 else "Open", amount=n, is_open=n > 1, account="1")
        for n in range(MANY)
    ))  # fmt: skip
    lab.sync()
    data = lab.memory.context(ACME).data
    assert data["summary"]["open_deals"] == {"count": MANY - 2, "total": {"": sum(range(2, MANY))}}
    deals = data["related"]["deal"]
    assert (deals["count"], [deal["name"] for deal in deals["shown"]]) == (
        MANY, [f"Deal {n:02}" for n in range(2, 2 + SHOWN)],
    )  # fmt: skip
    for n, deal in enumerate(deals["shown"], 2):
        assert {fact["attribute"]: fact["value"] for fact in deal["facts"]} == {
            "name": f"Deal {n:02}", "stage": "Open", "amount": n, "is_open": True,
        }  # fmt: skip
    lab.close()


def test_the_first_of_many_people_are_told(tmp_path: Path, blank_store: Path) -> None:
    """Of more people than are told, the champion and then the others by part and name, each once."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, options=", relations: true"), "people")
    lab.say("a", "accounts", account("1", 1, domain=ACME, name="Acme"))
    lab.say("a", "contacts", *(
        account(f"c{n}", 2, name=f"Person {n:02}", email=f"p{n}@acme.example", title=f"Boss {n}", account="1")
        for n in range(MANY)
    ))  # fmt: skip
    lab.say("a", "roles", *(
        account(f"r{n}", 2, role="champion" if n == MANY - 1 else "user", contact=f"c{n}", account="1")
        for n in range(MANY)
    ))  # fmt: skip
    lab.sync()
    people = lab.memory.context(ACME).data["relations"]["people"]
    first = [MANY - 1, *range(SHOWN - 1)]
    assert [person["name"] for person in people] == [f"Person {n:02}" for n in first]
    assert [(person["role"], person["title"]) for person in people[:2]] == [("champion", "Boss 29"), ("user", "Boss 0")]
    lab.close()


def test_what_nobody_says_is_open_is_not_counted_as_closed(lab: Lab) -> None:
    """Where no source says whether deals are open there is no number; else it is told how many more may be."""
    lab.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example"))
    lab.say("a", "deals", account("d1", 1, name="One", account="1"), account("d2", 1, name="Two", account="1"))
    lab.sync()
    found = lab.memory.context("acme.example")
    assert "open_deals" not in found.data["summary"]
    assert "Open deals" not in found.text
    lab.say("a", "deals", account("d3", 2, name="Three", account="1", is_open=True))
    lab.sync()
    found = lab.memory.context("acme.example")
    assert found.data["summary"]["open_deals"] == {"count": 1, "total": {}, "without_amount": 1, "unknown": 2}
    assert "Open deals: 1 (2 more may be)" in found.text


@pytest.mark.parametrize("nothing", ["", "  ", "n/a", None])
def test_a_name_that_says_nothing_is_refused(lab: Lab, change: Change, nothing: str | None) -> None:
    """What an entity is called by cannot be corrected to nothing; one whose source has no name is called by its id."""
    lab.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example"))
    lab.say("a", "accounts", account("2", 1, name=None, domain="bolt.example"))
    lab.sync()
    change("  all: {kind: person,", "  all: {kind: person, may: [correct],")
    with pytest.raises(UsageError, match="called by"):
        lab.memory.correct("acme.example", "name", nothing, reason="payroll")
    assert lab.memory.context("acme.example").data["name"] == "Acme"
    assert lab.memory.context("bolt.example").data["name"] == "account 2"
