"""The canonical dump: each record with what it ever said, and each entity with its facts."""

from __future__ import annotations

from typing import Any

import orjson
from support.lab import Lab, account, at

from groundfact.model.times import to_ms


def told(lab: Lab) -> dict[tuple[str, ...], dict[str, Any]]:
    """The lines of the dump that are records."""
    lines = map(orjson.loads, lab.dump().splitlines())
    return {tuple(line["record"]): line for line in lines if "record" in line}


def history(line: dict[str, Any]) -> list[tuple[int, str]]:
    """What a record was called, and since when."""
    return [(stamp, said["name"]) for stamp, _, said, _ in line["history"]]


def day(number: int) -> int:
    """A stamp as it is stored."""
    return to_ms(at(number))


def test_a_record_is_told_with_all_that_it_said(lab: Lab) -> None:
    """In the order of the source's stamps: what came late and what was said again at a later stamp among it."""
    for number, name in ((1, "Acme"), (9, "Acme AG"), (5, "Acme KG")):
        lab.say("a", "accounts", account("1", number, name=name), account("3", number, name="Same"))
        lab.sync()
    assert history(told(lab)["a", "accounts", "1"]) == [(day(1), "Acme"), (day(5), "Acme KG"), (day(9), "Acme AG")]
    assert history(told(lab)["a", "accounts", "3"]) == [(day(1), "Same")]


def test_each_record_has_a_history_of_its_own(lab: Lab) -> None:
    """Records before, between and after others, of other sources and without a stamp: none takes what another said."""
    lab.say("a", "accounts", *(account(rec, 1, name=f"A {rec}") for rec in ("1", "10", "2", "ä")))
    lab.say(
        "b", "accounts", account("0", 1, name="B 0"), account("10", None, name="no stamp"), account("2", 1, name="B 2")
    )
    lab.sync()
    lab.say("a", "accounts", account("10", 3, name="A ten"))
    lab.say("b", "accounts", account("10", None, name="none still"))
    lab.sync()
    found = {record: history(line) for record, line in told(lab).items()}
    assert found == {
        ("a", "accounts", "1"): [(day(1), "A 1")],
        ("a", "accounts", "10"): [(day(1), "A 10"), (day(3), "A ten")],
        ("a", "accounts", "2"): [(day(1), "A 2")],
        ("a", "accounts", "ä"): [(day(1), "A ä")],
        ("b", "accounts", "0"): [(day(1), "B 0")],
        ("b", "accounts", "10"): [],
        ("b", "accounts", "2"): [(day(1), "B 2")],
    }
