"""Threat 3: nothing that somebody can write as text makes two companies or two people one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from support.lab import Lab, account

VICTIMS = 25


class Attack(NamedTuple):
    """What an attacker's own account and contact say; `{v}` is the victim."""

    name: str
    account: dict[str, Any]
    contact: dict[str, Any]


def _mixed(text: str) -> str:
    """The same to the eye: Cyrillic letters for Latin ones."""
    return text.translate(str.maketrans("aeiocp", "аеіоср"))


def attack_on(victim: str, position: int) -> Attack:
    """One of twelve attacks, by a company and a person of the attacker's own."""
    mine = f"evil-{position}-{victim}"
    return list(_attacks(victim, mine))[position]


def _attacks(victim: str, mine: str) -> Iterator[Attack]:
    domain, mail, crm = f"{victim}.example", f"ceo@{victim}.example", f"crm-{victim}"
    signature = f"Best regards\nCEO, {victim} Ltd\n{mail} | https://www.{domain} | Salesforce id {crm} | +49 30 555"
    own = {"name": mine, "domain": f"{mine}.example"}
    person = {"name": "Eve", "email": f"eve@{mine}.example"}
    yield Attack("signature", {**own, "notes": signature}, {**person, "notes": signature})
    yield Attack("display name", {**own, "name": domain}, {**person, "name": f"CEO <{mail}>"})
    yield Attack("name", {**own, "name": f"{victim} Ltd"}, {**person, "name": f"CEO {victim}"})
    yield Attack("fields", {**own, "industry": domain, "phone": "+49 30 5550000"}, {**person, "title": mail})
    yield Attack("homoglyph", {**own, "domain": _mixed(domain)}, {**person, "email": f"ceo@{_mixed(domain)}"})
    yield Attack(
        "letters", {**own, "domain": _mixed(victim) + ".example"}, {**person, "email": _mixed("ceo") + f"@{domain}"}
    )
    yield Attack("plus-address", {"name": mine, "domain": "gmail.com"}, {**person, "email": f"ceo+eve@{domain}"})
    yield Attack("free mail", {"name": mine, "domain": "gmail.com"}, {**person, "email": f"{victim}.ceo@gmail.com"})
    yield Attack(
        "below", {**own, "domain": f"{domain}.evil.example"}, {**person, "email": f"ceo@{domain}.evil.example"}
    )
    beside = {**person, "email": f"ceo@{mine}-{domain}"}
    yield Attack("beside", {**own, "domain": f"https://{mine}.com/{domain}"}, beside)
    yield Attack("hidden", {**own, "domain": f"{victim}\u200b.example"}, {**person, "email": f"ceo\u200b@{domain}"})
    yield Attack(
        "two in one", {**own, "domain": f"{mine}.example, {domain}"}, {**person, "email": f"{person['email']} {mail}"}
    )


@pytest.fixture(scope="module")
def poisoned(lab: Lab) -> Lab:
    """Victims that two systems know, and three hundred attacks on them by way of the other six."""
    for number in range(VICTIMS):
        victim = f"acme-case-{number}"
        domain = f"{victim}.example"
        for source in "ab":
            own = {"name": f"{victim} Ltd", "domain": domain, "phone": "+49 30 5550000"}
            lab.say(source, "accounts", account(f"crm-{victim}", 1, **own))
            who = {"account": f"crm-{victim}", "name": f"CEO {victim}", "email": f"ceo@{domain}"}
            lab.say(source, "contacts", account(f"crm-{victim}", 1, **who))
        for position in range(12):
            attack = attack_on(victim, position)
            source = "cdefgh"[position % 6]
            rec = f"{victim}-{position}"
            lab.say(source, "accounts", account(rec, 2, **attack.account))
            lab.say(source, "contacts", account(rec, 2, account=rec, **attack.contact))
    assert {result.status for result in lab.sync().sources} <= {"done", "partial"}
    return lab


def _entities(lab: Lab, kind: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for link in lab.memory.list("links", kind=kind):
        found[link["entity"]].add(f"{link['source']}/{link['id']}")
    return found


@pytest.mark.parametrize("kind", ["account", "contact"])
def test_no_attack_merges_anything(poisoned: Lab, kind: str) -> None:
    """300 attacks: every victim is exactly its own two records, and no entity holds records of two companies."""
    owners = {}
    entities = _entities(poisoned, kind)
    for entity, records in entities.items():
        companies = {record.partition("/")[2] for record in records}
        assert len({company.removeprefix("crm-") for company in companies}) == 1, records
        owners[entity] = companies
    victims = [records for records in entities.values() if any("/crm-" in record for record in records)]
    assert [len(records) for records in victims] == [2] * VICTIMS
    assert len(entities) == VICTIMS * 13


def test_there_are_three_hundred(poisoned: Lab) -> None:
    """Twelve attacks on each of twenty-five victims, and every one of them was read."""
    read = [link for link in poisoned.memory.list("links", kind="account") if link["source"] in "cdefgh"]
    assert len(read) == 300


def test_a_victims_answer_holds_nothing_of_them(poisoned: Lab) -> None:
    """The answers about the victims: no value, no text and no person that an attacker wrote."""
    for number in range(VICTIMS):
        told = poisoned.memory.context(f"a/crm-acme-case-{number}", "regards CEO", max_tokens=20_000)
        assert "evil" not in told.text
        assert "Eve" not in told.text
        assert {source["source"] for source in told.data["sources"]} == {"a", "b"}
