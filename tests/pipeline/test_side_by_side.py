"""Where texts stand in the store: side by side with what hangs on the same thing, which changes no answer."""

from __future__ import annotations

from itertools import groupby

from support.lab import Lab, account

from groundfact.model import Record

_MESSAGES = 40
"""More than are looked at to find the latest few."""


def said(number: int, name: str) -> Record:
    """A message to an account; all of them are of one time."""
    return account(f"m{number:02}", 2, notes=f"message {number}", subject=f"s{number}", channel=f"cust-{name}")


def told(number: int) -> Record:
    """A message to Acme; every other one hangs on a further thing by its link."""
    link = " of https://crm.example/9" if number % 2 else ""
    return account(f"m{number:02}", 2, notes=f"message {number}{link}", subject=f"s{number}", channel="cust-acme")


def recent(lab: Lab) -> list[str]:
    """The titles of the latest texts of Acme."""
    return [text["title"] for text in lab.memory.context("Acme", principal="all").data["episodes"]]


def rows_of(lab: Lab) -> list[int]:
    """How many texts that hang on the same thing stand in a row, all through the table."""
    with lab.memory.store.reading() as tx:
        hangs = tx.rows("select v.about from passage p join version v on v.id = p.version order by p.id")
    return [len(list(row)) for _, row in groupby(hangs)]


def test_what_hangs_on_one_account_is_written_side_by_side(talk: Lab) -> None:
    """Messages that came in turn to two accounts stand account by account."""
    talk.say("b", "messages", *[said(n, ("acme", "bolt")[n % 2]) for n in range(_MESSAGES)])
    talk.sync()
    assert rows_of(talk) == [_MESSAGES // 2, _MESSAGES // 2]


def test_of_one_time_the_first_told_come_first_wherever_they_stand(talk: Lab) -> None:
    """Messages of which some hang on a further thing, too, keep the order in which they were told."""
    talk.say("b", "messages", *map(told, range(_MESSAGES)))
    talk.sync()
    assert recent(talk) == [f"s{n}" for n in range(5)]


def test_a_rebuild_that_puts_them_together_changes_no_answer(talk: Lab) -> None:
    """Texts that came with one sync each are put side by side by a rebuild, and found as before."""
    for n in range(6):
        talk.say("b", "messages", told(n))
        talk.sync()
    before = recent(talk)
    assert rows_of(talk) == [1] * 6
    talk.memory.rebuild()
    assert rows_of(talk) == [3, 3]
    assert recent(talk) == before == [f"s{n}" for n in range(5)]
