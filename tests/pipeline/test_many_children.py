"""The context of an entity with more related ones than are shown: all of them count, those that are shown are whole."""

from __future__ import annotations

from pathlib import Path

from support.lab import Lab, account, config_of

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
