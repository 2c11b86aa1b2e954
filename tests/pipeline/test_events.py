"""What listeners are told after the commit: each change once, and what a person should look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, _Plugin, account, config_of

from groundfact.config.build import load_config
from groundfact.errors import SourceUnavailable
from groundfact.hookspecs import hookimpl
from groundfact.memory import Memory
from groundfact.model import Gone
from groundfact.plugins import Plugins
from groundfact.store.engine import Store


class Ear:
    """Keeps every event, and whether the store already held what it tells of."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def of(self, event: str) -> list[dict[str, Any]]:
        """The events of one sort."""
        return [facts for name, facts in self.told if name == event]

    @hookimpl
    def sync_started(self, source: str, run: int) -> None:
        """Keep it."""
        self.told.append(("sync_started", {"source": source, "run": run}))

    @hookimpl
    def sync_finished(self, source: str, run: int, counts: dict[str, int]) -> None:
        """Keep it."""
        self.told.append(("sync_finished", {"source": source, "run": run, "counts": counts}))

    @hookimpl
    def sync_failed(self, source: str, run: int, error: str) -> None:
        """Keep it."""
        self.told.append(("sync_failed", {"source": source, "run": run, "error": error}))

    @hookimpl
    def fact_changed(self, kind: str, entity: str, attribute: str, before: Any, after: Any) -> None:
        """Keep it."""
        facts = {"kind": kind, "entity": entity, "attribute": attribute, "before": before, "after": after}
        self.told.append(("fact_changed", facts))

    @hookimpl
    def match_needs_review(self, kind: str, source: str, record: str, entities: list[str]) -> None:
        """Keep it."""
        facts = {"kind": kind, "source": source, "record": record, "entities": list(entities)}
        self.told.append(("match_needs_review", facts))

    @hookimpl
    def context_served(self, principal: str, kind: str, entity: str, tokens: int) -> None:
        """Keep it."""
        facts = {"principal": principal, "kind": kind, "entity": entity, "tokens": tokens}
        self.told.append(("context_served", facts))


@pytest.fixture
def ear() -> Ear:
    """A listener."""
    return Ear()


@pytest.fixture
def heard(tmp_path: Path, blank_store: Path, ear: Ear) -> Iterator[Lab]:
    """A laboratory with the listener in it; two sources that contradict each other are a conflict."""
    rules = "attributes: {account: {industry: {survivorship: [{type: system_of_record, sources: [c]}]}}}\n"
    config = config_of(tmp_path, rules)
    made = Lab(tmp_path, blank_store, config)
    plugins = Plugins(extra={"lab": _Plugin(), "ear": ear})
    made.memory = Memory(config, plugins, Store(made.path), made.world)
    yield made
    made.close()


def changes(ear: Ear) -> list[tuple[str, Any, Any]]:
    """Attribute, before and after of every change told since the last look."""
    found = [(c["attribute"], c["before"], c["after"]) for c in ear.of("fact_changed")]
    ear.told.clear()
    return found


def test_a_changed_fact_is_told_once(heard: Lab, ear: Ear) -> None:
    """Only what has another value is told, once; a new account is no change, nor is a second sync of the same."""
    heard.say("a", "accounts", account("1", 1, name="One", domain="one.example", industry="Rockets"))
    heard.say("a", "accounts", account("2", 1, name="Two", industry="Cakes"))
    heard.sync()
    assert changes(ear) == []
    heard.say("a", "accounts", account("1", 2, name="One", domain="one.example", industry="Aerospace"))
    heard.say("a", "accounts", account("2", 2, name="Two", industry="Cakes"))
    heard.sync()
    assert changes(ear) == [("industry", "Rockets", "Aerospace")]
    heard.say("a", "accounts", account("1", 2, name="One", domain="one.example", industry="Aerospace"))
    heard.sync()
    assert changes(ear) == []


def test_a_conflict_comes_and_goes(heard: Lab, ear: Ear) -> None:
    """Becoming a conflict and ceasing to be one are changes; both sides are told, each once."""
    one = {"name": "One", "domain": "one.example"}
    heard.say("a", "accounts", account("1", 1, **one, industry="Rockets"))
    heard.sync()
    changes(ear)
    for record in "12":
        heard.say("b", "accounts", account(record, 1, **one, industry="Cakes"))
    heard.sync()
    ((attribute, before, after),) = changes(ear)
    assert (attribute, before, sorted(after["conflict"])) == ("industry", "Rockets", ["Cakes", "Rockets"])
    heard.say("b", "accounts", Gone("2", account("2", 2).updated_at))
    heard.sync()
    assert changes(ear) == []
    heard.say("b", "accounts", account("1", 2, **one, industry="Rockets"))
    heard.sync()
    ((attribute, before, after),) = changes(ear)
    assert (attribute, after) == ("industry", "Rockets")


def test_a_value_taken_back_is_told(heard: Lab, ear: Ear) -> None:
    """A fact that nobody states any more changes to nothing; one stated for the first time, from nothing."""
    heard.say("a", "accounts", account("1", 1, name="One", industry="Rockets"))
    heard.sync()
    heard.say("a", "accounts", account("1", 2, name="One", phone="020 7946 0999"))
    heard.sync()
    assert sorted(changes(ear)) == [("industry", "Rockets", None), ("phone", None, "020 7946 0999")]


def test_what_few_may_see_is_told_to_nobody(heard: Lab, ear: Ear) -> None:
    """Listeners have no principal: a change behind a label is no event, and no value of it is in one."""
    one = {"name": "One", "domain": "one.example"}
    heard.say("a", "accounts", account("1", 1, **one, industry="Rockets"))
    heard.say("b", "accounts", account("9", 1, ["x"], **one, industry="Secret"))
    heard.sync()
    heard.say("b", "accounts", account("9", 2, ["x"], **one, industry="Classified"))
    heard.sync()
    assert changes(ear) == []
    heard.say("b", "accounts", account("9", 3, ["x"], name="Other", domain="other.example", industry="Classified"))
    heard.sync()
    assert "Classified" not in str(ear.told)
    assert changes(ear) == []


def test_a_record_that_fits_two_is_told_once(heard: Lab, ear: Ear) -> None:
    """A restricted record between two accounts is told to a person when it appears, not with every sync."""
    heard.say("a", "accounts", account("1", 1, name="One", domain="one.example"))
    heard.say("a", "accounts", account("2", 1, name="Two", domain="two.example"))
    heard.sync()
    bridge = account("9", 2, ["x"], name="Both", domain="one.example", salesforce_id="2")
    heard.say("b", "accounts", bridge)
    heard.sync()
    (review,) = ear.of("match_needs_review")
    assert (review["kind"], review["source"], review["record"], len(review["entities"])) == ("account", "b", "9", 2)
    assert all(str(entity).startswith("account-") for entity in review["entities"])
    ear.told.clear()
    heard.say("b", "accounts", bridge)
    heard.sync()
    assert ear.of("match_needs_review") == []


def test_a_sync_is_told_from_beginning_to_end(heard: Lab, ear: Ear) -> None:
    """Each source's run is told when it starts and how it ended: with its counts, or with its error."""
    heard.say("a", "accounts", account("1", 1, name="One"), account("2", 1, name="Two"))
    heard.say("a", "accounts", Gone("2"))
    heard.say("b", "accounts", account("1", 1, name="One"), SourceUnavailable("down for maintenance"))
    report = heard.sync("a", "b")
    names = [(name, facts["source"]) for name, facts in ear.told]
    assert names == [("sync_started", "a"), ("sync_finished", "a"), ("sync_started", "b"), ("sync_failed", "b")]
    (finished,), (failed,) = ear.of("sync_finished"), ear.of("sync_failed")
    assert (finished["counts"]["new"], finished["counts"]["gone"]) == (2, 1)
    assert "down for maintenance" in failed["error"]
    assert [result.status for result in report.sources] == ["done", "failed"]


def test_an_answer_is_told_after_the_audit_holds_it(heard: Lab, ear: Ear) -> None:
    """Who got which context of how many tokens is in the audit and in the event; no value is in either."""
    heard.say("a", "accounts", account("1", 1, name="One", industry="Rockets"))
    heard.sync()
    answer = heard.memory.context("One")
    (told,) = ear.of("context_served")
    assert (told["principal"], told["tokens"], told["entity"]) == ("all", answer.tokens, answer.data["id"])
    ((who, what, subject, detail),) = heard.rows("select principal, action, subject, detail from audit")
    assert (who, what, subject) == ("all", "context", f"account:{answer.data['id']}")
    assert "Rockets" not in str((told, detail))


def test_an_account_that_vanishes_takes_its_facts_along(heard: Lab, ear: Ear) -> None:
    """Every fact of it is told to be nothing now; else whoever listens would believe it for ever."""
    heard.say("a", "accounts", account("1", 1, name="One", industry="Rockets"))
    heard.sync()
    changes(ear)
    heard.say("a", "accounts", Gone("1"))
    report = heard.sync()
    assert sorted(changes(ear)) == [("industry", "Rockets", None), ("name", "One", None)]
    assert {(change.title, change.after) for change in report.changes} == {("One", None)}


def test_an_account_that_is_merged_away_takes_its_facts_along(heard: Lab, ear: Ear) -> None:
    """What went into another account is told under the id that is no more."""
    heard.say("a", "accounts", account("1", 1, name="One", domain="one.example"))
    heard.say("b", "accounts", account("9", 1, name="One", domain="nine.example"))
    heard.sync()
    before = {item["id"] for item in heard.memory.list("accounts")}
    ear.told.clear()
    heard.say("b", "accounts", account("9", 2, name="One", domain="one.example"))
    heard.sync()
    (gone,) = before - {item["id"] for item in heard.memory.list("accounts")}
    told = {(c["attribute"], c["after"]) for c in ear.of("fact_changed") if c["entity"] == gone}
    assert told == {("name", None), ("domain", None)}


def test_a_record_that_few_may_see_now_is_told_to_be_gone(heard: Lab, ear: Ear) -> None:
    """Listeners hear what everybody may see: its end, and nothing of what it says from then on."""
    heard.say("a", "accounts", account("1", 1, name="One"))
    heard.sync()
    changes(ear)
    heard.say("a", "accounts", account("1", 2, ["x"], name="Secret"))
    heard.sync()
    assert changes(ear) == [("name", "One", None)]


def test_other_rules_leave_no_facts_of_accounts_that_are_no_more(heard: Lab, ear: Ear, tmp_path: Path) -> None:
    """Accounts that a new rule joins are one: the cache holds no facts of the other, and it is told."""
    heard.say("a", "accounts", account("1", 1, name="One", phone="020 7946 0999"))
    heard.say("b", "accounts", account("9", 1, name="One", phone="020 7946 0999"))
    heard.sync()
    assert len(heard.rows("select entity from facts")) == 2
    ear.told.clear()
    path = tmp_path / "lab.yaml"
    text = (
        path.read_text()
        .replace(
            "{type: shared_key, attribute: domain}",
            "{type: shared_key, attribute: domain}, {type: shared_key, attribute: phone}",
        )
        .replace("    - {type: shared_key, attribute: domain}, ", "    - {type: shared_key, attribute: domain}\n    - ")
    )
    path.write_text(text)
    plugins = heard.memory.plugins
    heard.memory.close()
    heard.memory = Memory(load_config(path, plugins), plugins, Store(heard.path), heard.world)
    heard.sync()
    assert len(list(heard.memory.list("accounts"))) == 1
    assert len(heard.rows("select entity from facts")) == 1
    assert {change["after"] for change in ear.of("fact_changed")} == {None}
